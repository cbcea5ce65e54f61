"""
How full the queue is: counted in the database every few seconds, the last count kept.

A count reads as much of an index as there is waiting. So that it stays cheap with millions, the
next one comes later the longer the last one took.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypedDict

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database, DatabaseUnavailableError
from config_store.own.looking import Count, Looking
from core.clock import SiteClock
from core.delivery.model import EMAIL, QueuePriority, State
from core.platform import PlatformName
from core.supervision import wait_for

log = structlog.get_logger(__name__)

PLATFORMS = (*(name.value for name in PlatformName), EMAIL)
"""All that `im_deliveries.platform` may say."""
RECENTLY = timedelta(hours=24)

_TO_BE_SENT = (State.QUEUED, State.WAITING, State.SENDING)

_EVERY = 3.0  # seconds between counts at least
_SHARE = 20  # a count takes at most the 20th part of the time
_TIMEOUT = 30.0  # seconds


class QueueSummary(TypedDict):
    """The queue in `/readyz`."""

    waiting: int
    oldest_seconds: float
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """
    What one platform has to do in one priority, by state.

    `since`: when the oldest of it was accepted; of deferred actions, when the first was due.
    """

    platform: str
    priority: str
    by_state: Mapping[str, int]
    since: datetime

    @property
    def number(self) -> int:
        return sum(self.by_state.values())

    def age_seconds(self, now: datetime) -> float:
        return max(0.0, (now - self.since).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """What is to be sent, and how much of the last 24 hours failed, by platform."""

    loads: Sequence[Load] = ()
    failed: Mapping[str, int] = field(default_factory=dict[str, int])

    def summary(self, now: datetime) -> QueueSummary:
        """
        In three numbers. Deferred actions that are not due yet do not wait for anybody; those that
        are count for the age alone.
        """
        messages = [load for load in self.loads if load.priority != QueuePriority.ACTION]
        oldest = max((load.age_seconds(now) for load in self.loads), default=0.0)
        return QueueSummary(
            waiting=sum(load.number for load in messages),
            oldest_seconds=round(oldest, 1),
            failed=sum(self.failed.values()),
        )


class Counting:
    """Counts the queue."""

    def __init__(self, *, looking: Looking, clock: SiteClock) -> None:
        self._looking = looking
        self._clock = clock

    async def count(self, connection: AsyncConnection) -> Census:
        """The queue as it is now; what is held up with its broadcast waits for nobody."""
        counts = await self._looking.count(connection, PLATFORMS, _TO_BE_SENT)
        accepted = await self._looking.accepted_at(connection, {each.first_id for each in counts})
        failed = await self.count_ended(connection, [State.FAILED])
        return Census(
            loads=_loads(counts, accepted),
            failed={platform: states[State.FAILED] for platform, states in failed.items()},
        )

    async def count_ended(
        self, connection: AsyncConnection, states: Sequence[State]
    ) -> Mapping[str, Mapping[str, int]]:
        """What ended in the last 24 hours, by platform and state."""
        since = self._clock.now() - RECENTLY
        ended: dict[str, dict[str, int]] = {}
        for each in await self._looking.count_since(connection, PLATFORMS, states, since):
            by_state = ended.setdefault(each.platform, {})
            by_state[each.state] = by_state.get(each.state, 0) + each.number
        return ended


class CensusKeeper:
    """Keeps the last count. While the database is away, what it knows only grows older."""

    def __init__(self, *, database: Database, counting: Counting, clock: SiteClock) -> None:
        self._database = database
        self._counting = counting
        self._clock = clock
        self._current = Census()

    @property
    def current(self) -> Census:
        """The last count; an empty one before the first."""
        return self._current

    def summary(self) -> QueueSummary:
        return self._current.summary(self._clock.now())

    async def run(self, stop: asyncio.Event) -> None:
        """Count again and again until `stop` is set."""
        while not stop.is_set():
            began = time.monotonic()
            try:
                self._current = await self._database.run(self._counting.count, timeout=_TIMEOUT)
            except DatabaseUnavailableError as error:
                log.debug("queue not counted", reason=str(error))
            took = time.monotonic() - began
            await wait_for(stop, max(_EVERY, took * (_SHARE - 1)))


def _loads(counts: Sequence[Count], accepted: Mapping[int, datetime]) -> list[Load]:
    lines: dict[tuple[str, str], list[Count]] = {}
    for each in counts:
        lines.setdefault((each.platform, each.priority), []).append(each)
    return [
        Load(
            platform=platform,
            priority=priority,
            by_state={each.state: each.number for each in line},
            since=min(_since(each, accepted) for each in line),
        )
        for (platform, priority), line in sorted(lines.items())
    ]


def _since(count: Count, accepted: Mapping[int, datetime]) -> datetime:
    if count.priority == QueuePriority.ACTION:
        return count.first_due
    # The first one may have been sent, and removed, between the two statements.
    return accepted.get(count.first_id, count.first_due)
