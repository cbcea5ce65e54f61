"""
What people see of the local Telegram, and waiting for it.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sandbox.telegram.census import Census
from sandbox.telegram.chats import Chat
from sandbox.telegram.messages import CallbackQuery, Message

T = TypeVar("T")


def _anything(_: Message) -> bool:
    return True


class Watching(Census):
    """Looks at a world, and waits for it to change."""

    @property
    def revision(self) -> int:
        """Grows with everything that happens."""
        return self.state.revision.number

    async def changed(self, since: int) -> int:
        """Wait for something to happen after revision `since`; gives the new revision."""
        return await self.state.revision.beyond(since)

    def commands_for(self, person_id: int, chat_id: int) -> list[dict[str, object]]:
        """The commands that a person's client offers in a chat, of all bots in it."""
        person, chat = self.person(person_id), self.chat(chat_id, person_id)
        scopes = _scopes(chat, person_id)
        language = (person.language_code or "").partition("-")[0]
        offered: list[dict[str, object]] = []
        none: list[dict[str, object]] = []
        for bot in self.state.bots_in(chat):
            keys = [(scope, code) for scope in scopes for code in (language, "")]
            offered += next((bot.commands[key] for key in keys if key in bot.commands), none)
        return offered

    def messages(self, chat_id: int, *, seen_by: int | None = None) -> list[Message]:
        """
        A chat's messages, oldest first, deleted ones too.

        `seen_by`: the person who looks, needed where `chat_id` is a bot's id.
        """
        return list(self.chat(chat_id, seen_by).messages.values())

    async def wait_until(self, condition: Callable[[], T | None], *, seconds: float = 5.0) -> T:
        """
        The first result of `condition` that is not None or False, looked for after each change.

        Raises:
            TimeoutError: there was none within `seconds`.
        """
        async with asyncio.timeout(seconds):
            while True:
                seen = self.revision
                result = condition()
                if result is not None and result is not False:
                    return result
                await self.changed(seen)

    async def wait_for(
        self,
        chat_id: int,
        predicate: Callable[[Message], bool] = _anything,
        *,
        after: int = 0,
        seen_by: int | None = None,
        seconds: float = 5.0,
    ) -> Message:
        """
        The first message of a chat with an id above `after` that is as wanted, now or soon.

        Edits are looked at too. Deleted messages do not count.

        Raises:
            TimeoutError: there was none within `seconds`.
        """

        def find() -> Message | None:
            for message in self.messages(chat_id, seen_by=seen_by):
                if message.id > after and not message.is_deleted and predicate(message):
                    return message
            return None

        return await self.wait_until(find, seconds=seconds)

    async def wait_for_answer(self, query: CallbackQuery, *, seconds: float = 5.0) -> CallbackQuery:
        """
        Wait until the bot has answered a press.

        Raises:
            TimeoutError: it did not within `seconds`.
        """
        await self.wait_until(lambda: query.is_answered, seconds=seconds)
        return query


def _scopes(chat: Chat, person_id: int) -> list[str]:
    """The scopes of commands that hold for a person in a chat, the narrowest first."""
    if chat.is_private:
        return [f"chat:{chat.id}", "all_private_chats", "default"]
    member = chat.find_member(person_id)
    of_admins = member is not None and member.is_admin
    return [
        f"chat_member:{chat.id}:{person_id}",
        *([f"chat_administrators:{chat.id}"] if of_admins else []),
        f"chat:{chat.id}",
        *(["all_chat_administrators"] if of_admins else []),
        "all_group_chats",
        "default",
    ]
