import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from config_store.database import Database
from config_store.own.daemons import DaemonTable
from config_store.own.leases import LeaseTable
from config_store.own.tables import OwnTables
from core.roles import Deaths, Host, Role, RoleKeeper, boot_time

LEASE = 2.0  # seconds


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def own() -> OwnTables:
    return OwnTables()


@pytest.fixture
def own_tables(has_own_tables: None, own: OwnTables) -> OwnTables:
    """
    The daemon's own tables, which are there in the fresh panel.
    """
    return own


def keeper_of(database: Database, own: OwnTables, name: str, roles: tuple[str, ...]) -> RoleKeeper:
    """A daemon's keeper of these roles."""
    return RoleKeeper(
        database=database,
        leases=LeaseTable(own),
        deaths=Deaths(database=database, daemons=DaemonTable(own), has_ended=Host().has_ended),
        roles=roles,
        me=name,
        lease_seconds=LEASE,
        clock=boot_time,
        now=now,
        random=Random(name),
    )


class Daemon:
    """One daemon's share in the roles, with connections of its own."""

    def __init__(self, url: str, own: OwnTables, *, name: str, roles: tuple[str, ...]) -> None:
        self.name = name
        self.database = Database(url)
        self.keeper = keeper_of(self.database, own, name, roles)
        self.stop = asyncio.Event()
        self._running = asyncio.create_task(self.keeper.run(self.stop))

    def role(self, name: str = "telegram") -> Role:
        return self.keeper.roles[name]

    async def until(
        self,
        condition: Callable[[], Any],
        seconds: float = 20.0,
        *,
        clock: Callable[[], float] = boot_time,
    ) -> float:
        """Wait for a condition; how many seconds of `clock` that took."""
        began = clock()
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.01)
        return clock() - began

    async def end(self) -> None:
        self.stop.set()
        await self._running

    async def crash(self) -> None:
        self._running.cancel()
        await asyncio.wait({self._running})

    async def close(self) -> None:
        await self.crash()
        await self.database.close()


StartDaemon = Callable[..., Daemon]


@pytest.fixture
async def start(panel_url: str, own_tables: OwnTables) -> AsyncIterator[StartDaemon]:
    """
    Starts daemons that want the roles of these names.
    """
    async with AsyncExitStack() as all_of_them:

        def start(
            name: str, *, roles: tuple[str, ...] = ("telegram",), url: str = panel_url
        ) -> Daemon:
            daemon = Daemon(url, own_tables, name=name, roles=roles)
            all_of_them.push_async_callback(daemon.close)
            return daemon

        yield start
