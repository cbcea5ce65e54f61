"""
Deliveries that lost their point while their platform was away: they end, and the next may go.

Whoever claims a delivery ends it as well when its time is over; this is for what nobody claims, so
that an outage of hours leaves no heap. A pass goes through all that waits, in the order in which it
became due.
"""

from collections.abc import AsyncGenerator, Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database
from config_store.own.claims import PRIORITIES
from config_store.own.clearing import AT_ONCE, Clearing, Place, Waiting
from config_store.own.settling import Settling
from core.clock import SiteClock
from core.delivery.model import State

TOO_LATE = "it was too late to be told"
_TIMEOUT = 30.0  # seconds


class Overdue:
    """Ends what is overdue on these platforms."""

    def __init__(
        self,
        *,
        platforms: Sequence[str],
        database: Database,
        clearing: Clearing,
        settling: Settling,
        clock: SiteClock,
    ) -> None:
        self._platforms = platforms
        self._database = database
        self._clearing = clearing
        self._settling = settling
        self._clock = clock

    async def end(self) -> AsyncGenerator[int, None]:
        """One pass, a page at a time; of each page how many were ended."""
        for platform in self._platforms:
            for priority in PRIORITIES:
                place: Place | None = Place()
                while place is not None:
                    page, place = await self._next_page(platform, priority, place)
                    yield await self._end_page([each for each in page if each.is_overdue])

    async def _next_page(
        self, platform: str, priority: str, behind: Place
    ) -> tuple[list[Waiting], Place | None]:
        now = self._clock.now()
        return await self._database.run(
            lambda connection: self._clearing.find_waiting(
                connection, platform, priority, behind=behind, now=now, count=AT_ONCE
            ),
            timeout=_TIMEOUT,
        )

    async def _end_page(self, heads: Sequence[Waiting]) -> int:
        if not heads:
            return 0
        lanes = {head.lane_id for head in heads}
        ended = 0
        while behind := await self._find_behind(lanes):
            ended += (number := await self._end(behind))
            if not number:
                break
        return ended + await self._end(head.id for head in heads)

    async def _find_behind(self, lanes: set[int]) -> list[int]:
        now = self._clock.now()
        return await self._database.run(
            lambda connection: self._clearing.find_overdue_behind(
                connection, lanes, now=now, count=AT_ONCE
            ),
            timeout=_TIMEOUT,
        )

    async def _end(self, ids: Iterable[int]) -> int:
        found = list(ids)

        async def end(tx: AsyncConnection) -> int:
            now = self._clock.now()
            overdue = await self._clearing.lock_overdue(tx, found, now=now)
            if not overdue:
                return 0
            return await self._settling.end_unclaimed(
                tx, overdue, state=State.EXPIRED, error=TOO_LATE, now=now
            )

        return await self._database.transact(end, timeout=_TIMEOUT)
