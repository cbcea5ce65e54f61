"""
What the daemon needs of a chat platform: the interface that each package under `bots` implements.

A `Platform` says from the live settings whether its bot is wanted, and with what; its `Connector`
gives a `Bot` for just those credentials. When they change, the bot is closed and another is
connected: a bot never changes its token. Four things can go wrong, and each class says what the
caller does: `PlatformUnreachableError` (try again later), `CredentialsRefusedError` (wait for the
setting to change, look again from time to time), `TargetError` (give up this recipient, not the
platform) and `ContentRefusedError` (say it another way).
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from config_store.live_settings import SiteSettings
from core.message import Message


class PlatformName(StrEnum):
    """The platforms, as settings, routes and the command line call them."""

    TELEGRAM = "telegram"
    DISCORD = "discord"
    SLACK = "slack"


class PlatformError(Exception):
    """The platform did not do what was asked. `str()` is the operator's line, without secrets."""


class PlatformUnreachableError(PlatformError):
    """
    No answer, or one that says to come back: the same call may succeed later.

    `retry_after`: seconds that the platform asks to wait, None if it names none.
    `may_have_arrived`: the request was sent, only its answer is missing.
    """

    def __init__(
        self, said: str, *, retry_after: float | None = None, may_have_arrived: bool = False
    ) -> None:
        super().__init__(said)
        self.retry_after = retry_after
        self.may_have_arrived = may_have_arrived


class CredentialsRefusedError(PlatformError):
    """The token is wrong, revoked or lacks a right. No call succeeds until the setting changes."""


class TargetError(PlatformError):
    """This target cannot be written to: unknown, gone, blocked or without the right to write."""


class ContentRefusedError(PlatformError):
    """The platform does not take this very message: a fault of ours."""


@dataclass(frozen=True, slots=True)
class Off:
    """A bot that is not wanted, and the reason as a sentence for the operator."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a bot is started with. Two that are equal mean that nothing has to be restarted."""

    token: str = field(repr=False)
    app_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the platform accepted: its ids there, one a part if it had to be split."""

    ids: tuple[str, ...]


class BotState(StrEnum):
    """How a bot is, in the words of `/readyz`."""

    DISABLED = "disabled"
    STARTING = "starting"
    RUNNING = "running"
    STANDBY = "standby"
    FAILING = "failing"


Report = Callable[[BotState, str], None]
"""Tells the state a bot is in and a sentence without secrets that says why."""


class Bot(Protocol):
    """A bot that is connected with one set of credentials."""

    async def serve(self, stop: asyncio.Event, report: Report) -> None:
        """
        Receive updates and answer them until `stop` is set, then finish what is being answered.

        Short failures are tried again here and told through `report`.

        Raises:
            PlatformUnreachableError: the connection must be made anew.
            CredentialsRefusedError: the token was refused.
        """
        ...

    async def send(self, target: str, message: Message) -> Sent:
        """
        Send to a target of the platform: a chat, a channel or a user, in the platform's own words.

        Raises:
            PlatformError: one of its subclasses, by what the caller does next.
        """
        ...


class Connector(Protocol):
    """Makes bots of one platform. Importing it imports the platform's library."""

    def connect(self, credentials: Credentials) -> AbstractAsyncContextManager[Bot]:
        """
        A bot whose token the platform has accepted; leaving the context closes all it opened.

        Nothing is changed at the platform before `Bot.serve`.

        Raises:
            PlatformUnreachableError: the platform did not answer in time.
            CredentialsRefusedError: the token was refused.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """
    A chat platform that this program can talk to.

    `wanted`: what the live settings ask for. `load`: imports the platform's library and gives the
    connector; called when a bot is first wanted, since a library costs seconds and much memory.
    """

    name: PlatformName
    wanted: Callable[[SiteSettings], Credentials | Off]
    load: Callable[[], Connector]
