"""
What a feature adds to the chat: commands, presses and pages of the menu.

A new command is one new file under `features` with a subclass of `Feature`, and one line in
`assembly.py`. A new page of the menu also has a name in `core.actions.Page`, and a button that
leads to it: in `core.texts.menu`, or on the page above it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from config_store.panel.accounts import Account
from core.actions import Action, Page
from core.chat.asking import Answer, Question
from core.message import Message
from core.texts.words import Words

A = TypeVar("A", bound=Action)

StepAnswer = Callable[[Question, str | None], Awaitable[Answer]]
"""
Answers what a person writes at a step of a dialogue. The text is None for what has none: a picture,
a sticker. `question.conversation` is that step, not expired.
"""

MenuPage = Callable[[Question, Account], Awaitable[Message]]
"""Makes a page of the menu for the owner of an account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """
    A command, named without its slash.

    `is_for_anyone`: answered also while accounts cannot be looked up and to people who write in
    a group's name; `question.account` is None then. `is_for_any_group`: answered in groups that
    are not the site's. `is_listed_in_groups`: offered there by the platform's list of commands.
    """

    name: str
    summary: Callable[[Words], str]
    answer: Callable[[Question, str], Awaitable[Answer | None]]
    is_for_anyone: bool = False
    is_for_any_group: bool = False
    is_listed_in_groups: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Press(Generic[A]):
    """What a button's action does. Only `is_for_groups` lets it happen outside a private chat."""

    action: type[A]
    answer: Callable[[Question, A], Awaitable[Answer]]
    is_for_groups: bool = False


class Feature:
    """One subject of the chat. A subclass gives what it has."""

    def commands(self) -> Sequence[Command]:
        return ()

    def presses(self) -> Sequence[Press[Any]]:
        return ()

    def steps(self) -> Mapping[str, StepAnswer]:
        """The steps of dialogues that wait for a text, by the name that the database keeps."""
        return {}

    def pages(self) -> Mapping[Page, MenuPage]:
        return {}
