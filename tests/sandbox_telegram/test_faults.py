import asyncio
import time

import aiohttp
import pytest
from aiogram.exceptions import AiogramError, TelegramNetworkError, TelegramServerError

from sandbox.faults import AnswerJson, AnswerPage, Delay, Drop, Hang
from tests.sandbox_telegram.conftest import ANN


async def test_a_proxy_answers_with_a_page(place, client):
    """
    As many times as ordered, and nothing is done meanwhile.
    """
    place.server.faults.order(AnswerPage(502), times=2)

    for _ in range(2):
        with pytest.raises(AiogramError):
            await client.send_message(ANN, "a")
    await client.send_message(ANN, "b")
    assert [message.text for message in place.world.messages(ANN)][1:] == ["b"]
    assert [call.status for call in place.server.calls] == [0, 0, 200]


async def test_an_answer_can_be_ordered(place, client):
    """
    For one method only.
    """
    body = {"ok": False, "error_code": 500, "description": "Internal Server Error"}
    place.server.faults.order(AnswerJson(500, body), method="sendMessage")

    assert await client.get_me()
    with pytest.raises(TelegramServerError):
        await client.send_message(ANN, "a")


@pytest.mark.parametrize("after", [False, True])
async def test_a_connection_breaks_before_or_after_the_work(place, client, after):
    """
    The client cannot tell which.
    """
    place.server.faults.order(Drop(after=after))

    with pytest.raises(TelegramNetworkError):
        await client.send_message(ANN, "a")
    assert len(place.world.messages(ANN)) == (2 if after else 1)


async def test_a_call_hangs_until_the_client_gives_up(place, client):
    """
    And is not done.
    """
    place.server.faults.order(Hang())

    with pytest.raises(TelegramNetworkError):
        await client.send_message(ANN, "a", request_timeout=0.1)
    assert len(place.world.messages(ANN)) == 1


async def test_a_delayed_call_is_done(place, client):
    """
    Its answer comes later.
    """
    place.server.faults.order(Delay(0.1))
    began = time.monotonic()

    await client.send_message(ANN, "a")

    assert time.monotonic() - began >= 0.1


async def test_a_fault_stays_until_it_is_lifted(place, client):
    """
    If it was ordered without a number.
    """
    order = place.server.faults.order(AnswerPage(), times=None)
    for _ in range(3):
        with pytest.raises(AiogramError):
            await client.get_me()

    place.server.faults.lift(order)

    assert await client.get_me()


async def test_a_server_that_is_down_refuses_connections(place):
    """
    And comes back at the same address.
    """
    url = f"{place.server.url}/bot1001:AAF-local-token/getMe"
    place.server.faults.set_down(down=True)
    async with aiohttp.ClientSession() as session, asyncio.timeout(5):
        while True:
            try:
                async with session.get(url):
                    pass
            except aiohttp.ClientConnectorError:
                break
            except aiohttp.ClientError:
                continue

        place.server.faults.lift()
        while True:
            try:
                async with session.get(url) as answer:
                    assert answer.status == 200
                    break
            except aiohttp.ClientError:
                continue
