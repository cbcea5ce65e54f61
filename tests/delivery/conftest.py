"""
The queue on a fresh database of either engine, with a platform that a test speaks for.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from config_store.bootstrap.settings import BootstrapSettings
from config_store.database import Database
from config_store.live_settings import LiveSettings
from config_store.own.tables import OwnTables
from config_store.panel.tables import PanelTables
from core.clock import SiteClock
from core.delivery.assembly import NoticeQueue, queue_tables
from core.delivery.content import Speaker
from core.delivery.counting import CountsOf, counts_nothing
from core.message import Message, Paragraph, plain
from core.platform import Platform
from core.texts.catalogues import Catalogues
from tests.delivery.far_side import Duty, FarSide, Role


@dataclass
class AdjustableClock:
    """The time, moved by a test."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class House:
    """The queue and what a test looks at."""

    queue: NoticeQueue
    far_side: FarSide
    platforms: list[Platform]
    database: Database
    time: AdjustableClock
    role: Role = field(default_factory=Role)
    duties: dict[str, Duty] = field(default_factory=dict)

    @property
    def notifier(self) -> Any:
        return self.queue.notifier

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Workers and expansion run, and end as they do when the daemon stops."""
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for platform in self.platforms:
                duty = Duty(platform.load())
                self.duties[platform.name.value] = duty
                worker = self.queue.worker(platform, role=self.role, duty=duty)
                tasks.create_task(worker.run(stop))
            tasks.create_task(self.queue.expansion(lambda: True).run(stop))
            try:
                yield
            finally:
                stop.set()

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        found = await self.database.run(
            lambda connection: connection.execute(text(statement), values)
        )
        return list(found) if found.returns_rows else []

    async def states(self) -> dict[str, int]:
        found = await self.rows("SELECT state, COUNT(*) AS n FROM im_deliveries GROUP BY state")
        return {row.state: row.n for row in found}

    async def until(
        self, condition: Callable[[], Awaitable[Any] | Any], seconds: float = 20.0
    ) -> None:
        async with asyncio.timeout(seconds):
            while True:
                value = condition()
                if asyncio.iscoroutine(value):
                    value = await value
                if value:
                    return
                await asyncio.sleep(0.02)

    async def until_done(self, seconds: float = 20.0) -> None:
        """Wait until nothing is unfinished."""

        async def is_done() -> bool:
            expanding = await self.rows(
                "SELECT 1 FROM im_notices WHERE state IN ('expanding', 'sweeping')"
            )
            return not expanding and not (await self.states()).keys() & {
                "queued",
                "waiting",
                "sending",
            }

        await self.until(is_done, seconds)


@pytest.fixture
def own_tables() -> OwnTables:
    return OwnTables()


@pytest.fixture
async def site(has_own_tables: None, database: Database, tables: PanelTables) -> LiveSettings:
    """
    The settings as they stand in the database at the start; the daemon's own tables are there.
    """
    settings = LiveSettings(database=database, tables=tables, interval=1.0)
    await settings.look()
    return settings


@pytest.fixture
def open_house(
    database: Database, tables: PanelTables, own_tables: OwnTables, site: LiveSettings
) -> Callable[..., House]:
    """
    Opens the queue of a site with one platform, or several.
    """

    def open_(
        *far_sides: FarSide,
        platforms: list[Platform] | None = None,
        counts_of: CountsOf = counts_nothing,
        **bootstrap: Any,
    ) -> House:
        sides = far_sides or (FarSide(),)
        time = AdjustableClock()
        clock = SiteClock(ZoneInfo("Asia/Shanghai"), time)
        platforms = platforms or [side.platform() for side in sides]
        queue = NoticeQueue(
            bootstrap=BootstrapSettings(database_url="sqlite:////nowhere", **bootstrap),
            database=database,
            tables=queue_tables(own_tables, tables, database),
            platforms=platforms,
            settings=site,
            catalogues=Catalogues(clock=clock),
            speaker=Speaker(
                {
                    "greeting": lambda words, values: Message(
                        blocks=(Paragraph(plain(f"{words.language} {values['name']}")),)
                    )
                }
            ),
            clock=clock,
            random=Random(1),
            counts_of=counts_of,
        )
        return House(queue, sides[0], platforms, database, time)

    return open_


@pytest.fixture
def house(open_house: Callable[..., House]) -> House:
    """
    A site with Telegram alone.
    """
    return open_house()
