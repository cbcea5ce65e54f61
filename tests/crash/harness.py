"""
A site whose daemons are killed while it sends, and the account of what that came to.

    async with crash_site(url, plan=Plan(telegram=300, to_everyone=4), directory=tmp_path) as site:
        daemon = site.daemon("a", lease_seconds=2)
        await daemon.start()
        async with site.telling():  # what the plan wants told is accepted meanwhile
            await site.kill(daemon)
            await daemon.start()
        await site.until_done(60)
        verdict = await site.verdict()

`verdict` compares what was accepted from the callers with what the platforms have taken: what was
lost, and what was taken twice, against what was in flight at each incident: taken by a platform
while the queue did not have it as sent yet. Times are seconds since 1970.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from signal import SIGCONT, SIGSTOP
from typing import Any

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from bots.registry import platforms
from config_store.bootstrap.settings import BootstrapSettings
from config_store.database import Database, DatabaseUnavailableError
from config_store.own.schema import OwnSchema
from config_store.own.tables import OwnTables
from config_store.panel.tables import PanelTables
from core.app import App
from core.delivery.content import LiteralContent
from core.delivery.model import ToEveryone, ToGroup, ToUser
from core.log import Redactor
from tests.crash.daemons import Daemon
from tests.crash.far_side import PLATFORMS, Accepted, FarSides, Key, mark, marks_in, open_far_sides
from tests.crash.judging import Incident, Verdict, judge
from tests.crash.panel import (
    EXPANDING,
    NOT_SENT,
    NOTICES,
    TRIED_AND_UNSENT,
    UNFINISHED,
    Account,
    Plan,
    fill_panel,
)
from tests.crash.wiring import Wiring, open_wiring

__all__ = ["CrashSite", "Daemon", "Incident", "Key", "Plan", "Verdict", "crash_site"]

Audience = ToEveryone | ToGroup | ToUser

_SITE = "https://site.example"
_SETTLING = 0.08  # seconds in which whatever was on its way at an incident has arrived
_LOOK = 0.1  # seconds between looks
_HELLO = 10**6  # the mark of a notice beyond the plan
_LONG = 30.0  # seconds for the harness's own statements


@dataclass
class CrashSite:
    """One site. `accepted_at`: the deliveries that must arrive, as far as they were accepted."""

    far: FarSides
    plan: Plan
    directory: Path
    random: Random
    database_url: str
    database: Database
    opened: AsyncExitStack
    accounts: list[Account] = field(default_factory=list)
    daemons: list[Daemon] = field(default_factory=list)
    wirings: dict[str, Wiring] = field(default_factory=dict)
    incidents: list[Incident] = field(default_factory=list)
    accepted_at: dict[Key, float] = field(default_factory=dict)
    _app: App | None = None
    _notice_marks: dict[int, int] = field(default_factory=dict)

    # Daemons

    def daemon(self, name: str, *, database_url: str | None = None, **settings: Any) -> Daemon:
        """A daemon of this site, not started yet; keywords are bootstrap settings."""
        daemon = Daemon(
            name,
            settings={
                "database_url": database_url or self.database_url,
                "site_url": _SITE,
                "listen": "",
                "log_format": "json",
                "telegram_rate": 1000,
                "telegram_paid_broadcast": True,
                "lease_seconds": 2,
                **self.far.settings(),
                **settings,
            },
            log=self.directory / f"daemon_{name}.log",
        )
        self.daemons.append(daemon)
        return daemon

    async def wired_daemon(self, name: str, **settings: Any) -> tuple[Daemon, Wiring]:
        """As `daemon`, with wires between it and MariaDB and the platforms."""
        wiring = await open_wiring(self.opened, name, database_url=self.database_url, far=self.far)
        self.wirings[name] = wiring
        return self.daemon(name, **{**wiring.settings, **settings}), wiring

    async def kill(self, daemon: Daemon) -> Incident:
        """SIGKILL, and what was in flight then."""
        at = time.time()
        await daemon.kill()
        self.far.forget_lost_sessions()
        return await self.note("killed", daemon.name, at=at)

    async def stop(self, daemon: Daemon) -> Incident:
        """SIGTERM, and what was in flight when the daemon had ended."""
        await daemon.stop()
        self.far.forget_lost_sessions()
        return await self.note("stopped", daemon.name, at=time.time())

    async def pause(self, daemon: Daemon) -> Incident:
        """SIGSTOP, and what was in flight then."""
        at = time.time()
        daemon.send(SIGSTOP)
        return await self.note("paused", daemon.name, at=at)

    def resume(self, daemon: Daemon) -> None:
        """SIGCONT."""
        daemon.send(SIGCONT)

    async def note(self, what: str, who: str, *, at: float | None = None) -> Incident:
        """Keep what is in flight now: taken by a platform and not sent in the queue's eyes."""
        incident = Incident(what=what, who=who, at=time.time() if at is None else at)
        await asyncio.sleep(_SETTLING)
        await self.note_more(incident)
        self.incidents.append(incident)
        return incident

    async def note_more(self, incident: Incident) -> None:
        """Keep what is in flight now as well, where the daemon goes on after the incident."""
        unsent = await self.unsent()
        known = {each for past in self.incidents for each in past.in_flight.items()}
        for each in self.far.accepted():
            if (
                each.key in unsent
                and (each.key, each.at) not in known
                and self._is_of(each, incident.who)
            ):
                incident.in_flight[each.key] = each.at
        incident.noted_at = time.time()

    def _is_of(self, taken: Accepted, name: str) -> bool:
        """Whether a daemon sent this; that of one without wires is taken for granted."""
        wiring = self.wirings.get(name)
        return wiring is None or wiring.has_sent(self.far.channel_of(taken.key), taken)

    # Telling

    @asynccontextmanager
    async def telling(self, *, seconds: float = 0.0) -> AsyncIterator[None]:
        """Have all that the plan wants told accepted meanwhile, spread over so many seconds."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.tell(seconds=seconds))
            yield

    async def tell(self, *, seconds: float = 0.0) -> None:
        """Have all that the plan wants told accepted, spread over so many seconds."""
        wishes = self._wishes()
        began = time.monotonic()
        for number, audience in enumerate(wishes):
            await asyncio.sleep(began + seconds * number / len(wishes) - time.monotonic())
            await self.accept(number, audience)

    async def say_hello(self) -> None:
        """Have one more notice accepted and wait until it has arrived."""
        await self.accept(_HELLO, ToUser(1))
        await self.until_more_is_taken()

    async def accept(self, number: int, audience: Audience) -> None:
        """Have one notice accepted, whatever becomes of the database meanwhile."""
        content = LiteralContent(title="", text=f"{mark(number)} says the site")
        while True:
            try:
                await self._notifier.accept(audience, content, dedupe_key=f"crash {number}")
            except DatabaseUnavailableError:
                await asyncio.sleep(_LOOK)
            else:
                break
        for platform, target in self._targets(audience):
            self.accepted_at[Key(platform, target, number)] = time.time()

    def _wishes(self) -> list[Audience]:
        """The notices, mixed, those to everyone spread evenly."""
        plan = self.plan
        wishes: list[Audience] = [
            ToUser(self.random.choice(self.accounts).id) for _ in range(plan.to_one)
        ]
        wishes += [ToGroup()] * plan.to_group
        self.random.shuffle(wishes)
        for number in range(plan.to_everyone):
            wishes.insert(number * (len(wishes) + 1) // plan.to_everyone, ToEveryone())
        return wishes

    def _targets(self, audience: Audience) -> Iterable[tuple[str, str]]:
        match audience:
            case ToEveryone():
                return ((each.platform, each.target) for each in self.accounts)
            case ToGroup():
                return ((platform, self.far.group(platform)) for platform in PLATFORMS)
            case ToUser(account_id):
                account = self.accounts[account_id - 1]
                return [(account.platform, account.target)]

    @property
    def _notifier(self) -> Any:
        assert self._app is not None
        return self._queue.notifier

    # Looking

    async def rows(self, statement: TextClause, **values: Any) -> list[Any]:
        """Rows of the site's database, as soon as it is there."""

        async def read(connection: AsyncConnection) -> list[Any]:
            return list(await connection.execute(statement, values))

        while True:
            try:
                return await self.database.run(read, timeout=_LONG)
            except DatabaseUnavailableError:
                await asyncio.sleep(_LOOK)

    async def unfinished(self) -> int:
        """How many deliveries and notices are still to be dealt with."""
        (waiting,), (expanding,) = await self.rows(UNFINISHED), await self.rows(EXPANDING)
        return waiting[0] + expanding[0]

    async def until_done(self, seconds: float) -> None:
        """Wait until nothing is unfinished."""
        async with asyncio.timeout(seconds):
            while await self.unfinished():
                self._check()
                await asyncio.sleep(_LOOK)

    async def until(self, condition: Any, seconds: float = 20.0) -> None:
        """Wait until `condition` gives something true."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._check()
                await asyncio.sleep(0.01)

    async def until_more_is_taken(self, count: int = 1, seconds: float = 30.0) -> None:
        """Wait until the platforms have taken so many messages more."""
        wanted = self.far.messages_taken() + count
        await self.until(lambda: self.far.messages_taken() >= wanted, seconds)

    def _check(self) -> None:
        for daemon in self.daemons:
            assert not daemon.has_crashed, f"daemon {daemon.name} has ended: {daemon.log}"

    async def unsent(self) -> set[Key]:
        """The deliveries that some daemon has claimed and the queue does not have as ended."""
        rows = await self.rows(TRIED_AND_UNSENT)
        return set(await self._keys(rows))

    async def verdict(self) -> Verdict:
        """What it all came to."""
        rows = await self.rows(NOT_SENT)
        keys = await self._keys(rows)
        ended = {key: f"{row.state}: {row.last_error}" for key, row in zip(keys, rows, strict=True)}
        return judge(
            expected=self.accepted_at.keys(),
            accepted=self.far.accepted(),
            incidents=self.incidents,
            not_sent=ended,
        )

    async def _keys(self, rows: list[Any]) -> list[Key]:
        if any(row.notice_id not in self._notice_marks for row in rows):
            for notice in await self.rows(NOTICES):
                (self._notice_marks[notice.id],) = marks_in(json.loads(notice.content)["text"])
        return [Key(row.platform, row.target, self._notice_marks[row.notice_id]) for row in rows]

    async def look_through(self, database_url: str) -> None:
        """Read and accept through another server of the same database from now on."""
        await self._close()
        self.database_url = database_url
        await self._open()

    async def _open(self) -> None:
        bootstrap = BootstrapSettings.model_validate(
            {"database_url": self.database_url, "listen": None, "site_url": _SITE}
        )
        self.database = Database(self.database_url)
        self._app = App(bootstrap=bootstrap, redactor=Redactor(), platforms=platforms)
        self._queue = self._app.queue

    async def _close(self) -> None:
        await self.database.close()
        if self._app is not None:
            await self._app.close()

    async def _end(self) -> None:
        for daemon in self.daemons:
            await daemon.kill()
        await self._close()


@asynccontextmanager
async def crash_site(
    database_url: str,
    *,
    plan: Plan,
    directory: Path,
    seed: int = 1,
    answers_after: float = 0.03,
) -> AsyncIterator[CrashSite]:
    """
    A site with its platforms and accounts; the daemons are killed when it ends.

    `database_url`: an empty panel, of which the tables are there. `directory`: for the daemons'
    logs. `answers_after`: seconds between a platform's taking a message and its answer.
    """
    async with AsyncExitStack() as opened:
        far = await opened.enter_async_context(open_far_sides())
        site = CrashSite(
            far=far,
            plan=plan,
            directory=directory,
            random=Random(seed),
            database_url=database_url,
            database=Database(database_url),
            opened=opened,
        )
        opened.push_async_callback(site._end)
        await site._open()
        far.delay_answers(answers_after)
        own = OwnTables()
        await OwnSchema(database=site.database, tables=own).upgrade()
        site.accounts = await fill_panel(site.database, PanelTables(), own, far, plan)
        yield site
