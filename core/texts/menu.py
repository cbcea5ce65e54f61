"""The greeting and the main menu."""

from dataclasses import dataclass

from core.actions import Action, CheckIn, OpenPage, Page
from core.message import (
    Button,
    ButtonRow,
    Heading,
    Message,
    OpenUrl,
    Paragraph,
    plain,
)
from core.texts.layout import private_chat_row, sentence
from core.texts.words import Words, one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuFacts:
    """
    What the main menu depends on. `site_url`: None if the site's address is not known; `reader`:
    the id of the platform user who gets it.
    """

    site_name: str
    site_url: str | None
    reader: str
    has_check_in: bool


def greeting(words: Words, facts: MenuFacts, *, name: str) -> Message:
    """For who opens the chat: `name` is what the person calls himself."""
    shown = one_line(name)
    hello = words.say("menu.hello", name=shown) if shown else words.say("menu.hello_nameless")
    return Message(
        blocks=(
            Heading(plain(hello)),
            Paragraph(plain(words.say("menu.welcome", site=facts.site_name))),
        ),
        buttons=_buttons(words, facts),
    )


def home(words: Words, facts: MenuFacts) -> Message:
    """The main menu."""
    return Message(
        blocks=(
            Heading(plain(words.say("menu.title", site=facts.site_name))),
            Paragraph(plain(words.say("menu.choose"))),
        ),
        buttons=_buttons(words, facts),
    )


def group_greeting(words: Words, private_chat_url: str | None) -> Message:
    """For who says hello in the group."""
    return sentence(words.say("menu.group_hello"), *private_chat_row(words, private_chat_url))


def _buttons(words: Words, facts: MenuFacts) -> tuple[ButtonRow, ...]:
    """The pages two a row: each later page is one more entry."""
    entries: list[tuple[str, Action]] = [
        (words.say("button.account"), OpenPage(Page.ACCOUNT)),
        (words.say("button.subscription"), OpenPage(Page.SUBSCRIPTION)),
    ]
    if facts.has_check_in:
        entries.append((words.say("button.check_in"), CheckIn(facts.reader)))
    buttons = [Button(label, action) for label, action in entries]
    if facts.site_url is not None:
        buttons.append(Button(words.say("button.site"), OpenUrl(facts.site_url)))
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))
