"""
Which bot runs where: the guard beside its role.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from config_store.database import Database
from config_store.live_settings import LiveSettings
from config_store.panel.tables import PanelTables
from core.bot_guard import BotGuard
from core.health import Health
from core.pacing import Pacer, PaceRules
from core.platform import (
    BotState,
    Credentials,
    CredentialsRefusedError,
    OtherReceiverError,
    Platform,
    PlatformName,
)
from tests.databases import PrivateMariaDB
from tests.panel.proxy import Cut, cutting_proxy
from tests.roles.conftest import Daemon, StartDaemon


class SmallBot:
    """A bot of a platform with one group in which everybody hears everything."""

    def __init__(self, platform: "SmallPlatform") -> None:
        self._platform = platform
        self.failure: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    async def serve(self, stop: asyncio.Event, report: Callable[[BotState, str], None]) -> None:
        report(BotState.RUNNING, "@small")
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({stopping, self.failure}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if self.failure.done():
            raise self.failure.result()


class SmallPlatform:
    """The far side: hands out bots and knows which are connected."""

    def __init__(self) -> None:
        self.loaded = 0
        self.made = 0
        self.connected: list[SmallBot] = []

    def load(self) -> "SmallPlatform":
        self.loaded += 1
        return self

    @asynccontextmanager
    async def connect(self, credentials: Credentials) -> AsyncIterator[SmallBot]:
        bot = SmallBot(self)
        self.made += 1
        self.connected.append(bot)
        try:
            yield bot
        finally:
            self.connected.remove(bot)


class Guarded:
    """A guard with its role, its settings and its platform."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.platform = SmallPlatform()
        self.settings = LiveSettings(database=daemon.database, tables=PanelTables(), interval=0.2)
        self.guard = BotGuard(
            platform=Platform(
                name=PlatformName.TELEGRAM,
                wanted=lambda _: Credentials(token="t"),
                load=self.platform.load,
                group_target=lambda _: None,
                pacer=Pacer(PaceRules(overall=None, limits_of=lambda _: ())),
            ),
            settings=self.settings,
            role=daemon.role(),
        )
        self.health = Health(
            settings=self.settings,
            bots=[self.guard],
            roles=[daemon.role()],
            queue=lambda: {"waiting": 0, "oldest_seconds": 0.0, "failed": 0},
        )
        self._stop = asyncio.Event()
        self._running = [
            asyncio.create_task(self.guard.run(self._stop)),
            asyncio.create_task(self.settings.run(self._stop)),
        ]

    @property
    def role(self) -> Any:
        return self.daemon.role()

    async def until(self, condition: Callable[[], Any], seconds: float = 20.0) -> float:
        return await self.daemon.until(condition, seconds)

    async def until_state(self, state: BotState) -> None:
        await self.until(lambda: self.guard.state is state)

    async def close(self) -> None:
        self._stop.set()
        await asyncio.gather(*self._running)
        await self.daemon.close()


Guard = Callable[..., Guarded]


@pytest.fixture
async def guard(start: StartDaemon) -> AsyncIterator[Guard]:
    """
    Starts a daemon with a guarded bot.
    """
    started: list[Guarded] = []

    def begin(name: str, **more: Any) -> Guarded:
        started.append(Guarded(start(name, **more)))
        return started[-1]

    yield begin
    for each in started:
        await each.close()


async def test_a_standby_is_ready_to_take_over(guard: Guard):
    """
    Where another daemon has the role no bot runs, the library is loaded, and all is well.
    """
    first = guard("a")
    await first.until_state(BotState.RUNNING)

    second = guard("b")
    await second.until_state(BotState.STANDBY)
    await second.until(lambda: second.platform.loaded)

    readiness = second.health.readiness()
    assert readiness["status"] == "ready"
    assert readiness["roles"] == {"telegram": "standby"}
    assert readiness["bots"]["telegram"] == {
        "state": "standby",
        "detail": "another daemon has this role",
    }
    assert first.health.readiness()["roles"] == {"telegram": "held"}
    assert (first.platform.made, second.platform.made) == (1, 0)


async def test_the_bot_goes_where_the_role_goes(guard: Guard):
    """
    The bot starts with the role, and who waits for it is told.
    """
    first = guard("a")
    await first.until_state(BotState.RUNNING)
    second = guard("b")
    await second.until_state(BotState.STANDBY)
    waiting = asyncio.create_task(second.guard.bot_changed(None))

    await first.daemon.end()

    async with asyncio.timeout(20):
        assert await waiting is second.platform.connected[0]
    await second.until_state(BotState.RUNNING)
    assert first.guard.bot is None
    assert first.platform.connected == []


