"""
A site on a cluster: three daemons, each on a node of its own, and the account of what they sent.

The last node's clock is wrong, and its daemon's with it. The site is looked at, and told what to
send, through a door that leads to a node which is well.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from core.delivery.model import ToEveryone, ToGroup, ToUser
from tests.crash.daemons import Daemon
from tests.crash.far_side import PLATFORMS
from tests.crash.harness import CrashSite, Plan, crash_site
from tests.databases import free_port
from tests.galera.cluster import GaleraNode, PrivateGalera, wrong_clock
from tests.galera.door import Door, open_door
from tests.galera.strikes import Strike
from tests.galera.watching import Probes, RoleWatch, probing

ROLES = (*PLATFORMS, "watchers")
_ROOT = Path(__file__).parents[2]
_TAKING = 60.0  # seconds at most until a role is held again
_IN_FLIGHT_AFTER = 3.0  # seconds in which a daemon has noticed that its database is away


class _Process:
    """A program that was started, as `Daemon` looks at it."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self.pid = process.pid

    @property
    def exitcode(self) -> int | None:
        return self._process.poll()

    def is_alive(self) -> bool:
        return self.exitcode is None

    def join(self, timeout: float) -> None:
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return


class MistimedDaemon(Daemon):
    """A daemon whose time of day is `seconds_off`. It is no fork: its clock is a library's."""

    def __init__(
        self, name: str, *, settings: Mapping[str, Any], log: Path, seconds_off: int
    ) -> None:
        super().__init__(name, settings=settings, log=log)
        self._seconds_off = seconds_off

    async def start(self) -> None:
        names = {f"SSPANEL_IM_{name.upper()}": value for name, value in self._settings.items()}
        others = {key: value for key, value in os.environ.items() if "SSPANEL_IM_" not in key}
        with self.log.open("ab") as log:
            process = await asyncio.to_thread(
                subprocess.Popen,
                [sys.executable, "run.py"],
                cwd=_ROOT,
                env={**others, **names, **wrong_clock(self._seconds_off)},
                stdout=log,
                stderr=log,
            )
        self._process, self._was_ended = _Process(process), False
        self.pids.append(process.pid)


@dataclass
class ClusterSite:
    """
    The site. `daemons[i]` works on `cluster.nodes[i]`. `probes` contend for a role of their own.
    """

    cluster: PrivateGalera
    site: CrashSite
    door: Door
    watch: RoleWatch
    probes: Probes

    @property
    def daemons(self) -> Sequence[Daemon]:
        return self.site.daemons

    def node_of(self, daemon: Daemon) -> GaleraNode:
        return self.cluster.nodes[self.daemons.index(daemon)]

    async def holder(self, role: str) -> Daemon:
        """Who has a role, as soon as somebody has."""
        async with asyncio.timeout(_TAKING):
            await self.watch.until_held([role], by=self.watch.addresses)
        name = self.watch.holders[role]
        return next(daemon for daemon in self.daemons if daemon.name == name)

    def roles_of(self, daemon: Daemon) -> list[str]:
        """Which roles a daemon was heard last to have."""
        return [role for role in ROLES if self.watch.holders.get(role) == daemon.name]

    async def start(self) -> None:
        """Start the daemons; the one with the wrong clock gets all roles, and has its bots."""
        *others, mistimed = self.daemons
        await mistimed.start()
        async with asyncio.timeout(_TAKING):
            await self.watch.until_ready(mistimed.name)
        for daemon in others:
            await daemon.start()

    async def tell(self, *, first: int, to_one: int, to_group: int, seconds: float) -> None:
        """
        Have one notice to everyone accepted, then others, spread over so many seconds.

        `first`: the number of the first of these notices; each has one of its own.
        """
        random, accounts = self.site.random, self.site.accounts
        others = [ToUser(random.choice(accounts).id) for _ in range(to_one)]
        others += [ToGroup()] * to_group
        random.shuffle(others)
        await self.site.accept(first, ToEveryone())
        for number, audience in enumerate(others, start=first + 1):
            await asyncio.sleep(seconds / len(others))
            await self.site.accept(number, audience)

    async def strike(self, daemon: Daemon, strike: Strike) -> float:
        """
        Have something befall a daemon's node; when, in seconds since 1970.

        What it had in flight is noted a moment later: until it notices that its database is away,
        it cannot but go on.
        """
        node = self.node_of(daemon)
        others = [each for each in self.cluster.nodes if each is not node]
        self.door.lead_to(others[0].port)
        await asyncio.to_thread(strike.strike, node)
        at = time.time()
        await asyncio.sleep(_IN_FLIGHT_AFTER)
        await self.site.note(strike.done, f"node {node.name}", at=at)
        return at

    async def until_taken_over(self, roles: Sequence[str], former: Daemon, seconds: float) -> float:
        """Wait until others have these roles; when that was heard, in seconds since 1970."""
        others = self.watch.addresses.keys() - {former.name}
        async with asyncio.timeout(seconds):
            await self.watch.until_held(roles, by=others)
        return time.time()


@asynccontextmanager
async def cluster_site(
    cluster: PrivateGalera,
    *,
    plan: Plan,
    directory: Path,
    seconds_off: int,
    lease_seconds: float | None,
    **settings: Any,
) -> AsyncIterator[ClusterSite]:
    """
    A site whose daemons are not started yet, on a cluster that is whole.

    `lease_seconds`: None for the usual length. `settings`: of each daemon.
    """
    name = await asyncio.to_thread(cluster.nodes[0].create_panel)
    urls = [node.url(name) for node in cluster.nodes]
    async with AsyncExitStack() as opened:
        door = await opened.enter_async_context(open_door(cluster.nodes[0].port))
        eyes = make_url(urls[0]).set(port=door.port).render_as_string(hide_password=False)
        site = await opened.enter_async_context(crash_site(eyes, plan=plan, directory=directory))
        addresses = {node.name: f"127.0.0.1:{free_port()}" for node in cluster.nodes}
        for node, url in zip(cluster.nodes, urls, strict=True):
            daemon = site.daemon(
                node.name, database_url=url, listen=addresses[node.name], **settings
            )
            if lease_seconds is None:
                del daemon._settings["lease_seconds"]
            else:
                daemon._settings["lease_seconds"] = str(lease_seconds)
        last = site.daemons[-1]
        site.daemons[-1] = MistimedDaemon(
            last.name, settings=last._settings, log=last.log, seconds_off=seconds_off
        )
        probes = await opened.enter_async_context(
            probing(urls, lease_seconds=lease_seconds, last_is_off=timedelta(seconds=seconds_off))
        )
        watch = RoleWatch(addresses)
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(watch.watch())
            yield ClusterSite(cluster, site, door, watch, probes)
            watching.cancel()
