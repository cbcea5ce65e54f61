"""Shapes that several features share: a single sentence, a named value, a row of buttons."""

from core.actions import OpenPage, Page
from core.message import (
    Button,
    ButtonRow,
    Field,
    Message,
    OpenUrl,
    Paragraph,
    Style,
    plain,
    styled,
)
from core.texts.words import Words


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


def private_chat_row(words: Words, url: str | None) -> tuple[ButtonRow, ...]:
    """The button that opens the private chat with the bot; none where there is no such address."""
    if url is None:
        return ()
    return ((Button(words.say("button.private_chat"), OpenUrl(url)),),)
