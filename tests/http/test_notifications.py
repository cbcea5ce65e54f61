"""
Putting notices into the queue over HTTP.
"""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import AddAccount
from tests.delivery.conftest import House
from tests.http.conftest import GROUP, Caller, Serve

CHAT = {"type": "chat", "platform": "telegram", "target": "-1001234:56"}
STATES = ("queued", "waiting", "sending", "paused", "sent", "failed", "expired", "cancelled")


async def test_a_notice_is_accepted_sent_and_shown(house: House, serve: Serve):
    """
    What is accepted is sent, and its deliveries are counted by state.
    """
    async with serve(house) as caller, house.running():
        accepted = await caller.post(
            "/notifications",
            body={
                "audience": CHAT,
                "title": "Maintenance",
                "text": "<b>tonight</b>",
                "format": "html",
                "kind": "maintenance",
            },
        )
        await house.until_done()
        shown = await caller.get(f"/notifications/{accepted.body['id']}")

    assert (accepted.status, list(accepted.body)) == (202, ["id"])
    assert [each.target for each in house.far_side.received] == ["-1001234:56"]
    assert house.far_side.texts() == ["Maintenance\ntonight"]
    assert shown.status == 200
    assert shown.body["id"] == accepted.body["id"]
    assert (shown.body["state"], shown.body["kind"]) == ("expanded", "maintenance")
    assert shown.body["audience"] == CHAT
    assert shown.body["deliveries"]["total"] == shown.body["deliveries"]["sent"] == 1
    assert [shown.body["deliveries"][state] for state in STATES if state != "sent"] == [0] * 7


@pytest.mark.parametrize("audience", ["admins", "group", "everyone"])
async def test_an_audience_needs_no_more_than_its_type(caller: Caller, audience: str):
    """
    Administrators, the group and everyone are named by a word.
    """
    answer = await caller.notify(audience={"type": audience})

    assert answer.status == 202
    (row,) = await caller.house.rows("SELECT audience, kind FROM im_notices")
    assert (row.audience, row.kind) == (audience, "custom")


async def test_a_user_is_named_by_id(caller: Caller, add_account: AddAccount):
    """
    A notice for an account is accepted; one for an account that there is not is bad input.
    """
    account = await add_account(im_type=4, im_value="7", contact_method=2)

    accepted = await caller.notify(audience={"type": "user", "id": account})
    refused = await caller.notify(audience={"type": "user", "id": account + 1})

    assert accepted.status == 202
    assert (refused.status, refused.error["field"]) == (400, "audience.id")
    assert len(await caller.house.rows("SELECT 1 FROM im_notices")) == 1


async def test_the_same_dedupe_key_gives_the_first_id(caller: Caller):
    """
    A repeated offer is 200 with the first notice's id, also if it says something else by now.
    """
    first = await caller.notify(dedupe_key="order-17")
    again = await caller.notify(dedupe_key="order-17", text="another text")
    other = await caller.notify(dedupe_key="Order-17")

    assert (first.status, again.status, other.status) == (202, 200, 202)
    assert again.body == first.body
    assert other.body != first.body


async def test_a_dedupe_key_holds_at_the_same_moment(caller: Caller):
    """
    Of many who offer one key at once, one is told 202, all get one id, and there is one notice.
    """
    answers = await asyncio.gather(*(caller.notify(dedupe_key="once") for _ in range(12)))

    assert sorted(answer.status for answer in answers) == [200] * 11 + [202]
    assert len({answer.body["id"] for answer in answers}) == 1
    assert len(await caller.house.rows("SELECT 1 FROM im_notices")) == 1
    assert len(await caller.house.rows("SELECT 1 FROM im_deliveries")) == 1


