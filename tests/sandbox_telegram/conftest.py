import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiogram import Bot as Client
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from sandbox.telegram import Bot, FloodLimits, TelegramServer, TelegramWorld

TOKEN = "1001:AAF-local-token"
ANN, BOB, EVE = 501, 502, 503
GROUP = -1001234567890
BASIC_GROUP = -4001

Call = Callable[..., Awaitable[dict[str, Any]]]
Refusal = Callable[..., Awaitable[str]]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Place:
    """A world with its server, and a session to call it without a client's help."""

    world: TelegramWorld
    server: TelegramServer
    session: aiohttp.ClientSession

    @property
    def bot(self) -> Bot:
        return self.world.bots[0]

    async def call(self, method: str, *, token: str = TOKEN, **parameters: Any) -> dict[str, Any]:
        """Call a method with a form, and give the whole answer."""
        form = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in parameters.items()
        }
        url = f"{self.server.url}/bot{token}/{method}"
        async with self.session.post(url, data=form) as answer:
            body = await answer.json()
        assert answer.status == body.get("error_code", 200)
        return body


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> TelegramWorld:
    """
    A bot that Ann has started, and a group of Ann's (its owner), Bob and the bot.
    """
    world = TelegramWorld(clock=clock)
    world.add_bot(TOKEN, "site_bot", "Site")
    world.add_person(ANN, "Ann", language_code="en")
    world.add_person(BOB, "Bob", last_name="<b>", username="bob")
    world.add_person(EVE, "Eve")
    world.add_group(GROUP, "Group", owner_id=ANN, member_ids=[BOB])
    world.add_bot_to_group(ANN, GROUP)
    world.start_bot(ANN)
    world.bots[0].updates.clear()
    return world


@pytest.fixture
def limits() -> FloodLimits | None:
    return None


@pytest.fixture
async def place(world: TelegramWorld, limits: FloodLimits | None) -> AsyncIterator[Place]:
    async with (
        TelegramServer(world, limits=limits, webhook_pause=0.02) as server,
        aiohttp.ClientSession() as session,
    ):
        yield Place(world, server, session)


@pytest.fixture
def call(place: Place) -> Call:
    """
    Calls a method with any parameters, and gives the whole answer.
    """
    return place.call


@pytest.fixture
def refusal(place: Place) -> Refusal:
    """
    Calls a method that must be refused, and gives what the refusal says.
    """

    async def refused(method: str, **parameters: Any) -> str:
        body = await place.call(method, **parameters)
        assert body["ok"] is False, body
        return body["description"]

    return refused


@pytest.fixture
async def client(place: Place) -> AsyncIterator[Client]:
    """
    The real client library, as the daemon uses it.
    """
    api = TelegramAPIServer.from_base(place.server.url)
    session = AiohttpSession(api=api)
    yield Client(TOKEN, session=session)
    await (await session.create_session()).close()  # its own `close` sleeps


@pytest.fixture
def promoted(world: TelegramWorld) -> None:
    """
    The bot is an administrator of the group.
    """
    world.promote_bot(ANN, GROUP)
    world.bots[0].updates.clear()


@pytest.fixture
def basic_group(world: TelegramWorld) -> int:
    """
    A group that is no supergroup, with the bot in it.
    """
    world.add_group(BASIC_GROUP, "Small", is_supergroup=False, owner_id=ANN, member_ids=[BOB])
    world.add_bot_to_group(ANN, BASIC_GROUP)
    world.bots[0].updates.clear()
    return BASIC_GROUP
