"""
The local Telegram as people use it: write, press, join, leave, block, and see what bots answer.

Every act is done at once and makes the updates that a bot would get from it; what a person's client
would not let them do raises `ImpossibleError`. A private chat is named by the bot's id or, where
there is only one bot, by the person's own id. Nothing here is kept on disk.
"""

from datetime import UTC, datetime

from sandbox.telegram.census import ImpossibleError
from sandbox.telegram.enclosing import Enclosing
from sandbox.telegram.following import Following
from sandbox.telegram.state import Clock
from sandbox.telegram.watching import Watching

__all__ = ["ImpossibleError", "TelegramWorld", "utc_now"]


def utc_now() -> datetime:
    return datetime.now(UTC)


class TelegramWorld(Watching, Enclosing, Following):
    """People, groups and bots, and what people do with them."""

    def __init__(self, *, clock: Clock = utc_now) -> None:
        super().__init__(clock=clock)
