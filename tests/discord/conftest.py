import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from bots.discord.platform import DiscordConnector
from bots.network import DEFAULT_PATIENCE, Patience
from core.message import Message, Paragraph, plain
from core.platform import BotState, Credentials, Posting
from sandbox.discord import (
    Application,
    Channel,
    DiscordLimits,
    DiscordServer,
    DiscordWorld,
    Guild,
    User,
)


@dataclass
class Site:
    """A server of the site's with a channel, its bot and two people."""

    world: DiscordWorld
    server: DiscordServer
    bot: Application
    guild: Guild
    channel: Channel
    member: User
    stranger: User
    patience: Patience = DEFAULT_PATIENCE

    @property
    def connector(self) -> DiscordConnector:
        return DiscordConnector(api_url=self.server.api_url, proxy=None, patience=self.patience)

    @property
    def credentials(self) -> Credentials:
        return Credentials(token=self.bot.token or "")


@dataclass
class Reports:
    """What a bot told of its state."""

    told: list[tuple[BotState, str]] = field(default_factory=list)
    more: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, state: BotState, detail: str) -> None:
        self.told.append((state, detail))
        self.more.set()

    @property
    def states(self) -> list[BotState]:
        return [state for state, _ in self.told]

    async def until(self, condition: Callable[[], bool], *, seconds: float = 30.0) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                self.more.clear()
                await self.more.wait()

    async def until_last(self, state: BotState, *, seconds: float = 30.0) -> None:
        await self.until(lambda: self.states[-1:] == [state], seconds=seconds)


@pytest.fixture
def limits() -> DiscordLimits:
    return DiscordLimits(identify_pause=0)


@pytest.fixture
async def site(limits: DiscordLimits) -> AsyncIterator[Site]:
    world = DiscordWorld()
    owner, stranger = world.add_person("owner"), world.add_person("stranger")
    bot = world.add_bot()
    guild = world.add_guild("site", owner, bot.user)
    channel = world.add_channel(guild, "news")
    async with DiscordServer(world, limits=limits) as server:
        yield Site(world, server, bot, guild, channel, owner, stranger)


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture(autouse=True)
async def no_task_is_left() -> AsyncIterator[None]:
    """Whatever a test starts is over when it ends."""
    before = asyncio.all_tasks()

    yield

    assert asyncio.all_tasks() - before - {asyncio.current_task()} == set()


def to(target: str, text: str, **more: Any) -> Posting:
    """A posting of `text`; keywords are its other fields."""
    return Posting(target=target, message=Message(blocks=(Paragraph(plain(text)),)), **more)