@pytest.fixture
async def cut_off(
    mariadb: PrivateMariaDB, mariadb_url: str, guard: Guard
) -> AsyncIterator[tuple[Guarded, Callable[..., None]]]:
    """
    A daemon whose bot runs and whose way to the database can be cut.
    """
    async with cutting_proxy(mariadb.port) as proxy:
        it = guard("a", url=mariadb_url.replace(f":{mariadb.port}/", f":{proxy.port}/"))
        await it.until_state(BotState.RUNNING)

        def cut(*, really: bool) -> None:
            proxy.cut("", Cut.BEFORE, times=10**6 if really else 0)

        yield it, cut
        await it.close()


@pytest.mark.parametrize("panel_url", ["mariadb"], indirect=True)
async def test_without_the_database_a_bot_goes_on_receiving(cut_off):
    """
    A role that is no longer sure ends no bot, and one whose connection breaks is made anew.
    """
    it, cut = cut_off
    bot = it.guard.bot

    cut(really=True)
    await it.until(lambda: it.role.state.value == "unsure")
    await asyncio.sleep(0.5)
    went_on = it.guard.bot is bot
    assert it.health.readiness()["status"] == "degraded"
    it.platform.connected[0].failure.set_result(RuntimeError("broken"))
    await it.until(lambda: it.guard.bot not in (None, bot))
    cut(really=False)

    await it.until(lambda: it.role.is_held)
    await it.until(lambda: it.health.readiness()["status"] == "ready")
    assert went_on
    assert it.platform.made == 2


@pytest.mark.parametrize("panel_url", ["mariadb"], indirect=True)
async def test_without_the_database_another_receiver_ends_the_bot(cut_off):
    """
    If the platform gives the updates to somebody else too, that one has the role by now.
    """
    it, cut = cut_off
    cut(really=True)
    await it.until(lambda: it.role.state.value == "unsure")

    it.platform.connected[0].failure.set_result(OtherReceiverError("409"))

    await it.until_state(BotState.STANDBY)
    await asyncio.sleep(1.5)
    assert it.platform.connected == []
    assert it.role.state.value == "unsure"
    cut(really=False)
    await it.until_state(BotState.RUNNING)  # nobody had taken it after all


@pytest.mark.parametrize("panel_url", ["mariadb"], indirect=True)
async def test_a_bot_ends_when_its_role_is_known_to_be_lost(cut_off, guard: Guard):
    """
    As soon as the database is back and says that another daemon has the role.
    """
    it, cut = cut_off
    second = guard("b")
    await second.until_state(BotState.STANDBY)
    cut(really=True)
    await second.until_state(BotState.RUNNING)
    both_received = bool(it.platform.connected)

    cut(really=False)

    await it.until_state(BotState.STANDBY)
    assert both_received
    assert it.platform.connected == []
    assert second.role.holder == "b"


async def test_another_receiver_is_told_where_the_role_is_held(guard: Guard):
    """
    A holder goes on, and says that another program receives with its token.
    """
    it = guard("a")
    await it.until_state(BotState.RUNNING)

    it.platform.connected[0].failure.set_result(OtherReceiverError("another program receives"))

    await it.until_state(BotState.FAILING)
    assert it.guard.detail == "another program receives"
    await it.until_state(BotState.RUNNING)


async def test_a_token_that_is_refused_in_sending_ends_the_bot(guard: Guard):
    """
    As if receiving had been refused: closed at once, failing, tried again later.
    """
    it = guard("a")
    await it.until_state(BotState.RUNNING)
    bot = it.guard.bot
    assert bot is not None

    it.guard.refuse_token(CredentialsRefusedError("revoked"), bot=bot)

    async with asyncio.timeout(5):
        assert await it.guard.bot_changed(bot) is None
    await it.until_state(BotState.FAILING)
    assert it.guard.detail == "revoked"
    assert it.platform.connected == []
    await it.until_state(BotState.RUNNING)


async def test_a_late_refusal_does_not_end_the_next_bot(guard: Guard):
    """
    What was sent with a bot that has ended says nothing of the one that runs.
    """
    it = guard("a")
    await it.until_state(BotState.RUNNING)
    bot = it.guard.bot
    assert bot is not None
    it.guard.refuse_token(CredentialsRefusedError("revoked"), bot=bot)
    await it.until(lambda: it.guard.bot not in (None, bot))

    it.guard.refuse_token(CredentialsRefusedError("revoked"), bot=bot)

    await asyncio.sleep(0.3)
    assert it.guard.state is BotState.RUNNING
    assert it.platform.made == 2


async def test_a_daemon_that_starts_without_a_database_waits(
    tmp_path, guard: Guard, database: Database
):
    """
    Roles and settings are waited for; nothing runs, and nothing breaks.
    """
    it = guard("a", url=f"sqlite+aiosqlite:///{tmp_path}/nowhere/panel.sqlite")

    await asyncio.sleep(1.0)

    assert it.guard.state is BotState.STARTING
    assert it.health.readiness()["status"] == "unavailable"
    assert it.health.readiness()["roles"] == {"telegram": "standby"}
