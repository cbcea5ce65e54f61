"""
Looking through the queue over HTTP, and trying again.
"""

import asyncio
from collections import deque

import pytest

from core.delivery.content import LiteralContent
from core.delivery.model import ToChat
from core.platform import PlatformName, TargetError
from tests.conftest import AddAccount
from tests.delivery.conftest import House
from tests.http.conftest import Caller, Serve


async def fill(
    house: House, number: int, *, platform: PlatformName = PlatformName.TELEGRAM
) -> None:
    for each in range(number):
        await house.notifier.accept(
            ToChat(platform, str(each + 1)), LiteralContent(text=f"text {each}")
        )


async def test_all_pages_together_are_all_deliveries(caller: Caller):
    """
    Page behind page nothing is missed and nothing is shown twice, the latest first.
    """
    await fill(caller.house, 9)
    await fill(caller.house, 4, platform=PlatformName.SLACK)
    await caller.house.rows("UPDATE im_deliveries SET not_before = created_at WHERE id > 5")

    pages = []
    path = "/deliveries?limit=4"
    while len(pages) < 10:
        page = (await caller.get(path)).body
        pages.append(page["deliveries"])
        if page["next"] is None:
            break
        path = f"/deliveries?limit=4&before={page['next']}"

    assert [len(page) for page in pages] == [4, 4, 4, 1]
    shown = [each for page in pages for each in page]
    assert len({each["id"] for each in shown}) == 13
    order = [(each["not_before"], each["id"]) for each in shown]
    assert order == sorted(order, reverse=True)


async def test_a_list_is_narrowed_by_state_and_platform(caller: Caller):
    """
    State and platform narrow the list; what is left out does not.
    """
    await fill(caller.house, 3)
    await fill(caller.house, 2, platform=PlatformName.SLACK)
    await caller.house.database.transact(
        lambda tx: caller.house.queue.tables.settling.end_unclaimed(
            tx, [1], state="failed", error="no", now=caller.house.time()
        )
    )

    async def count(query: str) -> int:
        return len((await caller.get(f"/deliveries{query}")).body["deliveries"])

    assert await count("") == 5
    assert await count("?state=failed") == 1
    assert await count("?state=waiting") == 4
    assert await count("?platform=slack") == 2
    assert await count("?platform=slack&state=failed") == 0
    assert await count("?platform=&state=&limit=2") == 2


@pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=lost", "state"),
        ("state=waiting'--", "state"),
        ("platform=irc", "platform"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=many", "limit"),
        ("limit=-1", "limit"),
        ("limit=%D9%A1", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("before=yesterday", "before"),
        ("before=999999999999999-1", "before"),
        ("before=-1", "before"),
        ("limit=1&limit=2", "limit"),
        ("sort=id", "sort"),
    ],
)
async def test_a_query_that_is_not_understood_is_bad_input(caller: Caller, query: str, field: str):
    """
    It is 400 with the parameter's name.
    """
    answer = await caller.get(f"/deliveries?{query}")

    assert (answer.status, answer.error["field"]) == (400, field)


async def test_a_delivery_shows_why_it_waits(caller: Caller, add_account: AddAccount):
    """
    One delivery is shown with what it says, how often it was tried, and how many go before it.
    """
    account = await add_account(im_type=4, im_value="7", contact_method=2)
    for text in ("one", "two", "three"):
        await caller.house.notifier.notify_user(account, "Title", text)

    first, _, third = [(await caller.get(f"/deliveries/{id_}")).body for id_ in (1, 2, 3)]

    assert (first["state"], first["ahead"], third["state"], third["ahead"]) == (
        "waiting",
        0,
        "queued",
        2,
    )
    assert third["content"] == {"title": "Title", "text": "three", "format": "plain"}
    assert (third["user_id"], third["target"], third["attempts"]) == (account, "7", 0)
    assert third["created_at"].endswith("Z")
    assert third["finished_at"] is None
    assert (await caller.get("/deliveries/4")).status == 404


async def test_what_failed_can_be_tried_again(house: House, serve: Serve):
    """
    A retry puts it back into the queue as if it were new, and it arrives.
    """
    house.far_side.answers["1"] = deque([TargetError("blocked by the user")])
    async with serve(house) as caller, house.running():
        await fill(house, 1)
        await house.until_done()
        failed = (await caller.get("/deliveries?state=failed")).body["deliveries"][0]

        retried = await caller.post(f"/deliveries/{failed['id']}/retry")
        await house.until(lambda: house.far_side.received)
        await house.until_done()
        again = await caller.post(f"/deliveries/{failed['id']}/retry")

    assert (failed["last_error"], failed["attempts"]) == ("blocked by the user", 1)
    assert (retried.status, retried.body) == (202, {"id": failed["id"], "state": "waiting"})
    assert (again.status, "sent" in again.error["message"]) == (409, True)


async def test_a_retry_keeps_its_place_behind_others(caller: Caller, add_account: AddAccount):
    """
    Who is retried while others wait for the same recipient goes behind them.
    """
    account = await add_account(im_type=4, im_value="7", contact_method=2)
    for text in ("one", "two"):
        await caller.house.notifier.notify_user(account, "", text)
    oversight = caller.house.queue.oversight
    await oversight.cancel(1)

    retried = await caller.post("/deliveries/1/retry")

    assert retried.body == {"id": 1, "state": "queued"}
    assert await caller.house.states() == {"waiting": 1, "queued": 1}


async def test_two_retries_at_once_are_one(caller: Caller):
    """
    Of many who retry the same delivery one succeeds, the others are told that it waits.
    """
    await fill(caller.house, 1)
    await caller.house.queue.oversight.cancel(1)

    answers = await asyncio.gather(*(caller.post("/deliveries/1/retry") for _ in range(8)))

    assert sorted(answer.status for answer in answers) == [202] + [409] * 7
    (lane,) = await caller.house.rows("SELECT unfinished FROM im_lanes")
    assert lane.unfinished == 1


async def test_nothing_unknown_is_retried(caller: Caller):
    """
    An id that there is not is 404.
    """
    answers = [await caller.post(f"/deliveries/{id_}/retry") for id_ in ("1", "x", "9" * 30)]

    assert [answer.status for answer in answers] == [404] * 3
