"""
Several daemons and a database in one event loop whose clock jumps from one event to the next.

The keepers are the real ones. The database is a model that does each statement in one instant, but
answers late or never, does what it was asked after nobody waits for it any more, and shows some
readers what was true before, as a node of a cluster that lags behind.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from types import SimpleNamespace
from typing import Any

from config_store.database import DatabaseUnavailableError
from config_store.own.leases import LeaseRow
from core.roles import Role, RoleKeeper

ROLE = "telegram"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop in which waiting takes no time."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 1000.0

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:
            self._now = max(self._now, self._scheduled[0]._when)
        super()._run_once()


@dataclass
class Weather:
    """
    How bad the way to the database is, in seconds and parts of 1. `answers`: how long each takes
    back, if that is not left to chance.
    """

    slowest: float = 3.0
    answers: float | None = None
    lost: float = 0.1
    stale: float = 0.2


@dataclass
class ModelTable:
    """`LeaseTable` over one row, which is all there is to a role."""

    row: LeaseRow | None = None
    past: list[tuple[float, LeaseRow]] = field(default_factory=list)
    holders: dict[int, str] = field(default_factory=dict)

    async def ensure(self, link: "Link") -> None:
        await link.ask(lambda: None)

    async def add(self, link: "Link", role: str) -> None:
        await link.ask(self._add)

    async def look(self, link: "Link", roles: list[str]) -> list[LeaseRow]:
        return await link.ask(lambda: self._as_seen_by(link))

    async def beat(self, link: "Link", holder: str, tenures: list[Any], *, at: datetime) -> int:
        return await link.ask(lambda: self._change(link, holder, tenures, {}))

    async def release(self, link: "Link", holder: str, tenures: list[Any], *, at: datetime) -> int:
        return await link.ask(lambda: self._change(link, holder, tenures, {"holder": None}))

    async def take(self, link: "Link", row: LeaseRow, holder: str, *, at: datetime) -> bool:
        def take() -> bool:
            if self.row is None or (self.row.epoch, self.row.beat) != (row.epoch, row.beat):
                return False
            self._write(holder=holder, epoch=row.epoch + 1)
            assert self.holders.setdefault(row.epoch + 1, holder) == holder
            return True

        return await link.ask(take)

    def _add(self) -> None:
        if self.row is None:
            self.row = LeaseRow(role=ROLE, holder=None, epoch=0, beat=0, beaten_at=None)

    def _as_seen_by(self, link: "Link") -> list[LeaseRow]:
        moment = asyncio.get_running_loop().time() - link.lag()
        seen = [row for at, row in self.past if at <= moment][-1:]
        return seen if seen and link.is_stale() else [] if self.row is None else [self.row]

    def _change(self, link: "Link", holder: str, tenures: list[Any], values: Any) -> int:
        """A node that lags behind does not find what it has not heard of, and changes nothing."""
        seen = self._as_seen_by(link)
        if self.row is None or not seen:
            return 0
        for row in (self.row, seen[0]):
            if row.holder != holder or (ROLE, row.epoch) not in tenures:
                return 0
        self._write(**values)
        return 1

    def _write(self, **values: Any) -> None:
        assert self.row is not None
        self.row = replace(self.row, beat=self.row.beat + 1, **values)
        self.past.append((asyncio.get_running_loop().time(), self.row))


class Link:
    """One daemon's way to the database, which is all that `RoleKeeper` asks of a `Database`."""

    dialect = SimpleNamespace(name="sqlite")

    def __init__(self, weather: Weather, dice: Random) -> None:
        self.weather = weather
        self._dice = dice
        self.paused_until = 0.0

    async def run(self, work: Callable[[Any], Awaitable[Any]], *, timeout: float = 2.5) -> Any:
        await self._until_awake()
        try:
            async with asyncio.timeout(timeout):
                answer = await work(self)
        except TimeoutError:
            await self._until_awake()
            raise DatabaseUnavailableError("late", reason="late") from None
        await self._until_awake()
        return answer

    async def ask(self, statement: Callable[[], Any]) -> Any:
        """Have a statement done after a while, also if nobody waits for it by then."""
        loop = asyncio.get_running_loop()
        answer = loop.create_future()

        def do() -> None:
            done = statement()
            if not answer.done():
                answer.set_result(done)

        if self._dice.random() >= self.weather.lost:
            loop.call_later(self._delay(), do)
        done = await answer
        answers = self.weather.answers
        await asyncio.sleep(self._delay() if answers is None else answers)
        if self._dice.random() < self.weather.lost:
            raise DatabaseUnavailableError("lost", reason="lost")
        return done

    def lag(self) -> float:
        return self._dice.uniform(0, 4 * self.weather.slowest)

    def is_stale(self) -> bool:
        return self._dice.random() < self.weather.stale

    def _delay(self) -> float:
        """Mostly short, sometimes long."""
        return self.weather.slowest * self._dice.random() ** 4

    async def _until_awake(self) -> None:
        """A process that is stopped goes on where it was."""
        while (left := self.paused_until - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(left)


class ModelDeaths:
    """`Deaths` of a host on which nothing is hidden."""

    def __init__(self) -> None:
        self.dead: set[str] = set()

    async def has_died(self, daemon: str) -> bool:
        return daemon in self.dead


class ModelDaemon:
    """A daemon of the simulation; its clock runs at a speed and from a beginning of its own."""

    def __init__(self, name: str, *, table: ModelTable, deaths: ModelDeaths, dice: Random) -> None:
        self.link = Link(Weather(), dice)
        self.deaths = deaths
        self.name = name
        speed, beginning = dice.uniform(0.995, 1.005), dice.uniform(0, 1e6)
        loop = asyncio.get_running_loop()
        self.keeper = RoleKeeper(
            database=self.link,
            leases=table,
            deaths=deaths,
            roles=[ROLE],
            me=name,
            lease_seconds=4.0,
            clock=lambda: beginning + speed * loop.time(),
            now=lambda: NOW,
            random=dice,
        )
        self.stop = asyncio.Event()
        self.running = asyncio.create_task(self.keeper.run(self.stop))

    @property
    def role(self) -> Role:
        return self.keeper.roles[ROLE]

    @property
    def acts(self) -> bool:
        """Whether it would send something at this moment."""
        return self.role.is_held and not self.running.done()

    def pause(self, seconds: float) -> None:
        self.link.paused_until = asyncio.get_running_loop().time() + seconds

    async def crash(self) -> None:
        self.running.cancel()
        await asyncio.wait({self.running})

    async def end(self) -> None:
        self.stop.set()
        await asyncio.wait({self.running})


def simulate(story: Callable[[], Awaitable[Any]]) -> Any:
    """Run a story; hours take as long as its steps."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(story())
