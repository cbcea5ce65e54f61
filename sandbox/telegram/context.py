"""
What a method of the Bot API gets to work with, and what it is.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sandbox.telegram.access import find_chat
from sandbox.telegram.calls import Arguments, Parameter
from sandbox.telegram.chats import Chat
from sandbox.telegram.limits import FloodControl
from sandbox.telegram.people import Bot, Webhook
from sandbox.telegram.state import State


class Webhooks(Protocol):
    """The webhooks of all bots, as methods see them."""

    def set(self, bot: Bot, webhook: Webhook) -> None: ...

    def remove(self, bot: Bot) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One call: who makes it, with what, and the world it acts upon."""

    bot: Bot
    state: State
    arguments: Arguments
    flood: FloodControl | None
    webhooks: Webhooks

    def chat(self, name: str = "chat_id") -> Chat:
        """
        The chat that a parameter names.

        Raises:
            ApiError: 400, the bot knows none such.
        """
        return find_chat(self.state, self.bot, self.arguments.text(name))

    def spend(self, chat: Chat) -> None:
        """
        Count a message to a chat against the flood limits.

        Raises:
            ApiError: 429.
        """
        if self.flood is not None:
            paid = self.arguments.flag("allow_paid_broadcast")
            self.flood.spend(bot_id=self.bot.id, chat_id=chat.id, paid=paid)


@dataclass(frozen=True, slots=True)
class Done:
    """A success that is described, as the methods about webhooks are."""

    description: str


@dataclass(frozen=True, slots=True)
class Method:
    """A method: its name as documented, its parameters, and what it does."""

    name: str
    parameters: Mapping[str, Parameter]
    run: Callable[[Context], Awaitable[object]]
