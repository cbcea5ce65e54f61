"""
Broadcasts over HTTP: looked at, sent, watched and stopped.
"""

from typing import Any

import pytest

from tests.conftest import AddAccount
from tests.http.conftest import Caller

NEWS = {"title": "News", "text": "All is *well*.", "format": "markdown"}


async def test_a_preview_counts_and_sends_nothing(caller: Caller, add_account: AddAccount):
    """
    It tells whom the broadcast would reach, and leaves the queue as it is.
    """
    await add_account(im_type=4, im_value="1", contact_method=2, **{"class": 2})
    await add_account(im_type=4, im_value="2", contact_method=2)
    await add_account(**{"class": 2})

    answer = await caller.post(
        "/broadcasts/preview", body=NEWS | {"audience": {"level": {"min": 1}}}
    )

    assert answer.status == 200
    assert answer.body["accounts"] == {
        "total": 2,
        "told": 1,
        "by_platform": {"telegram": 1},
        "by_email": 0,
        "only_by_email": 1,
        "out_of_reach": 0,
    }
    assert not await caller.house.rows("SELECT 1 FROM im_notices")


async def test_a_broadcast_is_accepted_once(caller: Caller, add_account: AddAccount):
    """
    202 and its id; the same key again is 200 and the first id.
    """
    await add_account(im_type=4, im_value="1", contact_method=2)
    wanted = NEWS | {"dedupe_key": "june", "audience": {"platform": "telegram"}}

    first = await caller.post("/broadcasts", body=wanted)
    second = await caller.post("/broadcasts", body=wanted)
    shown = await caller.get(f"/broadcasts/{first.body['id']}")

    assert (first.status, second.status) == (202, 200)
    assert first.body == second.body
    assert shown.body["audience"] == {"platform": ["telegram"]}
    assert (shown.body["state"], shown.body["expected"]) == ("expanding", {"telegram": 1})
    assert (shown.body["left"], shown.body["is_over"]) == (1, False)


async def test_it_is_paused_goes_on_and_ends(caller: Caller):
    """
    Each order answers with the state that follows; one that does not fit is a conflict.
    """
    broadcast = (await caller.post("/broadcasts", body=NEWS)).body["id"]

    orders = ("pause", "pause", "resume", "cancel", "cancel", "resume")
    answers = [await caller.post(f"/broadcasts/{broadcast}/{order}") for order in orders]

    assert [answer.status for answer in answers] == [200, 200, 200, 200, 200, 409]
    assert [answer.body["state"] for answer in answers[:5]] == [
        "paused",
        "paused",
        "expanding",
        "cancelled",
        "cancelled",
    ]
    assert answers[5].error["message"].endswith("was cancelled: send it anew")


@pytest.mark.parametrize("path", ["", "/pause", "/resume", "/cancel"])
async def test_an_unknown_one_is_not_found(caller: Caller, path: str):
    """
    404, also for a notice that is no broadcast.
    """
    notice = (await caller.notify(audience={"type": "admins"})).body["id"]

    for broadcast in (notice, 999, "june"):
        answer = await caller.ask(
            "POST" if path else "GET", f"/api/v1/broadcasts/{broadcast}{path}"
        )
        assert answer.status == 404


@pytest.mark.parametrize(
    ("audience", "field"),
    [
        ([], "audience"),
        ({"levels": 1}, "audience.levels"),
        ({"level": True}, "audience.level"),
        ({"level": []}, "audience.level"),
        ({"level": -1}, "audience.level"),
        ({"level": {"min": 3, "max": 1}}, "audience.level"),
        ({"level": {"from": 3}}, "audience.level.from"),
        ({"expiry": "soon"}, "audience.expiry"),
        ({"expiry": {}}, "audience.expiry"),
        ({"expiry": {"within_days": 0}}, "audience.expiry.within_days"),
        ({"activity": {"within_days": 1.5}}, "audience.activity.within_days"),
        ({"activity": {"inactive_days": 10**30}}, "audience.activity.inactive_days"),
        ({"activity": 3}, "audience.activity"),
        ({"platform": "icq"}, "audience.platform"),
        ({"platform": [["telegram"]]}, "audience.platform"),
    ],
)
async def test_a_malformed_audience_is_refused(caller: Caller, audience: Any, field: str):
    """
    400, and the field that is wrong; nobody is told by mistake.
    """
    for path in ("/broadcasts", "/broadcasts/preview"):
        answer = await caller.post(path, body=NEWS | {"audience": audience})
        assert (answer.status, answer.error["field"]) == (400, field)
    assert not await caller.house.rows("SELECT 1 FROM im_notices")


async def test_markup_without_text_is_refused(caller: Caller):
    """
    What would arrive as nothing is not accepted.
    """
    answer = await caller.post("/broadcasts", body={"text": "<b></b>", "format": "html"})

    assert (answer.status, answer.error["field"]) == (400, "text")


async def test_the_token_is_asked_for(caller: Caller):
    """
    Without it nothing is told or done.
    """
    for path in ("/broadcasts", "/broadcasts/preview", "/broadcasts/1/cancel"):
        assert (await caller.post(path, body=NEWS, token=None)).status == 401
    assert (await caller.get("/broadcasts/1", token="wrong")).status == 401
