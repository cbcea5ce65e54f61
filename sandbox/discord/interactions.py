"""
Presses and commands of people, and what a bot may answer to them.

The first answer must come within 3 seconds, once; its token then serves for 15 minutes (Discord's
page "Receiving and Responding"). Seconds are those of a monotonic clock.
"""

import time
from dataclasses import dataclass, field
from enum import IntEnum

from sandbox.discord.errors import Json, refused
from sandbox.discord.model import Application, Channel, Message, User

FIRST_ANSWER = 3.0  # seconds
TOKEN_LIFE = 15 * 60.0  # seconds


class InteractionKind(IntEnum):
    """Interaction types by their number in the API."""

    COMMAND = 2
    COMPONENT = 3


class AnswerKind(IntEnum):
    """Interaction callback types by their number in the API."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE_MESSAGE = 7


@dataclass(slots=True, eq=False, kw_only=True)
class Interaction:
    """
    One press or command.

    `answer`: how the bot answered first, None so far. `reply`: the message that came of it.
    """

    id: str
    token: str
    kind: InteractionKind
    application: Application
    user: User
    channel: Channel
    data: Json
    message: Message | None = None
    made_at: float = field(default_factory=time.monotonic)
    answer: AnswerKind | None = None
    reply: Message | None = None

    @property
    def has_failed(self) -> bool:
        """Whether the person reads "This interaction failed"."""
        return self.answer is None and time.monotonic() - self.made_at > FIRST_ANSWER

    def take_answer(self, kind: AnswerKind) -> None:
        """
        Note the first answer.

        Raises:
            RefusedError: it comes too late or is the second.
        """
        if self.answer is not None:
            raise refused(40060)
        if self.has_failed:
            raise refused(10062)
        self.answer = kind

    def check_alive(self) -> None:
        """
        Raises:
            RefusedError: follow-ups are no longer, or not yet, possible.
        """
        if time.monotonic() - self.made_at > TOKEN_LIFE:
            raise refused(50027)
        if self.answer is None:
            raise refused(10015)

    def as_json(self) -> Json:
        interaction: Json = {
            "id": self.id,
            "application_id": self.application.id,
            "type": int(self.kind),
            "token": self.token,
            "version": 1,
            "data": self.data,
            "channel_id": self.channel.id,
            "channel": self.channel.as_json(),
            "app_permissions": "0",
            "locale": self.user.locale,
            "entitlements": [],
            "authorizing_integration_owners": {},
            "context": 0 if self.channel.guild else 1,
            "attachment_size_limit": 10485760,
        }
        guild = self.channel.guild
        if guild is None:
            interaction["user"] = self.user.as_json()
        else:
            interaction["guild_id"] = guild.id
            interaction["guild"] = {"id": guild.id, "locale": "zh-CN", "features": []}
            interaction["guild_locale"] = "zh-CN"
            interaction["member"] = guild.member_json(self.user) | {"permissions": "3072"}
        if self.message is not None:
            interaction["message"] = self.message.as_json()
        return interaction
