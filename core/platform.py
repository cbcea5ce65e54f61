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
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, StrEnum, auto
from typing import Protocol

from config_store.live_settings import SiteSettings
from core.message import Message
from core.pacing import Pacer


class PlatformName(StrEnum):
    """The platforms, as settings, routes and the command line call them."""

    TELEGRAM = "telegram"
    DISCORD = "discord"
    SLACK = "slack"


class PlatformError(Exception):
    """
    The platform did not do what was asked. `str()` is the operator's line, without secrets.

    `sent`: ids of the parts of a message that had been accepted before.
    """

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.sent: tuple[str, ...] = ()


class Covers(Enum):
    """What a pause that a platform asks for holds up."""

    TARGET = auto()
    BOT = auto()


class PlatformUnreachableError(PlatformError):
    """
    No answer, or one that says to come back: the same call may succeed later.

    `retry_after`: seconds that the platform asks to wait, None if it names none. `covers`: what
    has to wait so long, None if the platform does not say. `may_have_arrived`: the request was
    sent, only its answer is missing.
    """

    def __init__(
        self,
        said: str,
        *,
        retry_after: float | None = None,
        covers: Covers | None = None,
        may_have_arrived: bool = False,
    ) -> None:
        super().__init__(said)
        self.retry_after = retry_after
        self.covers = covers
        self.may_have_arrived = may_have_arrived


class OtherReceiverError(PlatformUnreachableError):
    """Another program receives with the same token, which the platform does not allow."""


class CredentialsRefusedError(PlatformError):
    """The token is wrong, revoked or lacks a right. No call succeeds until the setting changes."""


class TargetError(PlatformError):
    """This target cannot be written to: unknown, gone, blocked or without the right to write."""


class TargetMovedError(TargetError):
    """The target has another id from now on, which is to be used instead: `target`."""

    def __init__(self, said: str, *, target: str) -> None:
        super().__init__(said)
        self.target = target


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


async def _at_once() -> None:
    """Nothing to wait for."""


def _forgotten(_message_id: str) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """
    A message on its way to one target: a chat, a channel or a user, in the platform's own words.

    `key`: the same whenever this message is sent again, so that a platform that can tells a repeat;
    at most 16 ASCII characters. `sent`: ids of parts that were accepted at an earlier try, which
    are not sent again. `direct_channel`: the channel in which this user is written to, if known.
    `is_broadcast`: it goes to many, which some platforms sell a higher rate for. `turn` is awaited
    right before each part: it keeps the pace, and raises if the message must not go any more.
    `accepted` is told each part's id at once, for when the rest is cut off.
    """

    target: str
    message: Message
    key: str | None = None
    sent: tuple[str, ...] = ()
    direct_channel: str | None = None
    is_broadcast: bool = False
    turn: Callable[[], Awaitable[None]] = _at_once
    accepted: Callable[[str], None] = _forgotten


@dataclass(frozen=True, slots=True)
class Sent:
    """
    A message that the platform accepted: its ids there, one a part if it had to be split.

    `direct_channel`: where a user was written to, if the platform has a channel for that.
    """

    ids: tuple[str, ...]
    direct_channel: str | None = None


class BotState(StrEnum):
    """How a bot is, in the words of `/readyz`."""

    DISABLED = "disabled"
    STARTING = "starting"
    RUNNING = "running"
    STANDBY = "standby"
    FAILING = "failing"


Report = Callable[[BotState, str], None]
"""Tells the state a bot is in and a sentence without secrets that says why."""


class MembershipUnavailableError(PlatformError):
    """The bot may not do that in this group: a right is missing. `str()` names it."""


class GroupMembers(Protocol):
    """What a bot can do about the members of a group. Every method raises as `Bot.send` does."""

    async def remove(self, group: str, user_id: str) -> None:
        """
        Remove a member, who may come back: nobody stays banned. No harm if he is not there.

        Raises:
            MembershipUnavailableError: the bot lacks the right, or he administers the group.
        """
        ...

    async def readmit(self, group: str, user_id: str) -> None:
        """
        Lift a ban, so that he may join again; a member who is there stays.

        Raises:
            MembershipUnavailableError: the bot lacks the right.
        """
        ...

    async def invite(self, group: str, *, lasts: timedelta) -> str:
        """
        An address by which one person may join the group for so long.

        Raises:
            MembershipUnavailableError: the bot lacks the right.
        """
        ...


class Bot(Protocol):
    """A bot that is connected with one set of credentials."""

    async def serve(self, stop: asyncio.Event, report: Report) -> None:
        """
        Receive updates and answer them until `stop` is set, then finish what is being answered.

        Short failures are tried again here and told through `report`.

        Raises:
            OtherReceiverError: the platform gives the updates to somebody else as well.
            PlatformUnreachableError: the connection must be made anew.
            CredentialsRefusedError: the token was refused.
        """
        ...

    async def send(self, posting: Posting) -> Sent:
        """
        Send all parts of a message that were not accepted before.

        Content that the platform refuses is tried once more as plain text here.

        Raises:
            PlatformError: one of its subclasses, by what the caller does next; its `sent` holds
                the ids of all parts accepted so far, at earlier tries as well.
        """
        ...

    @property
    def private_chat_url(self) -> str | None:
        """What opens the private chat with it, None where there is no such address."""
        ...

    @property
    def members(self) -> GroupMembers | None:
        """What it can do about members of groups, None if nothing."""
        ...

    async def edit(self, target: str, message_id: str, message: Message) -> None:
        """
        Put a message in place of one that was sent to a target; no harm if that one is gone.

        Raises:
            PlatformError: as `send`.
        """
        ...

    async def delete(self, target: str, message_id: str) -> None:
        """
        Delete a message that was sent to a target, if it is still there.

        Raises:
            PlatformError: as `send`.
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


def _itself(target: str) -> str:
    return target


def _nothing(_message: Message) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """
    A chat platform that this program can talk to.

    `wanted`: what the live settings ask for. `load`: imports the platform's library and gives the
    connector; called when a bot is first wanted, since a library costs seconds and much memory.
    `group_target`: where the site's group is there, None if notices to it are switched off.
    `pacer`: the platform's pace, of replies and deliveries together. `budget_of`: what a target
    shares its limits with (a topic with its whole group). `in_flight`: calls at once for sending.
    `repeats_known_for`: seconds for which the platform tells a repeat by `Posting.key`. `preview`:
    a message as it would be sent, a text for each part; it may import the platform's library.
    """

    name: PlatformName
    wanted: Callable[[SiteSettings], Credentials | Off]
    load: Callable[[], Connector]
    group_target: Callable[[SiteSettings], str | None]
    pacer: Pacer
    budget_of: Callable[[str], str] = _itself
    in_flight: int = 30
    repeats_known_for: float = 0.0
    preview: Callable[[Message], Sequence[str]] = _nothing
