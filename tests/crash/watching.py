"""
An onlooker who reads the leases again and again, to say later who had which role when.
"""

import asyncio
import time
from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database, DatabaseUnavailableError
from tests.crash.daemons import Daemon
from tests.crash.panel import DAEMONS, HOLDERS
from tests.crash.wires import Said

_LOOK = 0.02  # seconds between readings


@dataclass(frozen=True, slots=True)
class Reading:
    """The leases as they were at some moment between `began` and `ended`."""

    began: float
    ended: float
    leases: Mapping[str, tuple[str | None, int]]


class LeaseWatch:
    """Reads the leases; `holder` and the rest tell what was seen."""

    def __init__(self, database_url: str, daemons: list[Daemon]) -> None:
        self._database = Database(database_url, pool_size=1, transaction_pool_size=1)
        self._daemons = daemons
        self._names: dict[str, str] = {}
        self.readings: list[Reading] = []

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            try:
                await self._read()
            except DatabaseUnavailableError:
                await asyncio.sleep(_LOOK)
            await asyncio.sleep(_LOOK)

    def holder(self, role: str) -> str | None:
        """The name of the daemon that was seen last to have a role."""
        if not self.readings:
            return None
        holder, _ = self.readings[-1].leases.get(role, (None, 0))
        return None if holder is None else self._names.get(holder)

    def holds_all(self, name: str) -> bool:
        """Whether a daemon was seen last to have every role."""
        roles = self.readings[-1].leases if self.readings else {}
        return len(roles) > 1 and all(
            self.holder(role) == name for role in roles if role != "migrator"
        )

    def breaches(self) -> list[str]:
        """Two holders of a role in one epoch, and epochs that did not rise."""
        told: list[str] = []
        last: dict[str, tuple[str | None, int]] = {}
        for reading in self.readings:
            for role, (holder, epoch) in reading.leases.items():
                before_holder, before_epoch = last.get(role, (holder, epoch))
                if epoch < before_epoch:
                    told.append(f"{role}: epoch {epoch} after {before_epoch}")
                if epoch == before_epoch and holder is not None and before_holder != holder:
                    told.append(f"{role}: {before_holder} and {holder} in epoch {epoch}")
                last[role] = (holder, epoch)
        return told

    def trespasses(self, said: list[Said]) -> list[Said]:
        """What a daemon sent while, as surely as can be seen, another one had the role."""
        return [each for each in said if self._is_of_another(each)]

    def _is_of_another(self, said: Said) -> bool:
        before = bisect_left(self.readings, said.at, key=lambda reading: reading.ended) - 1
        after = bisect_right(self.readings, said.at, key=lambda reading: reading.began)
        if before < 0 or after == len(self.readings):
            return False
        first = self.readings[before].leases.get(said.platform)
        then = self.readings[after].leases.get(said.platform)
        if first is None or first != then or first[0] is None:
            return False
        name = self._names.get(first[0])
        return name is not None and name != said.daemon

    async def _read(self) -> None:
        began = time.time()
        rows = await self._database.run(_leases)
        reading = Reading(began, time.time(), {role: (who, epoch) for role, who, epoch in rows})
        self.readings.append(reading)
        holders = {who for who, _ in reading.leases.values() if who is not None}
        if holders - self._names.keys():
            await self._learn_names()

    async def _learn_names(self) -> None:
        by_pid = {pid: daemon.name for daemon in self._daemons for pid in daemon.pids}
        for row in await self._database.run(_processes):
            pid = row.process.split("/")[-2]
            if int(pid) in by_pid:
                self._names[row.id] = by_pid[int(pid)]

    async def close(self) -> None:
        await self._database.close()


async def _leases(connection: AsyncConnection) -> list[tuple[str, str | None, int]]:
    return [(row.role, row.holder, row.epoch) for row in await connection.execute(HOLDERS)]


async def _processes(connection: AsyncConnection) -> list[Any]:
    return list(await connection.execute(DAEMONS))


@asynccontextmanager
async def watching_leases(database_url: str, daemons: list[Daemon]) -> AsyncIterator[LeaseWatch]:
    """An onlooker while the context lasts."""
    watch = LeaseWatch(database_url, daemons)
    task = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        task.cancel()
        await asyncio.wait({task})
        await watch.close()