async def test_what_is_null_counts_as_left_out(caller: Caller):
    """
    Programs that write null for what they do not have are understood.
    """
    answer = await caller.notify(title=None, format=None, kind=None, dedupe_key=None)

    assert answer.status == 202


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": None}, "text"),
        ({"text": ""}, "text"),
        ({"text": " \n\u200b"}, "text"),
        ({"text": 5}, "text"),
        ({"text": "x" * 100_001}, "text"),
        ({"title": "x" * 257}, "title"),
        ({"format": "bbcode"}, "format"),
        ({"kind": "broken"}, "kind"),
        ({"dedupe_key": ""}, "dedupe_key"),
        ({"dedupe_key": "x" * 191}, "dedupe_key"),
        ({"dedupe_key": "a\x00b"}, "dedupe_key"),
        ({"dedupe_key": "a "}, "dedupe_key"),
        ({"dedupe_key": 17}, "dedupe_key"),
        ({"titel": "x"}, "titel"),
        ({"audience": None}, "audience"),
        ({"audience": "group"}, "audience"),
        ({"audience": {}}, "audience.type"),
        ({"audience": {"type": "friends"}}, "audience.type"),
        ({"audience": {"type": "group", "id": 1}}, "audience.id"),
        ({"audience": {"type": "user"}}, "audience.id"),
        ({"audience": {"type": "user", "id": "1"}}, "audience.id"),
        ({"audience": {"type": "user", "id": True}}, "audience.id"),
        ({"audience": {"type": "user", "id": 1.0}}, "audience.id"),
        ({"audience": {"type": "user", "id": 0}}, "audience.id"),
        ({"audience": {"type": "user", "id": 2**63}}, "audience.id"),
        ({"audience": {**CHAT, "platform": "irc"}}, "audience.platform"),
        ({"audience": {**CHAT, "target": -1001234}}, "audience.target"),
        ({"audience": {**CHAT, "target": "C0123"}}, "audience.target"),
        ({"audience": {"type": "chat", "platform": "slack"}}, "audience.target"),
    ],
)
@pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)
async def test_bad_input_names_the_field(
    caller: Caller, add_account: AddAccount, fields: dict[str, Any], field: str
):
    """
    What is not as expected is 400 with the field's name and a sentence, and nothing is written.
    """
    assert await add_account() == 1
    answer = await caller.notify(**fields)

    assert (answer.status, answer.error["field"]) == (400, field)
    assert answer.error["message"]
    assert not await caller.house.rows("SELECT 1 FROM im_notices")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"nul",
        b'"text"',
        b"\xff\xfe",
        b'{"text": "\\ud800", "audience": {"type": "group"}}',
        b"[" * 100_000,
        b'{"text": ' + b"9" * 20_000 + b"}",
    ],
    ids=range(8),
)
@pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)
async def test_what_is_no_json_object_is_bad_input(caller: Caller, raw: bytes):
    """
    A body that cannot be read is 400, whatever it is.
    """
    answer = await caller.post("/notifications", raw=raw)

    assert (answer.status, answer.error["field"]) == (400, "body")


SCRAPS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["group", "user", "chat", "telegram", "slack", "html", "custom", "-100:5"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "id", "platform", "target"]), inner, max_size=4)
    ),
    max_leaves=8,
)
BODIES = st.dictionaries(
    st.sampled_from(["audience", "title", "text", "format", "kind", "dedupe_key"]),
    SCRAPS,
    max_size=6,
)


@pytest.mark.parametrize("panel_url", ["mariadb"], indirect=True)
async def test_no_body_is_a_fault_of_ours(caller: Caller):
    """
    Whatever a body holds, it is accepted or bad input.
    """
    loop = asyncio.get_running_loop()

    @settings(
        max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(body=BODIES | BODIES.map(lambda body: GROUP | body) | SCRAPS)
    def offer(body: Any) -> None:
        raw = json.dumps(body).encode()
        asked = caller.post("/notifications", raw=raw)
        answer = asyncio.run_coroutine_threadsafe(asked, loop).result(20)

        assert answer.status in (200, 202, 400), (answer, body)

    await asyncio.to_thread(offer)


@pytest.mark.parametrize("text", ["\x00a\x1b[31m\u202e", "😀" * 1000, "' OR 1=1 --", "%s :x {y}"])
async def test_any_text_is_kept_and_sent(house: House, serve: Serve, text: str):
    """
    Text is text: whatever it looks like, it arrives, but for what no screen shows.
    """
    async with serve(house) as caller, house.running():
        answer = await caller.notify(audience=CHAT, text=text, title=text[:9])
        await house.until_done()

    assert answer.status == 202
    (said,) = house.far_side.texts()
    assert said.splitlines()[-1].startswith(text.replace("\x00", "").replace("\x1b", "")[:5])
    assert "\x00" not in said


async def test_a_notice_that_there_is_not_is_404(caller: Caller):
    """
    Unknown, impossible and huge ids are not found.
    """
    answers = [await caller.get(f"/notifications/{id_}") for id_ in ("1", "x", "-1", "9" * 400)]

    assert [answer.status for answer in answers] == [404] * 4
    assert all(answer.error["message"] for answer in answers)
