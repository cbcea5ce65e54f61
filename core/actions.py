"""
What a press of a button asks for, and how it is written into the button.

Platforms give a button only a few bytes (Telegram: 64, Bot API `callback_data`) and hand them
back as the client sent them: they can be forged, or come from a message that an older version
made. So `decode` believes nothing; who may press is decided by who pressed, never by the data.
"""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import ClassVar, get_type_hints

MAX_BYTES = 64  # Telegram's limit, the narrowest of the three platforms
_SEPARATOR = ":"


class UnknownActionError(Exception):
    """The data is no action of this version: stale, forged or from another program."""


class Page(StrEnum):
    """A page of the account menu. The values travel in buttons: never rename one."""

    HOME = "home"
    ACCOUNT = "account"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True, slots=True)
class Action:
    """
    What a press asks for. Fields of a subclass are text, whole numbers or a `StrEnum`.

    `code` travels in buttons: two or three letters that are never given to another action.
    """

    code: ClassVar[str]


@dataclass(frozen=True, slots=True)
class OpenPage(Action):
    """Show a page of the menu in place of the message that bears the button."""

    code: ClassVar[str] = "pg"
    page: Page


@dataclass(frozen=True, slots=True)
class CheckBinding(Action):
    """Look again whether the person is bound now: the press of who comes back from the site."""

    code: ClassVar[str] = "cb"


@dataclass(frozen=True, slots=True)
class CheckIn(Action):
    """Collect today's bonus traffic. `owner`: the only platform user who may press it."""

    code: ClassVar[str] = "ci"
    owner: str


@dataclass(frozen=True, slots=True)
class AskUnbind(Action):
    """Ask once more before unbinding."""

    code: ClassVar[str] = "ua"


@dataclass(frozen=True, slots=True)
class Unbind(Action):
    """Unbind: the answer to being asked once more. `account_id`: whose binding was asked about."""

    code: ClassVar[str] = "ub"
    account_id: int


_ACTIONS: dict[str, type[Action]] = {
    action.code: action for action in (OpenPage, CheckBinding, CheckIn, AskUnbind, Unbind)
}


def encode(action: Action) -> str:
    """
    The action as a button carries it.

    Raises:
        ValueError: it does not fit into `MAX_BYTES`, or a text in it holds the separator.
    """
    values = [str(getattr(action, field.name)) for field in fields(action)]
    if any(_SEPARATOR in value for value in values):
        raise ValueError(f"a value of {type(action).__name__} holds {_SEPARATOR!r}")
    data = _SEPARATOR.join([action.code, *values])
    if len(data.encode()) > MAX_BYTES:
        raise ValueError(f"{type(action).__name__} takes more than {MAX_BYTES} bytes: {data}")
    return data


def decode(data: str) -> Action:
    """
    The action that a button carried.

    Raises:
        UnknownActionError: `data` is not what `encode` makes of an action of this version.
    """
    code, *values = data.split(_SEPARATOR)
    action = _ACTIONS.get(code)
    if action is None or len(values) != len(fields(action)):
        raise UnknownActionError(code)
    types = get_type_hints(action)
    try:
        return action(
            *(
                _value(types[field.name], value)
                for field, value in zip(fields(action), values, strict=True)
            )
        )
    except ValueError as error:
        raise UnknownActionError(code) from error


def _value(kind: type, text: str) -> object:
    if kind is int and not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return kind(text)
