"""
What is said to people, before any platform has seen it.

A `Message` is made of blocks of plain text with styles, and of buttons that carry a typed action,
an address or a text to copy. Text in it is never markup: each platform's rendering escapes it,
once. Answers in chat and notices are the same `Message`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from core.actions import Action


class Style(StrEnum):
    """How a run of text looks. A platform that lacks one shows the text plain."""

    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKETHROUGH = "strikethrough"
    CODE = "code"
    SPOILER = "spoiler"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one look. `url` makes it a link."""

    text: str
    styles: frozenset[Style] = frozenset()
    url: str | None = None


Text = tuple[Span, ...]
"""Text within one block, as runs of one look each."""


def plain(text: str) -> Text:
    """`text` without any style."""
    return (Span(text),)


def styled(text: str, *styles: Style) -> Text:
    """`text` in the given styles."""
    return (Span(text, frozenset(styles)),)


def link(text: str, url: str) -> Text:
    """`text` that leads to `url`."""
    return (Span(text, url=url),)


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a message or of a part of it."""

    text: Text


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One or more lines of running text."""

    text: Text


@dataclass(frozen=True, slots=True)
class Field:
    """A named value. `value` may be a `Style.CODE` run, which a person can copy with one touch."""

    label: str
    value: Text


@dataclass(frozen=True, slots=True)
class Fields:
    """Named values, a line each."""

    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Text to be shown in a fixed width and copied as a whole."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody else's words."""

    text: Text


Block = Heading | Paragraph | Fields | CodeBlock | Quote


@dataclass(frozen=True, slots=True)
class OpenUrl:
    """A press opens an address."""

    url: str


@dataclass(frozen=True, slots=True)
class CopyText:
    """A press puts a text into the clipboard, where the platform can do that."""

    text: str


@dataclass(frozen=True, slots=True)
class Button:
    """A button below a message: what it says and what a press of it does."""

    label: str
    does: Action | OpenUrl | CopyText


ButtonRow = tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture above the text, as a PNG. It may show a secret, so it never shows in a repr."""

    png: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """
    Blocks from top to bottom, and rows of buttons below them.

    `silent`: arrives without a sound where the platform has such a thing. A message with a
    `picture` is never put in place of one without, nor the other way round; its text is short (at
    Telegram 1024 characters, Bot API `caption`).
    """

    blocks: tuple[Block, ...]
    buttons: tuple[ButtonRow, ...] = ()
    silent: bool = field(default=False)
    picture: Picture | None = None


def plain_text(text: Iterable[Span]) -> str:
    """The characters of `text` without its styles."""
    return "".join(span.text for span in text)
