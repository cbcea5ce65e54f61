"""
The daemon put together: the one place in `core` that wires its parts, and the order they end in.

Everything that answers or sends stands on the settings and the database, so these end last: first
the bots stop taking updates and finish their answers, then the rest goes.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from random import SystemRandom

import structlog

from config_store.bootstrap.settings import BootstrapSettings
from config_store.catalogue import secrets_of
from config_store.database import Database
from config_store.live_settings import LiveSettings
from config_store.panel.tables import PanelTables
from core.binding_index import BindingIndexKeeper
from core.bot_guard import BotGuard
from core.chat.assembly import build_desk
from core.clock import SiteClock
from core.health import Health
from core.http import HttpServer
from core.log import Redactor
from core.metrics import Metrics
from core.platform import Platform
from core.site_groups import SiteGroups
from core.supervision import first_of, growing_pauses, keep_running

log = structlog.get_logger(__name__)


class App:
    """One site's daemon. Nothing is opened before `run`; who makes an `App` also closes it."""

    def __init__(self, *, bootstrap: BootstrapSettings, redactor: Redactor) -> None:
        self._bootstrap = bootstrap
        self._redactor = redactor
        self.tables = PanelTables(bootstrap.table_prefix)
        self.database = Database(bootstrap.database_url.get_secret_value())
        self.settings = LiveSettings(
            database=self.database, tables=self.tables, interval=bootstrap.settings_interval
        )
        self.groups = SiteGroups(settings=self.settings)
        self.metrics = Metrics()
        self.health: Health | None = None
        self.desk = build_desk(
            bootstrap=bootstrap,
            database=self.database,
            tables=self.tables,
            settings=self.settings,
            clock=SiteClock(bootstrap.timezone, lambda: datetime.now(UTC)),
            random=SystemRandom(),
        )

    async def run(self, platforms: Sequence[Platform], stop: asyncio.Event) -> None:
        """Run everything until `stop` is set and what was being answered is answered."""
        if self._bootstrap.telegram_mode == "webhook":
            log.warning("webhooks are not received yet", setting="telegram_mode", instead="polling")
        guards = [BotGuard(platform=each, settings=self.settings) for each in platforms]
        self.health = health = Health(settings=self.settings, bots=guards)
        self.metrics.watch(health)
        index = BindingIndexKeeper(
            database=self.database,
            tables=self.tables,
            settings=self.settings,
            may_add=self._bootstrap.manage_index,
        )
        parts = {
            "settings": self.settings.run,
            "secrets": self._learn_secrets,
            "groups": self.groups.run,
            "index": index.run,
        }
        if self._bootstrap.listen is not None:
            server = HttpServer(listen=self._bootstrap.listen, health=health, metrics=self.metrics)
            parts["http"] = server.run
        bots_ended = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for name, run in parts.items():
                tasks.create_task(keep_running(name, run, bots_ended, _part_pauses), name=name)
            async with asyncio.TaskGroup() as bots:
                for guard in guards:
                    bots.create_task(
                        keep_running(guard.name.value, guard.run, stop, _part_pauses),
                        name=guard.name.value,
                    )
                await stop.wait()
                log.info("stopping")
            bots_ended.set()

    async def close(self) -> None:
        """Close the database."""
        await self.database.close()

    async def _learn_secrets(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            seen = self.settings.current
            if seen is not None:
                self._redactor.learn(secrets_of(seen))
            await first_of(stop.wait(), self.settings.changed(seen))


def _part_pauses() -> Iterator[float]:
    return growing_pauses(1.0, 60.0)
