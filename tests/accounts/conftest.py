"""
The account services on a fresh panel with the daemon's own tables, on MariaDB and on SQLite.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, text, update

from config_store.bootstrap import BootstrapSettings
from config_store.database import Database
from config_store.live_settings import LiveSettings
from config_store.own.tables import OwnTables
from config_store.panel.tables import PanelTables
from core.accounts.assembly import AccountServices
from core.accounts.binding.bindings import Bindings
from core.accounts.binding.outcomes import Bound, Refusal
from core.accounts.binding.people import PersonKey
from core.clock import SiteClock
from core.delivery.assembly import NoticeQueue, queue_tables
from core.delivery.content import Speaker
from core.platform import PlatformName
from core.texts.catalogues import Catalogues
from core.texts.notices import worded_notices
from tests.conftest import SetConfig

TELEGRAM, DISCORD, SLACK = PlatformName.TELEGRAM, PlatformName.DISCORD, PlatformName.SLACK


@dataclass(frozen=True)
class Town:
    """A site's accounts, and what a test looks at."""

    services: AccountServices
    database: Database
    tables: PanelTables
    own: OwnTables
    settings: LiveSettings

    @property
    def bindings(self) -> Bindings:
        return self.services.bindings

    async def bind(self, account_id: int, person: PersonKey) -> Bound | Refusal:
        return await self.bindings.transact(
            lambda tx: self.bindings.bind_in(tx, account_id, person)
        )

    async def find(self, person: PersonKey) -> int | None:
        known = await self.bindings.look_up(person, person.id)
        return None if known.account is None else known.account.id

    async def catch_up(self) -> None:
        await self.services.follower.catch_up()

    async def panel_writes(self, account_id: int, **columns: Any) -> None:
        user = self.tables.user
        await self.database.run(
            lambda connection: connection.execute(
                update(user).where(user.c.id == account_id).values(columns)
            )
        )

    async def in_panel(self, account_id: int) -> tuple[int, str, int]:
        user = self.tables.user
        found = await self.database.run(
            lambda connection: connection.execute(
                select(user.c.im_type, user.c.im_value, user.c.contact_method).where(
                    user.c.id == account_id
                )
            )
        )
        return tuple(found.one())

    async def kept(self) -> set[tuple[str, str, int, bool]]:
        """The rows of `im_bindings`."""
        table = self.own.bindings.c
        found = await self.database.run(
            lambda connection: connection.execute(
                select(table.platform, table.platform_user, table.account_id, table.is_primary)
            )
        )
        return {tuple(row) for row in found}

    async def keep(self, platform: str, user: str, account_id: int, *, is_primary: bool) -> None:
        """Write a row of `im_bindings` as an earlier version of the world had it."""
        await self.database.run(
            lambda connection: connection.execute(
                insert(self.own.bindings).values(
                    platform=platform,
                    platform_user=user,
                    account_id=account_id,
                    is_primary=is_primary,
                    bound_at=datetime(2026, 1, 1),  # noqa: DTZ001 - as the table keeps it
                )
            )
        )

    async def told(self) -> list[tuple[str, str]]:
        """Who is to be told something: platform and target of what waits in the queue."""
        found = await self.database.run(
            lambda connection: connection.execute(
                text("SELECT platform, target FROM im_deliveries ORDER BY id")
            )
        )
        return [tuple(row) for row in found]


@pytest.fixture
async def town(
    has_own_tables: None, database: Database, tables: PanelTables, set_config: SetConfig
) -> Town:
    """
    A site whose panel sends mail.
    """
    own = OwnTables()
    await set_config("email_driver", "smtp")
    settings = LiveSettings(database=database, tables=tables, interval=1.0)
    await settings.look()
    bootstrap = BootstrapSettings.model_validate({"database_url": "sqlite:////unused.sqlite"})
    clock = SiteClock(ZoneInfo("Asia/Shanghai"), lambda: datetime.now(UTC))
    queue = NoticeQueue(
        bootstrap=bootstrap,
        database=database,
        tables=queue_tables(own, tables, database),
        platforms=(),
        settings=settings,
        catalogues=Catalogues(clock=clock),
        speaker=Speaker(worded_notices(site_url=None)),
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
    return Town(services, database, tables, own, settings)
