"""
Two daemons of which the one that has the roles is got out of the way, again and again.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

from tests.crash.daemons import Daemon
from tests.crash.harness import CrashSite, Incident
from tests.crash.watching import LeaseWatch
from tests.crash.wires import Line, Said
from tests.crash.wiring import Wiring

_TAKEOVER = 30.0  # seconds in which another must have taken over
_NOTHING_TO_SEND = 3.0  # seconds without a message after which its turn comes all the same
_AFTERWARDS = 1.0  # seconds in which is seen what a daemon that is back still does
_WRITTEN_WITHIN = 0.5  # seconds after SIGCONT
_STEP = 0.1  # seconds between looks at what is in flight


class Way(StrEnum):
    """How the holder is got out of the way."""

    KILLED = "killed"
    STOPPED = "stopped"
    PAUSED = "paused"
    CUT = "cut off"  # connections to its database break
    MUTE = "cut off silently"  # nothing comes through any more


@dataclass(frozen=True, slots=True)
class Takeover:
    """How long it took until another had all roles, in seconds."""

    way: Way
    seconds: float


@dataclass
class Duo:
    """
    Two daemons, their wires, and an onlooker. `lease`: seconds. `resumed`: when which was let go
    on.
    """

    site: CrashSite
    daemons: dict[str, Daemon]
    wirings: dict[str, Wiring]
    watch: LeaseWatch
    lease: float
    takeovers: list[Takeover] = field(default_factory=list)
    resumed: list[tuple[str, float]] = field(default_factory=list)

    @classmethod
    async def make(cls, site: CrashSite, watch: LeaseWatch, *, lease: float = 2.0) -> "Duo":
        """Start two daemons, one after the other."""
        duo = cls(site, {}, {}, watch, lease)
        for name in ("a", "b"):
            daemon, duo.wirings[name] = await site.wired_daemon(
                name, lease_seconds=lease, telegram_rate=60
            )
            duo.daemons[name] = daemon
            await daemon.start()
            await site.until(lambda: duo.holder is not None)  # both at once would share the roles
        return duo

    @property
    def holder(self) -> str | None:
        """Who has all the roles."""
        return next((name for name in self.daemons if self.watch.holds_all(name)), None)

    @property
    def said(self) -> list[Said]:
        return [said for wiring in self.wirings.values() for said in wiring.said]

    async def take_turns(
        self, ways: Sequence[Way], *, progress: Callable[[int], None] = lambda _: None
    ) -> None:
        """Get the holder out of the way in each of these ways, and let it come back."""
        for number, way in enumerate(ways, start=1):
            await self.site.until(lambda: self.holder is not None, _TAKEOVER)
            holder = self.holder
            assert holder is not None
            with suppress(TimeoutError):
                await self.site.until_more_is_taken(seconds=_NOTHING_TO_SEND)
            await asyncio.sleep(self.site.random.uniform(0, 0.7))
            await self._take_turn(way, holder)
            progress(number)

    async def _take_turn(self, way: Way, holder: str) -> None:
        daemon, wiring = self.daemons[holder], self.wirings[holder]
        began = time.time()
        match way:
            case Way.KILLED:
                incident = await self.site.kill(daemon)
            case Way.STOPPED:
                incident = await self.site.stop(daemon)
            case Way.PAUSED:
                incident = await self.site.pause(daemon)
            case Way.CUT:
                wiring.database.cut(Line.BROKEN)
                incident = await self.site.note(way, holder, at=began)
            case Way.MUTE:
                wiring.database.cut(Line.SILENT)
                incident = await self.site.note(way, holder, at=began)
        if way in (Way.KILLED, Way.STOPPED):
            await self._until_taken_over(way, holder, began)
            await daemon.start()
            return
        async with self._noting(incident):
            await self._until_taken_over(way, holder, began)
            self.resumed.append((holder, time.time()))
            self.site.resume(daemon)
            wiring.database.mend()
            await asyncio.sleep(_AFTERWARDS)

    async def _until_taken_over(self, way: Way, holder: str, began: float) -> None:
        await self.site.until(lambda: self.holder not in (None, holder), _TAKEOVER)
        self.takeovers.append(Takeover(way, time.time() - began))
        await asyncio.sleep(self.site.random.uniform(0, 0.7))

    @asynccontextmanager
    async def _noting(self, incident: Incident) -> AsyncIterator[None]:
        """Note meanwhile what the daemon still has taken without writing it down."""

        async def go_on() -> None:
            while True:
                await self.site.note_more(incident)
                await asyncio.sleep(_STEP)

        noting = asyncio.create_task(go_on())
        try:
            yield
        finally:
            noting.cancel()
            await asyncio.wait({noting})

    def trespasses(self) -> list[Said]:
        """
        What a daemon sent while another had the role, without what it was about to write when it
        was paused: between its last look and the write nobody can stop it.
        """
        return [
            said for said in self.watch.trespasses(self.said) if not self._was_being_written(said)
        ]

    def _was_being_written(self, said: Said) -> bool:
        return any(
            name == said.daemon and 0 <= said.at - at < _WRITTEN_WITHIN for name, at in self.resumed
        )

    def lines(self) -> list[str]:
        """The account for people to read."""
        seconds: dict[Way, list[float]] = defaultdict(list)
        for takeover in self.takeovers:
            seconds[takeover.way].append(takeover.seconds)
        written = len(self.watch.trespasses(self.said)) - len(self.trespasses())
        return [
            *(
                f"  {way}: {len(each)} times, another had all roles after"
                f" {sorted(each)[len(each) // 2]:.2f} s (median), {max(each):.2f} s (most)"
                for way, each in seconds.items()
            ),
            f"  sent while another had the role: {len(self.trespasses())} of {len(self.said)}",
            f"  besides, being written when the daemon was paused: {written}",
            f"  the leases read {len(self.watch.readings)} times",
            f"  two holders in an epoch, or epochs that fell: {len(self.watch.breaches())}",
        ]
