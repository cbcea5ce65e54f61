"""
Telegram as one person's client shows it: the conversation, its keyboards, the list of commands.

Times are aware UTC until the template shows them in this machine's zone. A message's HTML comes
from the local Telegram's own renderer, which escapes all that is not an entity.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast
from urllib.parse import parse_qs, urlsplit

from markupsafe import Markup

from sandbox.page.stage import Stage
from sandbox.panel.cast import Character
from sandbox.telegram import Chat, Message
from sandbox.telegram.messages import Button

Place = Literal["private", "group"]

_SHOWN = 80  # messages at most
_COLOURS = 7
_BY_ONESELF = {"added": "joined", "removed": "left"}


@dataclass(frozen=True, slots=True)
class Key:
    """
    A button below a message. `kind`: press, url, start (a link to the bot), join (an invitation),
    copy or other.
    """

    label: str
    kind: str
    value: str
    row: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One message. `side`: own, other or service; `photo_size`: its width and height in pixels."""

    id: int
    side: str
    author: str
    initials: str
    colour: int
    html: Markup
    sent_at: datetime
    is_edited: bool
    is_silent: bool
    has_photo: bool
    photo_size: tuple[int, int]
    file_name: str
    quoted: str
    keyboard: tuple[tuple[Key, ...], ...]


@dataclass(frozen=True, slots=True)
class Hint:
    """A command that the client offers."""

    command: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What the person sees. `can_write`: not while they are out of the group or block the bot."""

    title: str
    subtitle: str
    username: str
    bubbles: tuple[Bubble, ...]
    hints: tuple[Hint, ...]
    is_member: bool
    has_blocked: bool
    has_started: bool

    @property
    def can_write(self) -> bool:
        return self.is_member and not self.has_blocked


class TelegramView:
    """Looks at the local Telegram with the eyes of one of the cast."""

    def __init__(self, stage: Stage) -> None:
        self._world = stage.telegram.world
        self._bot = stage.telegram_bot
        self._group_id = stage.telegram_group_id

    def chat(self, who: Character, place: Place) -> Chat:
        """The chat with the bot, or the site's group, also after it became a supergroup."""
        if place == "private":
            return self._world.chat(self._bot.id, who.telegram_id)
        chat = self._world.chat(self._group_id)
        while chat.migrated_to is not None:
            chat = self._world.chat(chat.migrated_to)
        return chat

    def conversation(self, who: Character, place: Place) -> Conversation:
        chat = self.chat(who, place)
        shown = [message for message in chat.messages.values() if not message.is_deleted]
        members = len(chat.present)
        return Conversation(
            title=self._bot.person.name if place == "private" else chat.title,
            subtitle=f"@{self._bot.username}" if place == "private" else str(members),
            username=self._bot.username,
            bubbles=tuple(self._bubble(message, who) for message in shown[-_SHOWN:]),
            hints=self._hints(who, chat),
            is_member=place == "private" or chat.has(who.telegram_id),
            has_blocked=place == "private" and who.telegram_id in self._bot.blocked_by,
            has_started=place == "group" or bool(shown),
        )

    def start_payload(self, url: str) -> str | None:
        """What a `t.me` link to the bot carries; None for any other address."""
        parts = urlsplit(url)
        if parts.netloc.lower() != "t.me" or parts.path.strip("/").lower() != (
            self._bot.username.lower()
        ):
            return None
        return parse_qs(parts.query).get("start", [""])[0]

    def _bubble(self, message: Message, who: Character) -> Bubble:
        author = message.sender_chat.name if message.sender_chat else _name(message)
        sender_id = message.sender.id if message.sender else 0
        own = sender_id == who.telegram_id and message.sender_chat is None
        side = "service" if message.service else "own" if own else "other"
        media = message.media
        return Bubble(
            id=message.id,
            side=side,
            author=author,
            initials=initials(author),
            colour=sender_id % _COLOURS,
            html=Markup(said(message) if message.service else message.html),  # noqa: S704 - escaped by the renderer
            sent_at=message.sent_at,
            is_edited=message.edited_at is not None,
            is_silent=message.is_silent,
            has_photo=media is not None and media.kind == "photo",
            photo_size=(media.file.width, media.file.height) if media is not None else (0, 0),
            file_name=media.file.name if media is not None else "",
            quoted=message.reply_to.text[:80] if message.reply_to else "",
            keyboard=tuple(
                tuple(self._key(button, row, column) for column, button in enumerate(buttons))
                for row, buttons in enumerate(message.keyboard)
            ),
        )

    def _key(self, button: Button, row: int, column: int) -> Key:
        kind = {"callback_data": "press", "url": "url", "copy_text": "copy"}.get(
            button.kind, "other"
        )
        value = button.value
        if kind == "url" and (payload := self.start_payload(value)) is not None:
            kind, value = "start", payload
        elif kind == "url" and any(value in chat.invite_links for chat in self._world.groups):
            kind = "join"
        return Key(button.text, kind, value, row, column)

    def _hints(self, who: Character, chat: Chat) -> tuple[Hint, ...]:
        """The commands of the narrowest scope that has any, by the Bot API's order of scopes."""
        scopes = [f"chat:{chat.id}", "all_private_chats" if chat.is_private else "all_group_chats"]
        member = chat.find_member(who.telegram_id)
        if member is not None and member.is_admin:
            scopes = [
                f"chat_administrators:{chat.id}",
                scopes[0],
                "all_chat_administrators",
                scopes[1],
            ]
        for scope in (*scopes, "default"):
            for language in (who.language[:2], ""):
                if listed := self._bot.commands.get((scope, language)):
                    return tuple(
                        Hint(str(entry["command"]), str(entry["description"])) for entry in listed
                    )
        return ()


def initials(name: str) -> str:
    """One or two letters that stand for a name in a circle."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = "".join(word[0] for word in words[:2]) or name[:1]
    return letters.upper()


def _name(message: Message) -> str:
    if message.sender is None:
        return ""
    return "Deleted Account" if message.sender.is_deleted else message.sender.name


def said(message: Message) -> Markup:
    """What a service message says, in words."""
    actor = Markup("<b>{}</b>").format(_name(message))
    match dict(message.service):
        case {"new_chat_members": members}:
            verb, object_ = "added", _names(members)
        case {"left_chat_member": member}:
            verb, object_ = "removed", _names([member])
        case {"new_chat_title": title}:
            verb, object_ = "changed the group's name to", str(title)
        case service:
            return Markup("{}: {}").format(actor, ", ".join(service).replace("_", " "))
    if object_ == _name(message):
        return Markup("{} {} the group").format(actor, _BY_ONESELF[verb])
    return Markup("{} {} <b>{}</b>").format(actor, verb, object_)


def _names(members: object) -> str:
    people = cast("list[dict[str, Any]]", members)
    return ", ".join(
        f"{person.get('first_name', '')} {person.get('last_name', '')}".strip() for person in people
    )
