"""
What people do in chats: write, edit, press buttons, react; start and block a bot.
"""

import re
from collections.abc import Mapping

from sandbox.telegram.census import Census, ImpossibleError
from sandbox.telegram.chats import Chat, Status
from sandbox.telegram.detection import find_entities
from sandbox.telegram.messages import CallbackQuery, Message
from sandbox.telegram.objects import chat_json, query_json, timestamp
from sandbox.telegram.people import ANONYMOUS_ADMIN_ID, CHANNEL_POST_ID, Bot, Person

MAX_TEXT = 4096  # characters that a client sends in one message
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}", re.ASCII)


class Writing(Census):
    """Writes and presses in the name of people."""

    def write(
        self,
        person_id: int,
        chat_id: int,
        text: str,
        *,
        forwarded: bool = False,
        as_anonymous_admin: bool = False,
        thread_id: int | None = None,
        reply_to: int | None = None,
    ) -> Message:
        """
        Somebody writes into a chat. `forwarded`: it is somebody else's message, passed on.

        Raises:
            ImpossibleError: not a member, bot blocked, no text, too long.
        """
        person = self.person(person_id)
        chat = self.chat(chat_id, person_id)
        self._check_may_write(person, chat, text)
        message = self.state.new_message(chat, person)
        message.text = text
        message.entities = find_entities(text)
        message.thread_id = thread_id
        message.reply_to = chat.messages[reply_to] if reply_to is not None else None
        if as_anonymous_admin:
            if not self.state.place_of(chat, person).is_admin:
                raise ImpossibleError(f"{person.name} is no administrator of {chat.title}")
            message.sender = self.state.people[ANONYMOUS_ADMIN_ID]
            message.sender_chat = chat
        return self._post(message, person, forwarded=forwarded)

    def _post(self, message: Message, person: Person, *, forwarded: bool) -> Message:
        """Put what somebody has written or enclosed into its chat; the bot there knows him now."""
        if forwarded:
            message.forward_origin = {
                "type": "hidden_user",
                "sender_user_name": "Somebody",
                "date": timestamp(message.sent_at),
            }
        if message.chat.bot_id is not None:
            self.bot(message.chat.bot_id).known_to.add(person.id)
        return self.state.post(message)

    def _check_may_write(self, person: Person, chat: Chat, text: str) -> None:
        if not text.strip() or len(text) > MAX_TEXT:
            raise ImpossibleError(f"a client sends 1 to {MAX_TEXT} characters")
        if person.is_deleted:
            raise ImpossibleError(f"{person.name} has no account any more")
        if chat.bot_id is not None:
            if person.id in self.bot(chat.bot_id).blocked_by:
                raise ImpossibleError(f"{person.name} has blocked this bot")
            return
        if chat.migrated_to is not None:
            raise ImpossibleError("this group has become a supergroup")
        place = self.state.place_of(chat, person)
        if not place.is_in:
            raise ImpossibleError(f"{person.name} is not in {chat.title}")
        if place.status is Status.RESTRICTED and "can_send_messages" not in place.allowed:
            raise ImpossibleError(f"{person.name} may not write in {chat.title}")

    def edit(self, person_id: int, chat_id: int, message_id: int, text: str) -> Message:
        """Somebody edits a message of theirs."""
        message = self.chat(chat_id, person_id).messages[message_id]
        if message.sender is None or message.sender.id != person_id or message.is_deleted:
            raise ImpossibleError("not a message of theirs")
        message.text = text
        message.entities = find_entities(text)
        message.edited_at = self.state.clock()
        self.state.give_edit(message)
        return message

    def delete(self, person_id: int, chat_id: int, message_id: int) -> None:
        """Somebody deletes a message for everybody; bots are not told."""
        self.state.remove_message(self.chat(chat_id, person_id).messages[message_id])

    def channel_post(self, chat_id: int, text: str) -> Message:
        """A post of a channel, which also appears in its discussion group if it has one."""
        channel = self.chat(chat_id)
        post = self.state.new_message(channel, None)
        post.text, post.entities, post.sender_chat = text, find_entities(text), channel
        self.state.post(post)
        if channel.linked_chat_id is not None:
            self._forward_post(post, self.chat(channel.linked_chat_id))
        return post

    def _forward_post(self, post: Message, group: Chat) -> None:
        copy = self.state.new_message(group, self.state.people[CHANNEL_POST_ID])
        copy.text, copy.entities, copy.sender_chat = post.text, post.entities, post.chat
        copy.is_automatic_forward = True
        copy.forward_origin = {
            "type": "channel",
            "chat": chat_json(post.chat),
            "message_id": post.id,
            "date": timestamp(post.sent_at),
        }
        self.state.post(copy)

    def press(
        self,
        person_id: int,
        chat_id: int,
        message_id: int,
        *,
        row: int = 0,
        column: int = 0,
        data: str | None = None,
    ) -> CallbackQuery:
        """
        Press a button of a message: the one in `row` and `column`, or any `data`, as a forger can.

        Raises:
            ImpossibleError: there is no such button, or it is none that tells the bot.
        """
        person = self.person(person_id)
        message = self.chat(chat_id, person_id).messages[message_id]
        bot = self._bot_of(message)
        if data is None:
            data = self._data_of(message, row, column)
        query = CallbackQuery(
            id=str(person_id * 10**9 + self.state.next_number()),
            person=person,
            bot=bot,
            message=message,
            data=data,
            pressed_at=self.state.clock(),
        )
        self.state.queries[query.id] = query
        instance = str(hash((message.chat.id, bot.id)))
        bot.updates.push("callback_query", query_json(query, chat_instance=instance))
        self.state.revision.bump()
        return query

    def _bot_of(self, message: Message) -> Bot:
        bot = self.state.bots.get(message.sender.id) if message.sender else None
        if bot is None:
            raise ImpossibleError("only a bot's message has buttons")
        return bot

    def _data_of(self, message: Message, row: int, column: int) -> str:
        try:
            button = message.keyboard[row][column]
        except IndexError as error:
            raise ImpossibleError(f"no button in row {row}, column {column}") from error
        if message.is_deleted or button.kind != "callback_data":
            raise ImpossibleError(f"{button.text!r} does not tell the bot")
        return button.value

    def react(self, person_id: int, chat_id: int, message_id: int, emoji: str | None) -> None:
        """Somebody reacts to a message, or takes the reaction back (None)."""
        person = self.person(person_id)
        message = self.chat(chat_id, person_id).messages[message_id]
        old = message.reactions.get(person_id, ())
        new = (emoji,) if emoji else ()
        message.reactions[person_id] = new
        body: dict[str, object] = {
            "chat": chat_json(message.chat),
            "message_id": message_id,
            "user": person.as_json(),
            "date": timestamp(self.state.clock()),
            "old_reaction": [{"type": "emoji", "emoji": each} for each in old],
            "new_reaction": [{"type": "emoji", "emoji": each} for each in new],
        }
        if message.chat.is_private:
            for bot in self.state.bots_in(message.chat):
                bot.updates.push("message_reaction", body)
        else:
            self.state.give_admins(message.chat, "message_reaction", body)
        self.state.revision.bump()

    def start_bot(self, person_id: int, *, bot_id: int | None = None, payload: str = "") -> Message:
        """
        Press Start in a bot's chat, or follow a link that carries `payload`; unblocks it too.

        Raises:
            ImpossibleError: no link can carry such a payload.
        """
        if not _PAYLOAD.fullmatch(payload):
            raise ImpossibleError("a link carries up to 64 of the characters A-Z a-z 0-9 _ -")
        bot = self.bot(bot_id) if bot_id is not None else self.bots[0]
        self.unblock_bot(person_id, bot_id=bot.id)
        return self.write(person_id, bot.id, f"/start {payload}".strip())

    def block_bot(self, person_id: int, *, bot_id: int | None = None) -> None:
        """Block a bot: it cannot write to the person any more."""
        self._set_blocked(person_id, bot_id, blocked=True)

    def unblock_bot(self, person_id: int, *, bot_id: int | None = None) -> None:
        self._set_blocked(person_id, bot_id, blocked=False)

    def _set_blocked(self, person_id: int, bot_id: int | None, *, blocked: bool) -> None:
        bot = self.bot(bot_id) if bot_id is not None else self.bots[0]
        if (person_id in bot.blocked_by) == blocked:
            return
        person = self.person(person_id)
        chat = self.state.open_private_chat(bot, person)
        places = (
            {"user": bot.person.as_json(), "status": "member"},
            {"user": bot.person.as_json(), "status": "kicked", "until_date": 0},
        )
        bot.blocked_by ^= {person_id}
        bot.updates.push(
            "my_chat_member",
            {
                "chat": chat_json(chat),
                "from": person.as_json(),
                "date": timestamp(self.state.clock()),
                "old_chat_member": places[not blocked],
                "new_chat_member": places[blocked],
            },
        )
        self.state.revision.bump()

    def push_raw_update(self, bot: Bot, body: Mapping[str, object]) -> None:
        """An update of any make, for what no client does."""
        bot.updates.push_raw(body)
