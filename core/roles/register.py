"""
The list of running daemons: this one's entry, and what the others' entries mean for its pace.

All daemons of a site share the platforms' limits. Each tells how much it answers; whoever sends
leaves that free. Entries whose daemon has not been heard of for an hour are removed. While the
database is away the last figures stay. Times are in seconds.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database, DatabaseUnavailableError
from config_store.own.daemons import DaemonRow, DaemonTable
from core.pacing import Pacer
from core.supervision import wait_for

INTERVAL = 2.0
_SILENT = 10.0  # without a beat, and what a daemon told of its answers counts no more
_FORGOTTEN = 3600.0  # without a beat, and its entry is removed
_LEAVE_TIMEOUT = 1.5


@dataclass(slots=True)
class _Heard:
    """The beat of another daemon, and since when it is known."""

    beat: int
    since: float


class DaemonRegister:
    """
    Keeps the entry of daemon `me`. `process`: where it runs, as `Host` names it.

    `pacers`: by platform; they tell this daemon's answers and are told those of the others.
    """

    def __init__(
        self,
        *,
        database: Database,
        daemons: DaemonTable,
        me: str,
        process: str,
        version: str,
        pacers: Mapping[str, Pacer],
        clock: Callable[[], float],
        now: Callable[[], datetime],
        interval: float = INTERVAL,
    ) -> None:
        self._database = database
        self._daemons = daemons
        self._me = me
        self._process = process
        self._version = version
        self._pacers = pacers
        self._clock = clock
        self._now = now
        self._interval = interval
        self._heard: dict[str, _Heard] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the entry until `stop` is set, then take it back."""
        while not stop.is_set():
            # The settings tell of an outage; before the migrations there is no such table.
            with suppress(DatabaseUnavailableError):
                await self.beat()
            await wait_for(stop, self._interval)
        await self._leave()

    async def beat(self) -> None:
        """Tell the others once, and hear what they tell."""
        rows = await self._database.run(self._exchange)
        self._hear(rows)
        for platform, pacer in self._pacers.items():
            rates = (row.replies.get(platform, 0.0) for row in rows if self._is_running(row))
            pacer.set_foreign_rate(sum(rates))
        for row in rows:
            if self._silence(row) > _FORGOTTEN:
                await self._database.run(
                    lambda it, row=row: self._daemons.remove(it, row.id, beat=row.beat)
                )

    async def _exchange(self, connection: AsyncConnection) -> list[DaemonRow]:
        now = self._now()
        rates = {platform: pacer.reply_rate() for platform, pacer in self._pacers.items()}
        if not await self._daemons.beat(connection, self._me, rates, at=now):
            await self._daemons.enter(
                connection, self._me, process=self._process, version=self._version, at=now
            )
        return await self._daemons.others(connection, self._me)

    def _hear(self, rows: list[DaemonRow]) -> None:
        now = self._clock()
        before = self._heard
        self._heard = {row.id: _Heard(row.beat, now) for row in rows}
        for daemon, heard in self._heard.items():
            known = before.get(daemon)
            if known is not None and known.beat == heard.beat:
                heard.since = known.since

    def _silence(self, row: DaemonRow) -> float:
        return self._clock() - self._heard[row.id].since

    def _is_running(self, row: DaemonRow) -> bool:
        return self._silence(row) <= _SILENT

    async def _leave(self) -> None:
        with suppress(DatabaseUnavailableError):  # the others remove it in an hour
            await self._database.run(
                lambda it: self._daemons.leave(it, self._me), timeout=_LEAVE_TIMEOUT
            )
