"""
The ways of binding on a fresh panel with the daemon's own tables, on MariaDB and on SQLite.

The panel sends mail; the time is moved by the test.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, text, update

from config_store.bootstrap import BootstrapSettings
from config_store.database import Database
from config_store.live_settings import LiveSettings
from config_store.own.conversations import Conversation
from config_store.own.tables import OwnTables
from config_store.panel.tables import PanelTables
from core.accounts.assembly import AccountServices
from core.accounts.binding.assembly import BindingWays
from core.accounts.binding.email_codes import MailWording
from core.accounts.binding.people import PersonKey
from core.clock import SiteClock
from core.delivery.assembly import NoticeQueue, queue_tables
from core.delivery.content import Speaker
from core.platform import PlatformName
from core.texts.catalogues import Catalogues
from tests.conftest import SetConfig

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
WORDING = MailWording(subject="Your code", valid_until=lambda at: f"<{at:%H:%M}>")
SUBSCRIPTION_URL = "https://sub.example"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def person(number: int, platform: PlatformName = PlatformName.TELEGRAM) -> PersonKey:
    return PersonKey(platform, str(7000 + number))


MEI, BOB = person(1), person(2)


@dataclass
class HandClock:
    """The time, moved by a test."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Site:
    """A site with the ways of binding, and what a test looks at."""

    services: AccountServices
    queue: NoticeQueue
    database: Database
    tables: PanelTables
    time: HandClock

    @property
    def ways(self) -> BindingWays:
        return self.services.ways

    def later(self, by: timedelta) -> None:
        self.time.at += by

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        found = await self.database.run(
            lambda connection: connection.execute(text(statement), values)
        )
        return list(found) if found.returns_rows else []

    async def send(self, by: PersonKey, email: str, target: str | None = None) -> Any:
        return await self.ways.email_codes.send(
            person=by, target=target or by.id, email=email, wording=WORDING
        )

    async def prove(self, by: PersonKey, code: str) -> Any:
        """Type a code where the person's dialogue stands."""
        conversation = await self.conversation(by)
        assert conversation is not None
        return await self.ways.email_codes.prove(conversation, code)

    async def redeem(self, by: PersonKey, code: str) -> Any:
        return await self.ways.bind_codes.redeem(person=by, target=by.id, code=code)

    async def paste(self, by: PersonKey, link: str) -> Any:
        return await self.ways.subscription_links.prove(person=by, target=by.id, text=link)

    async def conversation(self, by: PersonKey) -> Conversation | None:
        return (await self.services.bindings.look_up(by, by.id)).conversation

    async def account_of(self, by: PersonKey) -> int | None:
        account = (await self.services.bindings.look_up(by, by.id)).account
        return None if account is None else account.id

    async def mails(self) -> list[Any]:
        """The code mails in the panel's queue, the oldest first."""
        return await self.rows(
            "SELECT * FROM email_queue WHERE template = 'verify_code.tpl' ORDER BY id"
        )

    async def code(self) -> str:
        """The code in the last mail."""
        return json.loads((await self.mails())[-1].array)["code"]

    async def panel_writes(self, account_id: int, **columns: Any) -> None:
        user = self.tables.user
        await self.database.run(
            lambda connection: connection.execute(
                update(user).where(user.c.id == account_id).values(columns)
            )
        )

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        """The statements that go to the database meanwhile."""
        seen: list[str] = []

        def note(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            seen.append(statement)

        engines = [self.database._statements.sync_engine, self.database._transactions.sync_engine]
        for engine in engines:
            event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", note)


def another_code(code: str) -> str:
    """Six digits that are not these."""
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.fixture
async def database(panel_url: str) -> AsyncIterator[Database]:
    """
    A connection that waits for long, since hundreds come at once.
    """
    database = Database(panel_url, timeout=30)
    yield database
    in_use = database.connections_in_use
    await database.close()
    assert in_use == 0, "a connection was lent and not given back"


@pytest.fixture
async def open_site(
    has_own_tables: None, database: Database, tables: PanelTables, set_config: SetConfig
) -> Callable[..., Any]:
    """
    Puts a site together, over the given database if it is another daemon's.
    """
    own = OwnTables()
    await set_config("email_driver", "smtp")
    settings = LiveSettings(database=database, tables=tables, interval=1.0)
    await settings.look()
    time = HandClock()

    def open_(database: Database = database) -> Site:
        bootstrap = BootstrapSettings.model_validate(
            {"database_url": "sqlite:////unused.sqlite", "subscription_url": SUBSCRIPTION_URL}
        )
        clock = SiteClock(ZoneInfo("Asia/Shanghai"), time)
        queue = NoticeQueue(
            bootstrap=bootstrap,
            database=database,
            tables=queue_tables(own, tables, database),
            platforms=(),
            settings=settings,
            catalogues=Catalogues(clock=clock),
            speaker=Speaker({}),
            clock=clock,
            random=Random(1),
        )
        services = AccountServices(
            bootstrap=bootstrap,
            database=database,
            tables=tables,
            own=own,
            settings=settings,
            notifier=queue.notifier,
            clock=clock,
            random=Random(1),
        )
        return Site(services, queue, database, tables, time)

    return open_


@pytest.fixture
def site(open_site: Callable[..., Site]) -> Site:
    return open_site()


@pytest.fixture
async def other_daemon(panel_url: str, open_site: Callable[..., Site]) -> AsyncIterator[Site]:
    """
    The same site as another daemon has it, with connections of its own.
    """
    database = Database(panel_url, timeout=30)
    yield open_site(database)
    await database.close()
