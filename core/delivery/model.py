"""
The words of the queue: kinds of notices, states, priorities, and for whom a notice is.

States and priorities are written into the database as they stand here, for operators to read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from core.delivery.audience import EVERYBODY, AudienceFilter
from core.platform import PlatformName

EMAIL = "email"
"""What `im_deliveries.platform` says of mail, which the panel's own queue sends."""


class Kind(StrEnum):
    """What a notice is about: for switches, routes, preferences, priority and expiry."""

    NODE_ADDED = "node_added"
    NODE_UPDATED = "node_updated"
    NODE_DELETED = "node_deleted"
    NODE_OFFLINE = "node_offline"
    NODE_ONLINE = "node_online"
    NODE_BLOCKED = "node_blocked"
    NODE_UNBLOCKED = "node_unblocked"
    ANNOUNCEMENT_CREATED = "announcement_created"
    ANNOUNCEMENT_UPDATED = "announcement_updated"
    DAILY_JOB = "daily_job"
    DAILY_STATISTICS = "daily_statistics"
    MAINTENANCE = "maintenance"
    USER_REGISTERED = "user_registered"
    ACCOUNT_EXPIRING = "account_expiring"
    ACCOUNT_EXPIRED = "account_expired"
    TRAFFIC_LOW = "traffic_low"
    TRAFFIC_EXHAUSTED = "traffic_exhausted"
    TICKET_REPLY = "ticket_reply"
    CUSTOM = "custom"


def kind_of(written: str) -> Kind:
    """The kind that a row names; one that only a later version knows counts as custom."""
    try:
        return Kind(written)
    except ValueError:
        return Kind.CUSTOM


class State(StrEnum):
    """How a delivery is."""

    QUEUED = "queued"
    """An earlier one to the same recipient goes first."""
    WAITING = "waiting"
    """It goes as soon as its time has come and the pace allows it."""
    SENDING = "sending"
    """A daemon has it."""
    PAUSED = "paused"
    """Its broadcast is held up; what comes after it for the same recipient is not."""
    SENT = "sent"
    FAILED = "failed"
    """It cannot be delivered; the reason is kept."""
    EXPIRED = "expired"
    """It lost its point before it could be delivered."""
    CANCELLED = "cancelled"
    SET_ASIDE = "set_aside"
    """It seems to do harm, or is too old to be sent unasked: somebody has to look at it."""
    HANDED_OVER = "handed_over"
    """It is in the panel's own mail queue."""


UNFINISHED = (State.QUEUED, State.WAITING, State.SENDING, State.PAUSED)
RETRIABLE = (State.FAILED, State.EXPIRED, State.CANCELLED, State.SET_ASIDE)


class NoticeState(StrEnum):
    """How far a notice has been turned into deliveries."""

    EXPANDING = "expanding"
    SWEEPING = "sweeping"
    """The audience has been gone through once; who was missed is looked for."""
    PAUSED = "paused"
    """No more deliveries are made, and those that wait are held back."""
    CANCELLED = "cancelled"
    """No more deliveries are made, and those that wait are ended."""
    EXPANDED = "expanded"


class QueuePriority(StrEnum):
    """What is claimed first, from top to bottom. Each has a lane of its own."""

    ACTION = "action"
    ALERT = "alert"
    NOTICE = "notice"
    BROADCAST = "broadcast"


@dataclass(frozen=True, slots=True)
class ToAdmins:
    """The site's administrators that are not banned."""


@dataclass(frozen=True, slots=True)
class ToGroup:
    """The site's group on each platform where group notices are switched on."""


@dataclass(frozen=True, slots=True)
class ToEveryone:
    """
    All accounts there are when the notice is accepted, or `only` some of them.

    `by_email`: also those without chat. `expected`: how many are to be told by each platform, if
    that was counted.
    """

    by_email: bool = False
    only: AudienceFilter = EVERYBODY
    expected: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class ToUser:
    """One account. `by_email`: by mail, however it is bound."""

    account_id: int
    by_email: bool = False


@dataclass(frozen=True, slots=True)
class ToChat:
    """
    A target of a platform, in its own words. `account_id`: whose chat it is, if it is somebody's:
    told in the account's language, and to nobody once the panel has deleted it.
    """

    platform: PlatformName
    target: str
    account_id: int | None = None


CLOCKS_DIFFER = timedelta(minutes=5)
"""What is to go at once is dated back so far: its time has come by the clock of any daemon."""

_HOUR = timedelta(hours=1)
_HALF_A_DAY = timedelta(hours=12)
_DAY = timedelta(hours=24)

EXPIRES_AFTER: Mapping[Kind, timedelta] = {
    Kind.NODE_ADDED: _HALF_A_DAY,
    Kind.NODE_UPDATED: _HALF_A_DAY,
    Kind.NODE_DELETED: _HALF_A_DAY,
    Kind.NODE_OFFLINE: _HOUR,
    Kind.NODE_ONLINE: _HOUR,
    Kind.NODE_BLOCKED: _HOUR,
    Kind.NODE_UNBLOCKED: _HOUR,
    Kind.ANNOUNCEMENT_CREATED: _DAY,
    Kind.ANNOUNCEMENT_UPDATED: _DAY,
    Kind.DAILY_JOB: _HALF_A_DAY,
    Kind.DAILY_STATISTICS: _HALF_A_DAY,
    Kind.MAINTENANCE: _HALF_A_DAY,
    Kind.USER_REGISTERED: _HALF_A_DAY,
    Kind.ACCOUNT_EXPIRING: _DAY,
    Kind.ACCOUNT_EXPIRED: _DAY,
    Kind.TRAFFIC_LOW: _HALF_A_DAY,
    Kind.TRAFFIC_EXHAUSTED: _DAY,
    Kind.TICKET_REPLY: _DAY,
    Kind.CUSTOM: _DAY,
}
"""How long after it was accepted a notice is still worth being told."""

SILENT = frozenset(
    {
        Kind.NODE_UPDATED,
        Kind.NODE_ONLINE,
        Kind.NODE_UNBLOCKED,
        Kind.ANNOUNCEMENT_UPDATED,
        Kind.DAILY_JOB,
        Kind.DAILY_STATISTICS,
    }
)
"""Kinds that arrive without a sound where the platform has such a thing."""

SWITCHES: Mapping[Kind, str] = {
    Kind.NODE_ADDED: "telegram_add_node",
    Kind.NODE_UPDATED: "telegram_update_node",
    Kind.NODE_DELETED: "telegram_delete_node",
    Kind.NODE_OFFLINE: "telegram_node_offline",
    Kind.NODE_ONLINE: "telegram_node_online",
    Kind.NODE_BLOCKED: "telegram_node_gfwed",
    Kind.NODE_UNBLOCKED: "telegram_node_ungfwed",
    Kind.ANNOUNCEMENT_CREATED: "im_bot_group_notify_ann_create",
    Kind.ANNOUNCEMENT_UPDATED: "im_bot_group_notify_ann_update",
    Kind.DAILY_JOB: "telegram_daily_job",
    Kind.DAILY_STATISTICS: "telegram_diary",
}
"""The live setting that switches a kind of group notice on."""
