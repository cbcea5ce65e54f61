"""
What there is in the local Telegram, and the rules that hold whoever acts.

People act through `world.TelegramWorld`, bots through the methods; both come down to this: messages
get their ids here, and every bot that may see something gets its update here.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sandbox.revision import Revision
from sandbox.telegram.chats import (
    Chat,
    ChatKind,
    InviteLink,
    Member,
    Status,
)
from sandbox.telegram.messages import CallbackQuery, File, Message
from sandbox.telegram.objects import chat_json, link_json, member_json, message_json, timestamp
from sandbox.telegram.people import ANONYMOUS_ADMIN_ID, CHANNEL_POST_ID, Bot, Person

Clock = Callable[[], datetime]


class State:
    """People, bots, chats, files and presses of buttons."""

    def __init__(self, *, clock: Clock) -> None:
        self.clock = clock
        self.people: dict[int, Person] = {
            ANONYMOUS_ADMIN_ID: Person(
                ANONYMOUS_ADMIN_ID, "Group", username="GroupAnonymousBot", is_bot=True
            ),
            CHANNEL_POST_ID: Person(CHANNEL_POST_ID, "Telegram"),
        }
        self.bots: dict[int, Bot] = {}
        self.chats: dict[int, Chat] = {}
        self.private_chats: dict[tuple[int, int], Chat] = {}
        self.files: dict[str, File] = {}
        self.queries: dict[str, CallbackQuery] = {}
        self.revision = Revision()
        self._account_message_ids = itertools.count(1)
        self._numbers = itertools.count(1)

    def next_number(self) -> int:
        """A number for whatever needs one that was not used before."""
        return next(self._numbers)

    def find_private_chat(self, bot_id: int, person_id: int) -> Chat | None:
        return self.private_chats.get((bot_id, person_id))

    def open_private_chat(self, bot: Bot, person: Person) -> Chat:
        """The private chat of the two, made if it is their first."""
        chat = self.private_chats.get((bot.id, person.id))
        if chat is None:
            chat = Chat(person.id, ChatKind.PRIVATE, person=person, bot_id=bot.id)
            self.private_chats[bot.id, person.id] = chat
        return chat

    def all_chats(self) -> Iterable[Chat]:
        yield from self.private_chats.values()
        yield from self.chats.values()

    def bots_in(self, chat: Chat) -> Iterable[Bot]:
        """The bots that are in a chat now."""
        for bot in self.bots.values():
            if chat.bot_id == bot.id or chat.has(bot.id):
                yield bot

    def next_message_id(self, chat: Chat) -> int:
        """Supergroups and channels count their own messages, all other chats together."""
        if chat.kind in {ChatKind.SUPERGROUP, ChatKind.CHANNEL}:
            chat.last_message_id += 1
        else:
            chat.last_message_id = next(self._account_message_ids)
        return chat.last_message_id

    def post(self, message: Message) -> Message:
        """Put a message into its chat and give it to the bots that may see it."""
        message.chat.messages[message.id] = message
        if message.sender is not None and message.sender.id in self.bots:
            message.chat.last_bot_id = message.sender.id
        kind = "channel_post" if message.chat.kind is ChatKind.CHANNEL else "message"
        self._give(kind, message)
        self.revision.bump()
        return message

    def new_message(self, chat: Chat, sender: Person | None) -> Message:
        """An empty message with its id and date; `post` makes it seen."""
        return Message(self.next_message_id(chat), chat, sender, self.clock())

    def post_service(self, chat: Chat, actor: Person, service: Mapping[str, object]) -> Message:
        """A service message: what `actor` did, by its Bot API fields."""
        message = self.new_message(chat, actor)
        message.service = service
        return self.post(message)

    def give_edit(self, message: Message) -> None:
        """Tell the bots that a message was edited."""
        kind = "edited_channel_post" if message.chat.kind is ChatKind.CHANNEL else "edited_message"
        self._give(kind, message)
        self.revision.bump()

    def _give(self, kind: str, message: Message) -> None:
        for bot in self.bots_in(message.chat):
            if self._sees(bot, message):
                bot.updates.push(kind, message_json(message))

    def _sees(self, bot: Bot, message: Message) -> bool:
        if message.service:
            return True
        if message.sender is not None and message.sender.id in self.bots:
            return False  # bots do not hear each other
        return self._hears(bot, message)

    def _hears(self, bot: Bot, message: Message) -> bool:
        chat = message.chat
        member = chat.find_member(bot.id)
        if not chat.is_group or bot.reads_all_messages or (member and member.is_admin):
            return True
        if message.reply_to is not None and message.reply_to.sender is bot.person:
            return True
        return self._is_command_for(bot, message)

    def _is_command_for(self, bot: Bot, message: Message) -> bool:
        for entity in message.entities:
            if entity.kind == "bot_command":
                units = message.text.encode("utf-16-le")
                command = units[entity.offset * 2 : entity.end * 2].decode("utf-16-le")
                _, at, username = command.partition("@")
                if at:
                    return username.lower() == bot.username.lower()
                return message.chat.last_bot_id in {None, bot.id}
        return False

    def place(
        self,
        chat: Chat,
        new: Member,
        *,
        by: Person,
        link: InviteLink | None = None,
        by_request: bool = False,
    ) -> None:
        """
        Give somebody a new place in a chat and tell the bots that may know.

        The bot concerned gets `my_chat_member`, bots that are administrators `chat_member`.
        """
        old = self.place_of(chat, new.person)
        chat.members[new.person.id] = new
        body: dict[str, object] = {
            "chat": chat_json(chat),
            "from": by.as_json(),
            "date": timestamp(self.clock()),
            "old_chat_member": member_json(chat, old),
            "new_chat_member": member_json(chat, new),
        }
        if link is not None:
            body["invite_link"] = link_json(link)
        if by_request:
            body["via_join_request"] = True
        concerned = self.bots.get(new.person.id)
        if concerned is not None:
            concerned.updates.push("my_chat_member", body)
        self.give_admins(chat, "chat_member", body, but=concerned)
        self.revision.bump()

    def give_admins(
        self, chat: Chat, kind: str, body: Mapping[str, object], *, but: Bot | None = None
    ) -> None:
        """An update for the bots that are administrators of a chat, `but` excepted."""
        for bot in self.bots_in(chat):
            member = chat.find_member(bot.id)
            if bot is not but and member is not None and member.is_admin:
                bot.updates.push(kind, body)

    def place_of(self, chat: Chat, person: Person) -> Member:
        """Somebody's place in a chat, with bans and restrictions that have run out taken away."""
        member = chat.find_member(person.id)
        if member is None:
            return Member(person, Status.LEFT)
        if member.until is not None and member.until <= self.clock():
            is_in = member.status is not Status.KICKED and member.is_in
            return Member(person, Status.MEMBER if is_in else Status.LEFT)
        return member

    def instant(self, seconds: int) -> datetime | None:
        """Unix seconds as a time, None for 0 and for what no calendar has."""
        try:
            return datetime.fromtimestamp(seconds, UTC) if seconds else None
        except (OverflowError, ValueError, OSError):
            return None

    def end_of(self, until: int) -> datetime | None:
        """A Bot API `until_date`: under 30 seconds or over 366 days from now is for ever (None)."""
        now, end = self.clock(), self.instant(until)
        is_near = end is not None and end < now + timedelta(seconds=30)
        is_far = end is not None and end > now + timedelta(days=366)
        return None if is_near or is_far else end

    def remove_message(self, message: Message) -> None:
        """Delete a message for everybody."""
        message.deleted_at = self.clock()
        if message.id in message.chat.pinned:
            message.chat.pinned.remove(message.id)
        self.revision.bump()

    def migrate(self, group: Chat, new_id: int, *, by: Person) -> Chat:
        """Turn a basic group into a supergroup with a new id; the old one is dead."""
        supergroup = Chat(new_id, ChatKind.SUPERGROUP, title=group.title)
        supergroup.members = {key: replace(member) for key, member in group.members.items()}
        supergroup.permissions = group.permissions
        self.chats[new_id] = supergroup
        self.post_service(group, by, {"migrate_to_chat_id": new_id})
        self.post_service(supergroup, by, {"migrate_from_chat_id": group.id})
        group.migrated_to = new_id
        self.revision.bump()
        return supergroup
