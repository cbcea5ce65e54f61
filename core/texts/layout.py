"""Shapes that several features share: a single sentence, a named value, a row of buttons."""

from collections.abc import Sequence

from core.actions import OpenPage, Page
from core.message import (
    Button,
    ButtonRow,
    CopyText,
    Field,
    Message,
    OpenUrl,
    Paragraph,
    Style,
    plain,
    styled,
)
from core.texts.words import Words

COPY_LIMIT = 256  # characters of Telegram's `copy_text`


def sentence(text: str, *buttons: ButtonRow) -> Message:
    """A message of one paragraph."""
    return Message(blocks=(Paragraph(plain(text)),), buttons=buttons)


def named(label: str, value: str) -> Field:
    """A value that is read."""
    return Field(label, plain(value))


def copyable(label: str, value: str) -> Field:
    """A value that is copied."""
    return Field(label, styled(value, Style.CODE))


def home_button(words: Words) -> Button:
    """Back to the main menu."""
    return Button(words.say("button.home"), OpenPage(Page.HOME))


def back_button(words: Words, page: Page) -> Button:
    """Back to the page that leads here."""
    return Button(words.say("button.back"), OpenPage(page))


def back_row(words: Words, page: Page) -> ButtonRow:
    """One level up, and to the main menu."""
    return (back_button(words, page), home_button(words))


def two_a_row(buttons: Sequence[Button]) -> tuple[ButtonRow, ...]:
    """Rows of two buttons."""
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))


def copy_button(label: str, copied: str) -> tuple[Button, ...]:
    """A button that copies a text; none for one that is too long for it and is copied by hand."""
    return (Button(label, CopyText(copied)),) if len(copied) <= COPY_LIMIT else ()


def private_chat_row(words: Words, url: str | None) -> tuple[ButtonRow, ...]:
    """The button that opens the private chat with the bot; none where there is no such address."""
    if url is None:
        return ()
    return ((Button(words.say("button.private_chat"), OpenUrl(url)),),)
