from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.slack import SlackServer, SlackWorld
from tests.slack.conftest import Site


@pytest.fixture
async def impatient() -> AsyncIterator[Site]:
    """A workspace whose Slack waits a fifth of a second for an acknowledgement."""
    world = SlackWorld()
    member, app = world.add_person("member"), world.add_app()
    channel = world.add_channel("news", member, app.user)
    async with SlackServer(world, patience=0.2, repeat_pauses=(0.0, 0.05, 0.05)) as server:
        yield Site(world, server, app, channel, member)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def open_line(site: Site, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    headers = {"Authorization": f"Bearer {site.app.app_token}"}
    url = site.server.api_url + "apps.connections.open"
    async with session.post(url, headers=headers) as response:
        opened = await response.json()
    line = await session.ws_connect(opened["url"])
    assert (await line.receive_json(timeout=30))["type"] == "hello"
    return line


async def test_an_event_is_acknowledged(impatient: Site, session: aiohttp.ClientSession) -> None:
    """
    An acknowledged event comes once.
    """
    line = await open_line(impatient, session)
    impatient.world.write(impatient.member, impatient.channel, "hello")
    envelope = await line.receive_json(timeout=30)
    await line.send_json({"envelope_id": envelope["envelope_id"]})
    (sent,) = impatient.world.envelopes
    await impatient.world.wait_for(lambda: sent.is_acknowledged)

    assert envelope["payload"]["event"]["text"] == "hello"
    assert sent.tries == 1


async def test_an_event_that_is_not_acknowledged_comes_three_times_more(
    impatient: Site, session: aiohttp.ClientSession
) -> None:
    """
    Repeats say which they are; then the event is given up.
    """
    line = await open_line(impatient, session)
    impatient.world.write(impatient.member, impatient.channel, "hello")
    attempts = [await line.receive_json(timeout=30) for _ in range(4)]
    (sent,) = impatient.world.envelopes
    await impatient.world.wait_for(lambda: sent.has_failed)

    assert [attempt["retry_attempt"] for attempt in attempts] == [0, 1, 2, 3]
    assert {attempt["envelope_id"] for attempt in attempts} == {sent.id}


async def test_a_command_that_is_not_acknowledged_fails(
    impatient: Site, session: aiohttp.ClientSession
) -> None:
    """
    A person who waited for it is told so; it does not come again.
    """
    await open_line(impatient, session)
    command = impatient.world.command(
        impatient.app, impatient.member, impatient.channel, "/ping", "x"
    )

    await impatient.world.wait_for(lambda: command.has_failed)

    assert command.tries == 1


async def test_an_answer_may_come_with_the_acknowledgement(
    impatient: Site, session: aiohttp.ClientSession
) -> None:
    """
    What an app answers to a command is kept for the person.
    """
    line = await open_line(impatient, session)
    command = impatient.world.command(
        impatient.app, impatient.member, impatient.channel, "/ping", "x"
    )
    envelope = await line.receive_json(timeout=30)
    await line.send_str("no JSON")
    await line.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "pong"}})
    await impatient.world.wait_for(lambda: command.is_acknowledged)

    assert command.answer == {"text": "pong"}


async def test_a_ticket_serves_once(site: Site, session: aiohttp.ClientSession) -> None:
    """
    An address from `apps.connections.open` is good for one connection.
    """
    headers = {"Authorization": f"Bearer {site.app.app_token}"}
    url = site.server.api_url + "apps.connections.open"
    async with session.post(url, headers=headers) as response:
        address = (await response.json())["url"]
    await session.ws_connect(address)

    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect(address)


async def test_a_revoked_app_token_ends_the_line(
    site: Site, session: aiohttp.ClientSession
) -> None:
    """
    The app is told and put out.
    """
    line = await open_line(site, session)

    site.world.revoke_app_token(site.app)

    assert (await line.receive_json(timeout=30))["reason"] == "link_disabled"
    assert (await line.receive(timeout=30)).type is aiohttp.WSMsgType.CLOSE
