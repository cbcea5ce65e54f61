import json
import zlib
from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.discord import DiscordLimits
from tests.discord.conftest import Site

IDENTIFY = {"properties": {}, "intents": 1 << 0}


class Line:
    """A raw connection to the local gateway."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._unpacker = zlib.decompressobj()

    async def hear(self) -> dict | int:
        """The next payload, or the code with which the gateway closes."""
        frame = await self._socket.receive(timeout=30)
        if frame.type is aiohttp.WSMsgType.BINARY:
            assert frame.data.endswith(b"\x00\x00\xff\xff")
            return json.loads(self._unpacker.decompress(frame.data))
        if frame.type is aiohttp.WSMsgType.TEXT:
            return json.loads(frame.data)
        return frame.data or self._socket.close_code or 0

    async def say(self, op: int, data: object) -> None:
        await self._socket.send_json({"op": op, "d": data})

    async def say_text(self, text: str) -> None:
        await self._socket.send_str(text)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def connect(
    site: Site, session: aiohttp.ClientSession, query: str = "?v=10&encoding=json"
) -> Line:
    url = site.server.url.replace("http", "ws") + "/gateway" + query
    return Line(await session.ws_connect(url))


async def log_in(site: Site, session: aiohttp.ClientSession, intents: int = 1) -> Line:
    line = await connect(site, session)
    assert (await line.hear())["op"] == 10
    await line.say(2, IDENTIFY | {"token": site.bot.token, "intents": intents})
    return line


async def test_a_bot_is_greeted_with_its_servers(
    site: Site, session: aiohttp.ClientSession
) -> None:
    """
    READY names the servers, GUILD_CREATE shows them; packed when that was asked for.
    """
    line = await connect(site, session, "?v=10&encoding=json&compress=zlib-stream")
    hello = await line.hear()
    await line.say(2, IDENTIFY | {"token": site.bot.token})
    ready, guild = await line.hear(), await line.hear()

    assert hello["d"]["heartbeat_interval"] > 0
    assert ready["t"] == "READY"
    assert ready["d"]["guilds"] == [{"id": site.guild.id, "unavailable": True}]
    assert guild["t"] == "GUILD_CREATE"
    assert [ready["s"], guild["s"]] == [1, 2]


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [
        (2, {"token": "wrong"}, 4004),
        (2, {"intents": 1 << 30}, 4013),
        (2, {"intents": 1 << 15}, 4014),
        (2, {"shard": [3, 2]}, 4010),
        (3, {}, 4003),
        (99, {}, 4001),
        (6, {"token": "wrong", "session_id": "x", "seq": 1}, 4004),
    ],
)
async def test_wrong_behaviour_is_closed_with_its_code(
    site: Site, session: aiohttp.ClientSession, op: int, data: dict, code: int
) -> None:
    """
    Each kind of slip has the close code of Discord's list.
    """
    line = await connect(site, session)
    await line.hear()
    if op == 2:
        data = IDENTIFY | {"token": site.bot.token} | data

    await line.say(op, data)

    assert await line.hear() == code


async def test_more_wrong_behaviour(site: Site, session: aiohttp.ClientSession) -> None:
    """
    No JSON, a second login and a wrong version are closed as well.
    """
    garbled = await connect(site, session)
    await garbled.hear()
    await garbled.say_text("{")
    twice = await log_in(site, session)
    await twice.hear()
    await twice.hear()
    await twice.say(2, IDENTIFY | {"token": site.bot.token})
    old = await connect(site, session, "?v=9&encoding=json")

    assert await garbled.hear() == 4002
    assert await twice.hear() == 4005
    assert await old.hear() == 4012


async def test_heartbeats_are_acknowledged(site: Site, session: aiohttp.ClientSession) -> None:
    """
    A heartbeat gets its ACK, also before the login.
    """
    line = await connect(site, session)
    await line.hear()

    await line.say(1, None)

    assert (await line.hear())["op"] == 11


async def test_a_resumed_session_hears_what_it_missed(
    site: Site, session: aiohttp.ClientSession
) -> None:
    """
    After a break everything since the last number comes again, then RESUMED.
    """
    line = await log_in(site, session, intents=1 | 1 << 9)
    ready = await line.hear()
    await line.hear()
    site.server.gateway.close_connections(4000)
    assert await line.hear() == 4000
    await site.world.wait_for(lambda: not site.server.gateway.connected)
    site.world.write(site.member, site.channel, "missed")

    line = await connect(site, session)
    await line.hear()
    resume = {"token": site.bot.token, "session_id": ready["d"]["session_id"], "seq": 2}
    await line.say(6, resume)
    missed, resumed = await line.hear(), await line.hear()

    assert missed["d"]["content"] == "missed"
    assert resumed["t"] == "RESUMED"


async def test_an_unknown_session_must_log_in_anew(
    site: Site, session: aiohttp.ClientSession
) -> None:
    """
    INVALID_SESSION, not to be resumed.
    """
    line = await connect(site, session)
    await line.hear()

    await line.say(6, {"token": site.bot.token, "session_id": "x", "seq": 1})

    assert await line.hear() == {"op": 9, "d": False}


async def test_messages_come_by_intent(site: Site, session: aiohttp.ClientSession) -> None:
    """
    Without the intent for messages a bot hears none, but its interactions always.
    """
    line = await log_in(site, session)
    await line.hear()
    await line.hear()
    button = {"type": 2, "style": 1, "label": "x", "custom_id": "a"}
    message = site.world.post_as(site.bot, site.channel, "x", [[button]])
    site.world.write(site.member, site.channel, "unheard")

    site.world.press(site.member, message, "a")

    assert (await line.hear())["t"] == "INTERACTION_CREATE"


class TestStrictLogins:
    @pytest.fixture
    def limits(self) -> DiscordLimits:
        return DiscordLimits(identify_pause=60, gateway_events=(3, 60))

    async def test_logins_in_a_row_are_turned_away(
        self, site: Site, session: aiohttp.ClientSession
    ) -> None:
        """
        A second login within the pause gets INVALID_SESSION.
        """
        first = await log_in(site, session)
        await first.hear()
        second = await log_in(site, session)

        assert (await second.hear())["op"] == 9

    async def test_a_bot_that_says_too_much_is_closed(
        self, site: Site, session: aiohttp.ClientSession
    ) -> None:
        """
        More events than a connection may send end it with 4008.
        """
        line = await connect(site, session)
        await line.hear()
        for _ in range(4):
            await line.say(1, None)
        heard = [await line.hear() for _ in range(4)]

        assert heard[-1] == 4008
