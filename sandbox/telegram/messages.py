"""
Messages, their buttons, and presses of those.

Offsets and lengths of entities are in UTF-16 code units, as everywhere in the Bot API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.telegram.entities import Entity, as_html

if TYPE_CHECKING:
    from sandbox.telegram.chats import Chat
    from sandbox.telegram.people import Bot, Person


@dataclass(frozen=True, slots=True)
class Button:
    """
    A button of an inline keyboard. `kind` is the one optional field that says what it does.

    `kind` is a name of the Bot API (`callback_data`, `url`, `copy_text`, …), `value` what belongs
    to it: the data, the address, the text to copy, else the JSON of the field.
    """

    text: str
    kind: str
    value: str
    style: str | None = None
    icon_custom_emoji_id: str | None = None


Keyboard = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class File:
    """A file that somebody sent. `path` is where `/file/bot…/` serves it."""

    id: str
    unique_id: str
    name: str
    mime_type: str
    content: bytes = field(repr=False)
    path: str
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Media:
    """What a message carries besides text: `kind` is `photo`, `document`, `sticker` or `voice`."""

    kind: str
    file: File


@dataclass(slots=True, eq=False)
class Message:
    """
    A message in a chat. Times are aware UTC.

    `text` is a caption where there is `media`. `sender` is the Bot API's `from`, None for a
    channel's post; `sender_chat` is set for what is written in a chat's name. `service`: what a
    service message says, by its Bot API fields. `reply_keyboard`: the markup of another kind than
    an inline keyboard, as it was sent.
    """

    id: int
    chat: Chat
    sender: Person | None
    sent_at: datetime
    text: str = ""
    entities: tuple[Entity, ...] = ()
    keyboard: Keyboard = ()
    media: Media | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    is_silent: bool = False
    is_protected: bool = False
    is_paid_broadcast: bool = False
    thread_id: int | None = None
    reply_to: Message | None = None
    sender_chat: Chat | None = None
    service: Mapping[str, object] = field(default_factory=dict[str, object])
    forward_origin: Mapping[str, object] | None = None
    is_automatic_forward: bool = False
    reply_keyboard: Mapping[str, object] | None = None
    reactions: dict[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    @property
    def html(self) -> str:
        """The text with its entities as HTML for a page: everything else is escaped."""
        return as_html(self.text, self.entities)

    @property
    def buttons(self) -> list[Button]:
        """All buttons, row by row."""
        return [button for row in self.keyboard for button in row]


@dataclass(slots=True, eq=False)
class CallbackQuery:
    """
    A press of a button, and what the client shows of the bot's answer to it.

    Until `answered_at` the client shows that it is waiting; `text` is a note, or, with `is_alert`,
    a dialogue.
    """

    id: str
    person: Person
    bot: Bot
    message: Message | None
    data: str
    pressed_at: datetime
    text: str = ""
    is_alert: bool = False
    url: str = ""
    answered_at: datetime | None = None

    @property
    def is_answered(self) -> bool:
        return self.answered_at is not None
