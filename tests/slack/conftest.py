import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from bots.network import DEFAULT_PATIENCE, Patience
from bots.slack.platform import SlackConnector
from core.message import Message, Paragraph, plain
from core.platform import BotState, Credentials, Posting
from sandbox.slack import App, Channel, SlackLimits, SlackServer, SlackWorld, User


@dataclass
class Site:
    """A workspace of the site's with a channel, its app and a person."""

    world: SlackWorld
    server: SlackServer
    app: App
    channel: Channel
    member: User
    patience: Patience = DEFAULT_PATIENCE

    @property
    def connector(self) -> SlackConnector:
        return SlackConnector(api_url=self.server.api_url, proxy=None, patience=self.patience)

    @property
    def sending(self) -> Credentials:
        """Credentials for an app that sends only."""
        return Credentials(token=self.app.token or "")

    @property
    def receiving(self) -> Credentials:
        """Credentials for an app that receives as well."""
        return Credentials(token=self.app.token or "", app_token=self.app.app_token or "")


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

    async def until_last(self, state: BotState, *, seconds: float = 30.0) -> None:
        async with asyncio.timeout(seconds):
            while self.states[-1:] != [state]:
                self.more.clear()
                await self.more.wait()


@pytest.fixture
def limits() -> SlackLimits:
    return SlackLimits()


@pytest.fixture
async def site(limits: SlackLimits) -> AsyncIterator[Site]:
    world = SlackWorld()
    member = world.add_person("member")
    app = world.add_app()
    channel = world.add_channel("news", member, app.user)
    async with SlackServer(world, limits=limits) as server:
        yield Site(world, server, app, channel, member)


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
