"""
The daemon put together: the one place in `core` that wires its parts, and the order they end in.

Everything that answers or sends stands on the settings and the database, so these end last: first
the queue lands what is on its way, then the bots finish their answers, then the rest goes, and the
roles are left to the other daemons.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from random import SystemRandom
from uuid import uuid4

import structlog

from config_store.bootstrap.settings import BootstrapSettings
from config_store.catalogue import secrets_of
from config_store.database import Database
from config_store.live_settings import LiveSettings
from config_store.own.daemons import DaemonTable
from config_store.own.leases import LeaseTable
from config_store.own.schema import OwnSchema
from config_store.own.tables import OwnTables
from config_store.panel.tables import PanelTables
from core.accounts.assembly import AccountServices
from core.binding_index import BindingIndexKeeper
from core.bot_guard import BotGuard
from core.chat.assembly import ChatOffice
from core.clock import SiteClock
from core.delivery.assembly import NoticeQueue, queue_tables
from core.delivery.content import Speaker
from core.health import Health
from core.http import Api, HttpServer
from core.http.bind_codes import BindCodeRoutes, telegram_chat_url
from core.http.broadcasts import BroadcastRoutes
from core.http.deliveries import DeliveryRoutes
from core.http.notifications import NotificationRoutes
from core.http.trials import TrialRoutes
from core.log import Redactor
from core.metrics import Metrics
from core.migrator import Migrator
from core.platform import Bot, Platform, PlatformName
from core.queue_metrics import QueueGauges
from core.roles import DaemonRegister, Deaths, Host, Role, RoleKeeper, boot_time
from core.schema_keeper import SchemaKeeper
from core.site_groups import SiteGroups
from core.supervision import first_of, growing_pauses, keep_running
from core.texts.catalogues import Catalogues
from core.texts.notices import worded_notices
from core.trial import Trial

log = structlog.get_logger(__name__)

WATCHERS = "watchers"
"""The role of who finds events and expands notices; the others are called as their platforms."""


Part = Callable[[asyncio.Event], Awaitable[None]]
Parts = Mapping[str, Part]


class App:
    """
    One site's daemon. Nothing is opened before `run`; who makes an `App` also closes it.

    `platforms` makes the platforms, which answer at the app's `desk` once they run.
    """

    def __init__(
        self,
        *,
        bootstrap: BootstrapSettings,
        redactor: Redactor,
        platforms: Callable[[BootstrapSettings, "App"], Sequence[Platform]],
    ) -> None:
        self._bootstrap = bootstrap
        self._redactor = redactor
        self.daemon_id = str(uuid4())
        self.tables = PanelTables(bootstrap.table_prefix)
        self.own = OwnTables(bootstrap.table_prefix)
        self.clock = SiteClock(bootstrap.timezone, lambda: datetime.now(UTC))
        self.database = Database(bootstrap.database_url.get_secret_value())
        self.settings = LiveSettings(
            database=self.database, tables=self.tables, interval=bootstrap.settings_interval
        )
        self.groups = SiteGroups(settings=self.settings)
        self.catalogues = Catalogues(clock=self.clock)
        self.metrics = Metrics()
        self.health: Health | None = None
        self.platforms = platforms(bootstrap, self)
        self.queue = self._notice_queue()
        self._guards: Mapping[PlatformName, BotGuard] = {}
        self.services = AccountServices(
            bootstrap=bootstrap,
            database=self.database,
            tables=self.tables,
            own=self.own,
            settings=self.settings,
            notifier=self.queue.notifier,
            clock=self.clock,
            random=SystemRandom(),
        )
        self.desk = ChatOffice(
            bootstrap=bootstrap,
            database=self.database,
            own=self.own,
            services=self.services,
            settings=self.settings,
            catalogues=self.catalogues,
            notifier=self.queue.notifier,
            actions=self.queue.actions,
            running=self.running_bot,
            clock=self.clock,
        ).desk

    def _telegram_chat_url(self) -> str | None:
        """By the bot's own name while it runs here, else by its name in the panel."""
        bot = self.running_bot(PlatformName.TELEGRAM)
        return bot.private_chat_url if bot else telegram_chat_url(self.settings.current)

    def running_bot(self, platform: PlatformName) -> Bot | None:
        """A platform's bot while this daemon runs it."""
        guard = self._guards.get(platform)
        return None if guard is None else guard.bot

    def _notice_queue(self) -> NoticeQueue:
        return NoticeQueue(
            bootstrap=self._bootstrap,
            database=self.database,
            tables=queue_tables(self.own, self.tables, self.database),
            platforms=self.platforms,
            settings=self.settings,
            catalogues=self.catalogues,
            speaker=Speaker(worded_notices(site_url=self._bootstrap.site_url)),
            clock=self.clock,
            random=SystemRandom(),
            counts_of=self.metrics.queue.of,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Run everything until `stop` is set and what was being answered is answered."""
        if self._bootstrap.telegram_mode == "webhook":
            log.warning("webhooks are not received yet", setting="telegram_mode", instead="polling")
        host, platforms, queue = Host(), self.platforms, self.queue
        keeper = self._role_keeper(host, [*(each.name.value for each in platforms), WATCHERS])
        guards = [
            BotGuard(platform=each, settings=self.settings, role=keeper.roles[each.name.value])
            for each in platforms
        ]
        self._guards = {guard.name: guard for guard in guards}
        self.health = health = Health(
            settings=self.settings,
            bots=guards,
            roles=list(keeper.roles.values()),
            queue=queue.census.summary,
        )
        self.metrics.watch(health)
        self.metrics.watch_queue(
            QueueGauges(census=queue.census, platforms=platforms, clock=self.clock)
        )
        schema = self._schema_keeper()
        index = BindingIndexKeeper(
            database=self.database,
            tables=self.tables,
            settings=self.settings,
            may_add=self._bootstrap.manage_index,
        )
        parts: dict[str, Part] = {
            "settings": self.settings.run,
            "secrets": self._learn_secrets,
            "groups": self.groups.run,
            "index": index.run,
            # Nothing is made in a database that does not hold the panel's tables.
            "schema": self._once_known(schema.run),
            # Who somebody is stands in the daemon's own tables: nobody is answered before.
            "roles": _once_ready(schema, keeper.run),
            "daemons": self._once_known(self._daemon_register(host, platforms).run),
            "bindings": _once_ready(schema, self.services.follower.run),
            "census": _once_ready(schema, queue.census.run),
        }
        if self._bootstrap.listen is not None:
            server = HttpServer(
                listen=self._bootstrap.listen,
                health=health,
                metrics=self.metrics,
                api=self._api(queue, platforms),
            )
            parts["http"] = server.run
        queue_parts = self._queue_parts(queue, platforms, guards, keeper.roles, schema)
        bots = {guard.name.value: guard.run for guard in guards}
        queue_ended, bots_ended = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            _start(tasks, parts, bots_ended)
            async with asyncio.TaskGroup() as bot_tasks:
                _start(bot_tasks, bots, queue_ended)
                async with asyncio.TaskGroup() as queue_tasks:
                    _start(queue_tasks, queue_parts, stop)
                    await first_of(stop.wait(), schema.refused.wait())
                    log.info("stopping")
                    stop.set()
                queue_ended.set()
            bots_ended.set()
        if schema.refusal is not None:
            raise schema.refusal

    async def close(self) -> None:
        """Close the database."""
        await self.database.close()

    def _api(self, queue: NoticeQueue, platforms: Sequence[Platform]) -> Api:
        trial = Trial(platforms=platforms, settings=self.settings, running=self.running_bot)
        token = self._bootstrap.api_token
        return Api(
            token=None if token is None else token.get_secret_value(),
            routes=(
                NotificationRoutes(notifier=queue.notifier, oversight=queue.oversight),
                DeliveryRoutes(oversight=queue.oversight),
                BroadcastRoutes(broadcasts=queue.broadcasts),
                TrialRoutes(trial=trial),
                BindCodeRoutes(
                    codes=self.services.ways.bind_codes, chat_url=self._telegram_chat_url
                ),
            ),
        )

    def _queue_parts(
        self,
        queue: NoticeQueue,
        platforms: Sequence[Platform],
        guards: Sequence[BotGuard],
        roles: Mapping[str, Role],
        schema: SchemaKeeper,
    ) -> Parts:
        """What runs the notice queue, each once the daemon's own tables are there."""
        ways = self.services.ways
        upkeep = queue.upkeep(roles[WATCHERS], others=ways.upkeep.chores())
        site_watch = ways.site_watch(
            notifier=queue.notifier,
            follow=self.services.follower.follow,
            is_on_duty=upkeep.is_on_duty,
        )
        failed_series = ways.failed_series(
            notices=self.services.security, is_on_duty=upkeep.is_on_duty
        )
        parts: dict[str, Part] = {
            "upkeep": upkeep.run,
            "bindings on the site": site_watch.run,
            "failed tries": failed_series.run,
            "expansion": queue.expansion(upkeep.is_on_duty).run,
            "orders": queue.orders(upkeep.is_on_duty).run,
            "mail": queue.mail(upkeep.is_on_duty).run,
        }
        for platform, guard in zip(platforms, guards, strict=True):
            name = platform.name.value
            worker = queue.worker(platform, role=roles[name], duty=guard)
            parts[f"{name} deliveries"] = worker.run
        return {name: _once_ready(schema, run) for name, run in parts.items()}

    def _once_known(self, run: Part) -> Part:
        async def run_once_known(stop: asyncio.Event) -> None:
            while self.settings.current is None and not stop.is_set():
                await first_of(stop.wait(), self.settings.changed(None))
            if not stop.is_set():
                await run(stop)

        return run_once_known

    def _schema_keeper(self) -> SchemaKeeper:
        migrator = Migrator(
            database=self.database,
            tables=self.own,
            me=self.daemon_id,
            lease_seconds=self._bootstrap.lease_seconds,
            now=self.clock.now,
            random=SystemRandom(),
        )
        return SchemaKeeper(
            schema=OwnSchema(database=self.database, tables=self.own), hold=migrator.hold
        )

    def _role_keeper(self, host: Host, roles: Sequence[str]) -> RoleKeeper:
        return RoleKeeper(
            database=self.database,
            leases=LeaseTable(self.own),
            deaths=Deaths(
                database=self.database, daemons=DaemonTable(self.own), has_ended=host.has_ended
            ),
            roles=roles,
            me=self.daemon_id,
            lease_seconds=self._bootstrap.lease_seconds,
            clock=boot_time,
            now=self.clock.now,
            random=SystemRandom(),
        )

    def _daemon_register(self, host: Host, platforms: Sequence[Platform]) -> DaemonRegister:
        return DaemonRegister(
            database=self.database,
            daemons=DaemonTable(self.own),
            me=self.daemon_id,
            process=host.this_process(),
            version=_version(),
            pacers={each.name.value: each.pacer for each in platforms},
            clock=boot_time,
            now=self.clock.now,
        )

    async def _learn_secrets(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            seen = self.settings.current
            if seen is not None:
                self._redactor.learn(secrets_of(seen))
            await first_of(stop.wait(), self.settings.changed(seen))


def _start(tasks: asyncio.TaskGroup, parts: Parts, stop: asyncio.Event) -> None:
    for name, run in parts.items():
        tasks.create_task(keep_running(name, run, stop, _part_pauses), name=name)


def _once_ready(schema: SchemaKeeper, run: Part) -> Part:
    async def run_once_ready(stop: asyncio.Event) -> None:
        if await schema.until_ready(stop):
            await run(stop)

    return run_once_ready


def _part_pauses() -> Iterator[float]:
    return growing_pauses(1.0, 60.0)


def _version() -> str:
    try:
        return version("sspanel-im")
    except PackageNotFoundError:  # run from a checkout
        return ""
