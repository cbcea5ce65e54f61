"""
Test messages over HTTP: one message at once, and the platform's answer.
"""

import asyncio
from collections import deque

import pytest

from core.pacing import Limit, PaceRules
from core.platform import (
    CredentialsRefusedError,
    PlatformName,
    PlatformUnreachableError,
    TargetError,
)
from tests.delivery.conftest import House
from tests.delivery.far_side import FarSide
from tests.http.conftest import Answer, Caller, Serve
from tests.patience import fair_time

pytestmark = pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)


async def send(caller: Caller, **fields: object) -> Answer:
    return await caller.post(
        "/test-messages", body={"platform": "telegram", "target": "7", "text": "Hello"} | fields
    )


async def test_it_is_sent_past_the_queue(house: House, serve: Serve):
    """
    The running bot sends it at once, or one that is connected for it; no row is written.
    """
    async with serve(house, bot=house.far_side) as caller:
        by_running = await send(caller)
    async with serve(house) as caller:
        by_passing = await send(caller, text="Hello again")

    assert by_running.status == by_passing.status == 200
    assert by_running.body == {"platform": "telegram", "ok": True, "message_ids": ["1"]}
    assert house.far_side.texts("7") == ["Hello", "Hello again"]
    assert not await house.rows("SELECT 1 FROM im_deliveries")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (TargetError("chat not found"), {"reason": "target_refused", "message": "chat not found"}),
        (CredentialsRefusedError("no"), {"reason": "token_refused", "message": "no"}),
        (PlatformUnreachableError("gone"), {"reason": "unreachable", "message": "gone"}),
        (
            PlatformUnreachableError("slowly", retry_after=3),
            {"reason": "asked_to_wait", "message": "slowly", "retry_after_seconds": 3},
        ),
    ],
)
async def test_a_refusal_is_an_answer(
    house: House, serve: Serve, error: Exception, told: dict[str, object]
):
    """
    What the platform says is told as it is.
    """
    house.far_side.answers["7"] = deque([error])
    async with serve(house) as caller:
        answer = await send(caller)

    assert answer.status == 200
    assert answer.body == {"platform": "telegram", "ok": False, **told}


async def test_a_platform_that_is_switched_off_says_so(open_house, serve: Serve):
    """
    Without a token there is nothing to send with, and the answer says why.
    """
    house = open_house(FarSide(is_on=False))
    async with serve(house) as caller:
        answer = await send(caller)

    assert (answer.status, answer.body["reason"]) == (200, "switched_off")
    assert answer.body["message"] == "switched off"


async def test_a_platform_that_hangs_is_told_in_time(house: House, serve: Serve):
    """
    Nobody waits for ever; the rest of the API answers meanwhile.
    """
    house.far_side.hangs = True
    async with serve(house, trial_timeout=0.5) as caller:
        began = fair_time()
        answer, listed = await asyncio.gather(send(caller), caller.get("/deliveries"))
        took = fair_time() - began

    assert listed.status == 200
    assert (answer.body["ok"], answer.body["reason"]) == (False, "unreachable")
    assert took < 3


async def test_it_keeps_the_platforms_pace(open_house, serve: Serve):
    """
    Test messages use the same budget as replies: nobody gets the bot refused with them.
    """
    side = FarSide()
    platform = side.platform(rules=PaceRules(overall=Limit(10, 1.0)))
    house = open_house(side, platforms=[platform])
    async with serve(house) as caller:
        await asyncio.gather(*(send(caller, target=str(each)) for each in range(8)))

    times = sorted(each.at for each in side.received)
    assert times[-1] - times[0] > 0.5


async def test_bad_input_is_told_before_anything_is_sent(caller: Caller):
    """
    What is not as expected is 400 with the field's name.
    """
    answers = {
        "platform": await send(caller, platform="irc"),
        "target": await send(caller, target="C0123"),
        "text": await send(caller, text=""),
        "title": await send(caller, title="x"),
    }

    for field, answer in answers.items():
        assert (answer.status, answer.error["field"]) == (400, field)
    assert not caller.house.far_side.received


async def test_every_platform_has_its_words(caller: Caller):
    """
    Targets are checked by the words of their platform.
    """
    slack = await send(caller, platform=PlatformName.SLACK.value, target="12345")

    assert "C0123ABCD" in slack.error["message"]
