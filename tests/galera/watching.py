"""
Who has the roles while nodes are struck.

`Probes` are this process's own contenders for a role, one on each node, judged at the same instant
by one clock: exact. `RoleWatch` asks daemons for their `/readyz`, one after the other, which tells
of two holders only if one of them is seen to hold before and after the other. Times are in seconds.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import aiohttp

from config_store.database import Database
from config_store.own.daemons import DaemonTable
from config_store.own.leases import LeaseTable
from config_store.own.tables import OwnTables
from core.roles import Deaths, RoleKeeper, boot_time

PROBED = "probe"
_TICK = 0.005
_ASK = 0.1  # between rounds of questions
_ANSWER = 1.0  # for one of them


@dataclass
class Probes:
    """`most`: holders at one instant. `takeovers`: how often another one held it."""

    keepers: Sequence[RoleKeeper]
    most: int = 0
    takeovers: int = 0
    looks: int = 0
    _last: int | None = None

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            self._look()
            await asyncio.sleep(_TICK)

    def _look(self) -> None:
        holding = [
            number for number, keeper in enumerate(self.keepers) if keeper.roles[PROBED].is_held
        ]
        self.looks += 1
        self.most = max(self.most, len(holding))
        if len(holding) == 1 and holding[0] != self._last:
            self.takeovers += self._last is not None
            self._last = holding[0]


@asynccontextmanager
async def probing(
    urls: Sequence[str], *, lease_seconds: float | None, last_is_off: timedelta
) -> AsyncIterator[Probes]:
    """
    Contenders for a role of their own, each through another URL. The last is in another time, and
    begins.
    """
    own = OwnTables()
    async with AsyncExitStack() as opened:
        keepers: list[RoleKeeper] = []
        for number, url in enumerate(urls):
            database = Database(url, pool_size=2, transaction_pool_size=1)
            opened.push_async_callback(database.close)
            off = last_is_off if number == len(urls) - 1 else timedelta(0)
            keepers.append(
                RoleKeeper(
                    database=database,
                    leases=LeaseTable(own),
                    deaths=Deaths(
                        database=database, daemons=DaemonTable(own), has_ended=lambda _: False
                    ),
                    roles=[PROBED],
                    me=f"probe {number}",
                    lease_seconds=lease_seconds,
                    clock=boot_time,
                    now=lambda off=off: datetime.now(UTC) + off,
                    random=Random(number),
                )
            )
        probes = Probes(keepers)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(probes.watch())
            for keeper in reversed(keepers):
                tasks.create_task(keeper.run(stop))
            try:
                yield probes
            finally:
                watching.cancel()
                stop.set()


@dataclass
class RoleWatch:
    """
    What the daemons say. `holders`: who said last that it has a role, by role. `overlaps`: a role,
    who held it before and after, and who between. `told`: a role, who has it, since when (since
    1970). `addresses`: HOST:PORT of each daemon's HTTP, by name.
    """

    addresses: Mapping[str, str]
    ready: set[str] = field(default_factory=set)
    holders: dict[str, str] = field(default_factory=dict)
    overlaps: list[tuple[str, str, str]] = field(default_factory=list)
    told: list[tuple[str, str, float]] = field(default_factory=list)
    _claims: dict[str, list[str]] = field(default_factory=dict)

    async def watch(self) -> None:
        """Ask until cancelled."""
        timeout = aiohttp.ClientTimeout(total=_ANSWER)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                for name, address in self.addresses.items():
                    await self._ask(session, name, address)
                await asyncio.sleep(_ASK)

    async def until_ready(self, name: str) -> None:
        """Wait until a daemon says that it is ready, with all bots running that it has."""
        while name not in self.ready:
            await asyncio.sleep(0.02)

    async def until_held(self, roles: Sequence[str], *, by: Collection[str]) -> None:
        """Wait until each of these roles is held by one of these daemons."""
        while any(self.holders.get(role) not in by for role in roles):
            await asyncio.sleep(0.02)

    async def _ask(self, session: aiohttp.ClientSession, name: str, address: str) -> None:
        try:
            async with session.get(f"http://{address}/readyz") as answer:
                told = await answer.json()
        except (aiohttp.ClientError, TimeoutError):
            return
        bots = {bot["state"] for bot in told["bots"].values()}
        if told["status"] == "ready" and "starting" not in bots:
            self.ready.add(name)
        for role, state in told["roles"].items():
            claims = self._claims.setdefault(role, [])
            if state == "held":
                self._hear(role, name, claims)
            else:
                self._claims[role] = [each for each in claims if each != name]
                if self.holders.get(role) == name:
                    del self.holders[role]

    def _hear(self, role: str, name: str, claims: list[str]) -> None:
        if self.holders.get(role) != name:
            self.holders[role] = name
            self.told.append((role, name, time.time()))
        if name not in claims:
            claims.append(name)
        elif claims[-1] != name:  # it had it all the time, and another one meanwhile
            self.overlaps.append((role, name, claims[-1]))
            claims.remove(name)
            claims.append(name)
