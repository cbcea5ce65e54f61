import pytest
from aiogram.exceptions import TelegramRetryAfter

from sandbox.telegram import FloodLimits
from sandbox.telegram.errors import ApiError
from sandbox.telegram.limits import FloodControl, Rate
from tests.sandbox_telegram.conftest import ANN, GROUP


@pytest.fixture
def limits():
    return FloodLimits()


@pytest.fixture
def flood(clock):
    return FloodControl(FloodLimits(), clock)


def sent(flood, *, chats, paid=False):
    """How many of one message each to `chats` are taken at this moment."""
    taken = 0
    for chat_id in chats:
        try:
            flood.spend(bot_id=1, chat_id=chat_id, paid=paid)
        except ApiError:
            continue
        taken += 1
    return taken


def test_a_bot_writes_thirty_messages_a_second(flood, clock):
    """
    To many chats together.
    """
    assert sent(flood, chats=range(1, 101)) == 30
    clock.move(seconds=1)
    assert sent(flood, chats=range(101, 201)) == 30


def test_paid_broadcasts_go_a_thousand_a_second(flood):
    """
    And do not use up the others' budget.
    """
    assert sent(flood, chats=range(1, 1501), paid=True) == 1000
    assert sent(flood, chats=range(2001, 2101)) == 30


def test_one_chat_takes_a_short_burst_and_then_one_a_second(flood, clock):
    """
    What was refused is not counted.
    """
    assert sent(flood, chats=[7] * 10) == 3
    clock.move(seconds=2)
    assert sent(flood, chats=[7] * 10) == 2


def test_a_group_takes_twenty_a_minute(flood, clock):
    """
    However they are spread.
    """
    taken = 0
    for _ in range(60):
        taken += sent(flood, chats=[GROUP])
        clock.move(seconds=1)

    assert 20 <= taken <= 41
    clock.move(minutes=2)
    taken = 0
    for _ in range(20):
        taken += sent(flood, chats=[GROUP])
        clock.move(seconds=1)
    assert taken == 20


def test_another_pace_can_be_set(clock):
    """
    For tests that need it.
    """
    flood = FloodControl(FloodLimits(chat=Rate(1, 1)), clock)

    assert sent(flood, chats=[7, 7]) == 1


async def test_who_is_over_is_told_how_long_to_wait(place, client, clock):
    """
    In the answer and in its header; after that it works.
    """
    for _ in range(3):
        await client.send_message(ANN, "a")
    with pytest.raises(TelegramRetryAfter) as caught:
        await client.send_message(ANN, "a")
    assert caught.value.retry_after == 1
    assert place.server.flood.refused == 1

    async with place.session.post(
        f"{place.server.url}/bot1001:AAF-local-token/sendMessage",
        data={"chat_id": str(ANN), "text": "a"},
    ) as answer:
        assert answer.headers["Retry-After"] == "1"
        assert (await answer.json())["description"] == "Too Many Requests: retry after 1"

    clock.move(seconds=1)
    assert await client.send_message(ANN, "a")


def test_time_can_go_faster(clock):
    """
    Rates are multiplied; what goes at once is not.
    """
    flood = FloodControl(FloodLimits().faster(10), clock)

    assert sent(flood, chats=range(1, 101)) == 30
    clock.move(seconds=0.1)
    assert sent(flood, chats=range(101, 201)) == 30
    assert sent(flood, chats=[7] * 10) == 0
