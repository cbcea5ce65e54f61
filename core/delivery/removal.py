"""
Removing what is over: notices with their deliveries and actions after the retention, lanes after
a day, and, of notices to everyone, deliveries that become counters a day after.

A notice stays as long as one of its deliveries has not ended. Each pass is made of short
statements; whatever comes meanwhile is left to the next pass.
"""

from collections.abc import AsyncGenerator
from datetime import datetime, timedelta

from config_store.database import Database
from config_store.own.clearing import AT_ONCE, Clearing, OldNotice, Place
from config_store.own.folding import FOLDABLE, Folding
from core.clock import ONE_DAY, SiteClock
from core.delivery.model import UNFINISHED, State

_NOTICES = 200  # in one page
_TIMEOUT = 30.0  # seconds


class Removal:
    """Removes what is over; each function is one pass, and gives how many went page by page."""

    def __init__(
        self,
        *,
        retention: timedelta,
        database: Database,
        clearing: Clearing,
        folding: Folding,
        clock: SiteClock,
    ) -> None:
        self._retention = retention
        self._database = database
        self._clearing = clearing
        self._folding = folding
        self._clock = clock

    async def remove_notices(self) -> AsyncGenerator[int, None]:
        """Notices that were accepted before the retention, if all their deliveries have ended."""
        now = self._clock.now()
        before = now - self._retention
        place: Place | None = Place()
        while place is not None:
            notices, place = await self._next_notices(place, before, now)
            over = [notice.id for notice in notices if notice.is_over]
            if over:
                async for removed in self._remove_all(over):
                    yield removed

    async def remove_actions(self) -> AsyncGenerator[int, None]:
        """Actions that ended before the retention."""
        before = self._clock.now() - self._retention
        for state in State:
            after: int | None = None if state in UNFINISHED else 0
            while after is not None:
                over, after = await self._next_actions(state, after, before)
                yield await self._remove(over)

    async def remove_lanes(self) -> AsyncGenerator[int, None]:
        """Lanes that are empty and were not used for a day."""
        before = self._clock.now() - ONE_DAY
        place: Place | None = Place()
        while place is not None:
            idle, place = await self._next_lanes(place, before)
            if not idle:
                continue
            yield await self._database.run(
                lambda connection, idle=idle: self._clearing.remove_lanes(
                    connection, idle, before=before
                ),
                timeout=_TIMEOUT,
            )

    async def fold(self) -> AsyncGenerator[int, None]:
        """Deliveries of notices to everyone that ended a day ago."""
        before = self._clock.now() - ONE_DAY
        notices = await self._database.run(
            lambda connection: self._folding.find_foldable(connection, before=before),
            timeout=_TIMEOUT,
        )
        for notice_id in notices:
            for state in FOLDABLE:
                after: int | None = 0
                while after is not None:
                    old, after = await self._next_to_fold(notice_id, state, after, before)
                    yield await self._fold(notice_id, old, before)

    async def _next_notices(
        self, behind: Place, before: datetime, now: datetime
    ) -> tuple[list[OldNotice], Place | None]:
        return await self._database.run(
            lambda connection: self._clearing.find_old_notices(
                connection, behind=behind, before=before, now=now, count=_NOTICES
            ),
            timeout=_TIMEOUT,
        )

    async def _remove_all(self, notices: list[int]) -> AsyncGenerator[int, None]:
        unfinished = await self._database.run(
            lambda connection: self._clearing.find_with_unfinished(connection, notices),
            timeout=_TIMEOUT,
        )
        over = sorted({*notices} - unfinished)
        if not over:
            return
        while ids := await self._database.run(
            lambda connection: self._clearing.find_finished_of(connection, over, count=AT_ONCE),
            timeout=_TIMEOUT,
        ):
            yield await self._remove(ids)
        yield await self._database.run(
            lambda connection: self._clearing.remove_notices(connection, over), timeout=_TIMEOUT
        )

    async def _next_actions(
        self, state: State, after: int, before: datetime
    ) -> tuple[list[int], int | None]:
        return await self._database.run(
            lambda connection: self._clearing.find_old_actions(
                connection, state, after=after, before=before, count=AT_ONCE
            ),
            timeout=_TIMEOUT,
        )

    async def _remove(self, ids: list[int]) -> int:
        if not ids:
            return 0
        return await self._database.run(
            lambda connection: self._clearing.remove_finished(connection, ids), timeout=_TIMEOUT
        )

    async def _next_lanes(self, behind: Place, before: datetime) -> tuple[list[int], Place | None]:
        return await self._database.run(
            lambda connection: self._clearing.find_idle_lanes(
                connection, behind=behind, before=before, count=AT_ONCE
            ),
            timeout=_TIMEOUT,
        )

    async def _next_to_fold(
        self, notice_id: int, state: str, after: int, before: datetime
    ) -> tuple[list[int], int | None]:
        return await self._database.run(
            lambda connection: self._folding.find_finished(
                connection, notice_id, state, after=after, before=before, count=AT_ONCE
            ),
            timeout=_TIMEOUT,
        )

    async def _fold(self, notice_id: int, ids: list[int], before: datetime) -> int:
        if not ids:
            return 0
        return await self._database.transact(
            lambda tx: self._folding.fold(tx, notice_id, ids, before=before), timeout=_TIMEOUT
        )
