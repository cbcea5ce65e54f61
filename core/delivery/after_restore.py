"""
What waited while nobody ran, also in a restored backup: set aside instead of sent again.

When a role is taken that nobody had for over an hour, what had been accepted until then may have
been sent long ago, since the database may be an older copy of itself. It stays visible and can be
sent by hand. Each platform's worker looks to its own deliveries before it claims any, whoever has
the other roles; whoever has the watchers looks to mail and to notices that are being expanded.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import CommitUnknownError, Database
from config_store.own.clearing import AT_ONCE, Clearing
from config_store.own.settling import Settlement, Settling
from core.clock import SiteClock
from core.delivery.model import State

log = structlog.get_logger(__name__)

LONGEST_ABSENCE = timedelta(hours=1)
_BETWEEN_BEATS = timedelta(minutes=1)  # what was accepted since the last beat is in a backup too
_TIMEOUT = 30.0  # seconds
_REASON = "it waited while no daemon ran, or in a restored backup: it may have been sent already"


class VacantRole(Protocol):
    """A role of this daemon, as far as it is looked at here."""

    @property
    def is_held(self) -> bool: ...

    @property
    def epoch(self) -> int: ...

    @property
    def vacant_since(self) -> datetime | None: ...

    async def fence(self, connection: AsyncConnection, *, epoch: int | None = None) -> None: ...


class AfterRestore:
    """
    Looks once in each tenure of `role` to the deliveries of `platform`.

    `pauses_notices`: whether it looks to notices that are being expanded as well.
    """

    def __init__(
        self,
        *,
        role: VacantRole,
        platform: str,
        pauses_notices: bool,
        database: Database,
        clearing: Clearing,
        settling: Settling,
        clock: SiteClock,
    ) -> None:
        self._role = role
        self._platform = platform
        self._pauses_notices = pauses_notices
        self._database = database
        self._clearing = clearing
        self._settling = settling
        self._clock = clock
        self._done_in: int | None = None

    @property
    def is_done(self) -> bool:
        """Whether the role is this daemon's, and nothing is left to be looked at."""
        return self._role.is_held and self._done_in == self._role.epoch

    async def check(self) -> None:
        """
        Set aside what must not be sent, unless that was done in this tenure.

        Raises:
            RoleLostError: the role is another daemon's by now.
            DatabaseUnavailableError: it is not done yet.
        """
        epoch = self._role.epoch
        if not self._role.is_held or self._done_in == epoch:
            return
        since = self._role.vacant_since
        if since is not None and self._clock.now() - since > LONGEST_ABSENCE:
            await self._set_aside(since + _BETWEEN_BEATS, epoch)
        self._done_in = epoch

    async def _set_aside(self, before: datetime, epoch: int) -> None:
        paused = await self._pause_notices(before, epoch) if self._pauses_notices else 0
        count = 0
        # Those behind others first: then none is let go only to be set aside as well.
        for state in (State.QUEUED, State.SENDING, State.WAITING):
            while number := await self._set_aside_page(state, before, epoch):
                count += number
        if count or paused:
            log.warning(
                "waiting deliveries set aside",
                platform=self._platform,
                deliveries=count,
                notices_paused=paused,
                accepted_before=before.isoformat(timespec="seconds"),
                reason="no daemon ran for over an hour, or the database is a restored backup",
                to_send_them="sspanel-im queue list --state set_aside; sspanel-im queue retry ID…",
            )

    async def _pause_notices(self, before: datetime, epoch: int) -> int:
        async def pause(tx: AsyncConnection) -> int:
            await self._role.fence(tx, epoch=epoch)
            return await self._clearing.pause_notices(tx, before=before)

        return await self._database.transact(pause, timeout=_TIMEOUT)

    async def _set_aside_page(self, state: State, before: datetime, epoch: int) -> int:
        found = await self._database.run(
            lambda connection: self._clearing.find_created_before(
                connection, self._platform, state, before=before, count=AT_ONCE
            ),
            timeout=_TIMEOUT,
        )
        if not found:
            return 0

        async def end(tx: AsyncConnection) -> int:
            await self._role.fence(tx, epoch=epoch)
            return await self._end(tx, state, found)

        try:
            return await self._database.transact(end, timeout=_TIMEOUT)
        except CommitUnknownError:
            return len(found)  # the next page shows what is left

    async def _end(
        self, tx: AsyncConnection, state: State, found: Sequence[tuple[int, int | None]]
    ) -> int:
        now = self._clock.now()
        if state is not State.SENDING:
            return await self._settling.end_unclaimed(
                tx, [id_ for id_, _ in found], state=State.SET_ASIDE, error=_REASON, now=now
            )
        settlements = [
            Settlement(
                id=id_,
                token=token,
                state=State.SET_ASIDE,
                was_tried=False,
                error=_REASON,
                may_be_double=True,
            )
            for id_, token in found
            if token is not None
        ]
        return len(await self._settling.settle(tx, settlements, now=now))
