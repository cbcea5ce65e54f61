"""Who asks, where, and what is answered: what travels between a platform and `ChatDesk`."""

from dataclasses import dataclass, field
from enum import Enum, auto

from config_store.live_settings import SiteSettings
from config_store.own.conversations import Conversation
from config_store.panel.accounts import Account
from core.accounts.binding.people import PersonKey
from core.message import Message
from core.platform import PlatformName
from core.texts.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """
    A user of a platform.

    `name` is what the person calls himself, never to be trusted; `language` the tag that the
    platform tells (`zh-hans`), None if it tells none. `is_anonymous`: writes in the name of a
    group, so that `id` belongs to nobody.
    """

    platform: PlatformName
    id: str
    name: str
    language: str | None = None
    is_anonymous: bool = False

    @property
    def key(self) -> PersonKey:
        """Who it is to the account services; nobody if `is_anonymous`."""
        return PersonKey(self.platform, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """
    Where something was asked. `private_chat_url` opens the private chat with the bot, if the
    platform has such an address; `message_id` is the message's that was written, or that bears the
    pressed button, None if nothing can be put in its place any more.
    """

    target: str
    is_private: bool
    private_chat_url: str | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    What to say. `message` is sent, or put in place of the message that bears the pressed button
    (`replaces`). `notice` is the short word that a press gets, as a window to be closed if
    `is_alert`; at most 200 characters. `deletes_asked`: what the person wrote, or the message that
    bears the pressed button, is deleted: it shows a secret, or has done its service.
    """

    message: Message | None = None
    replaces: bool = False
    deletes_asked: bool = False
    notice: str | None = None
    is_alert: bool = False


class Place(Enum):
    """What kind of chat something was asked in."""

    PRIVATE = auto()
    SITE_GROUP = auto()
    OTHER_GROUP = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """
    One command, press or text, with all that is settled before a feature looks at it.

    `settings` is the one snapshot that holds for the whole answer. `account` is None for who is
    not bound, and for everybody while it could not be looked up (`Command.is_for_anyone`).
    `conversation` is the step of a dialogue that the asker is at in this chat, also one that has
    expired; None if there is none.
    """

    asker: Person
    chat: Chat
    place: Place
    settings: SiteSettings
    words: Words
    account: Account | None = field(default=None)
    conversation: Conversation | None = field(default=None)

    @property
    def is_private(self) -> bool:
        return self.place is Place.PRIVATE
