"""
The whole daemon in this process: real aiogram against the local Telegram, on either database.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from bots.registry import platforms
from config_store.bootstrap.settings import BootstrapSettings
from core.app import App
from core.health import Readiness
from core.log import Redactor
from sandbox.telegram import Bot, CallbackQuery, Message, TelegramServer, TelegramWorld
from tests.conftest import AddAccount, SetConfig

TOKEN = "123456789:AAF-local-token-of-the-site-bot-00001"
GROUP = -1001234567890
OTHER_GROUP = -1009876543210
BOUND, UNBOUND, OTHER = 501, 502, 503


@dataclass
class Chatting:
    """People at the local Telegram, and what they see."""

    world: TelegramWorld
    server: TelegramServer
    bot: Bot

    async def ask(self, person: int, text: str, *, chat: int | None = None) -> Message:
        """Write something and wait for the bot's answer."""
        written = self.world.write(person, chat or person, text)
        return await self.next_answer(chat or person, after=written.id)

    async def next_answer(self, chat: int, *, after: int, seconds: float = 8.0) -> Message:
        return await self.world.wait_for(chat, self.is_from_bot, after=after, seconds=seconds)

    async def press(self, person: int, message: Message, label: str) -> CallbackQuery:
        """Press the button that bears `label` and wait until it is answered."""
        for row, buttons in enumerate(message.keyboard):
            for column, button in enumerate(buttons):
                if label in button.text:
                    query = self.world.press(
                        person, message.chat.id, message.id, row=row, column=column
                    )
                    return await self.world.wait_for_answer(query, seconds=8.0)
        raise AssertionError(f"no button {label!r}: {[b.text for b in message.buttons]}")

    def is_from_bot(self, message: Message) -> bool:
        return message.sender is not None and message.sender.id == self.bot.id


@pytest.fixture
def world() -> TelegramWorld:
    world = TelegramWorld()
    bot = world.add_bot(TOKEN, "site_bot", "Site")
    world.add_person(BOUND, "小明", language_code="zh-hans")
    world.add_person(UNBOUND, "Ann", language_code="en")
    world.add_person(OTHER, "<b>Eve</b>", language_code="en")
    for group in (GROUP, OTHER_GROUP):
        world.add_group(group, "Group", owner_id=BOUND, member_ids=[UNBOUND, OTHER, bot.id])
    return world


@pytest.fixture
async def chatting(world: TelegramWorld) -> AsyncIterator[Chatting]:
    async with TelegramServer(world) as server:
        yield Chatting(world, server, world.bots[0])


@pytest.fixture
async def account_id(add_account: AddAccount) -> int:
    """
    The account of `BOUND`.
    """
    return await add_account(
        im_type=4, im_value=str(BOUND), email="ming@example.com", locale="zh_CN", u=1024, d=2048
    )


@pytest.fixture
async def site_settings(set_config: SetConfig) -> SetConfig:
    """
    A site with a bot and a group that may hear it.
    """
    for item, value in {
        "telegram_token": TOKEN,
        "telegram_chatid": GROUP,
        "telegram_group_quiet": 0,
        "enable_checkin": 1,
        "checkin_min": 10,
        "checkin_max": 10,
    }.items():
        await set_config(item, value)
    return set_config


@dataclass
class Daemon:
    app: App

    def readiness(self) -> Readiness:
        assert self.app.health is not None
        return self.app.health.readiness()

    async def until(self, condition: Callable[[Readiness], Any], seconds: float = 8.0) -> None:
        """Wait for the daemon to be in a state."""
        async with asyncio.timeout(seconds):
            while not condition(self.readiness()):
                await asyncio.sleep(0.02)

    async def until_bot(self, state: str, seconds: float = 8.0) -> None:
        await self.until(lambda now: now["bots"]["telegram"]["state"] == state, seconds)


StartDaemon = Callable[..., Any]


@pytest.fixture
def start_daemon(panel_url: str, chatting: Chatting) -> StartDaemon:
    """
    Runs the daemon, and stops it as SIGTERM would. Keywords are bootstrap settings.
    """

    @asynccontextmanager
    async def start(**settings: Any) -> AsyncIterator[Daemon]:
        bootstrap = BootstrapSettings(
            **{
                "database_url": panel_url,
                "telegram_api_url": chatting.server.url,
                "site_url": "https://site.example",
                "site_name": "测试站",
                "listen": None,
                "settings_interval": 0.2,
                **settings,
            }
        )
        app = App(bootstrap=bootstrap, redactor=Redactor(), platforms=platforms)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(app.run(stop))
            daemon = Daemon(app)
            try:
                await asyncio.sleep(0)
                yield daemon
            finally:
                stop.set()
                async with asyncio.timeout(15):
                    await asyncio.wait({running})
                await app.close()

    return start


@pytest.fixture
async def daemon(
    start_daemon: StartDaemon, site_settings: SetConfig, account_id: int
) -> AsyncIterator[Daemon]:
    """
    The daemon with its Telegram bot running.
    """
    async with start_daemon() as daemon:
        await daemon.until_bot("running", seconds=20.0)
        yield daemon
