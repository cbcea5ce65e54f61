"""
`queue`: the notice queue by command.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from core.console.speaking import age
from core.platform import PlatformUnreachableError, TargetError
from tests.conftest import AddAccount
from tests.console.conftest import Type
from tests.delivery.conftest import House

Fill = Callable[[int], Awaitable[None]]


async def test_an_empty_queue_says_so(type_in: Type):
    """
    Nothing is an answer too.
    """
    stats, listed = await type_in("queue stats"), await type_in("queue list")

    assert stats.output.splitlines()[0] == "nothing waits"
    assert listed.output == "nothing to show\n"
    assert stats.status == listed.status == 0


async def test_stats_tell_what_waits_and_what_became_of_the_rest(
    house: House, type_in: Type, fill: Fill, add_account: AddAccount
):
    """
    By platform and priority, with the oldest one's age; what ended is counted for a day.
    """
    house.far_side.answers["1"] = deque([TargetError("blocked")])
    async with house.running():
        await fill(3)
        await house.until_done()
    await fill(2)
    await house.notifier.notify_everyone("", "text")
    house.time.ahead = timedelta(minutes=3, seconds=5)

    told = await type_in("queue stats")
    as_json = (await type_in("queue stats --json")).json
    house.time.ahead = timedelta(hours=25)
    later = (await type_in("queue stats --json")).json

    assert as_json["waiting"] == 2
    assert as_json["failed"] == 1
    assert 180 < as_json["oldest_seconds"] < 200
    assert as_json["last_24_hours"] == {"telegram": {"failed": 1, "sent": 2}}
    assert as_json["notifications"] == {"expanding": 1}
    lines = [line.split() for line in told.output.splitlines()]
    assert lines[1] == ["telegram", "notice", "2", "0", "0", "3", "min"]
    assert ["notices", "expanding:", "1"] in lines
    assert ["telegram", "2", "1"] in lines
    assert later["last_24_hours"] == {}
    assert later["failed"] == 0


@pytest.mark.parametrize("limit", ["0", "501", "000000005999", "many"])
async def test_a_list_has_no_other_length_than_it_may(type_in: Type, limit: str):
    """
    A length beyond a page's is a mistake, however it is written.
    """
    ended = await type_in(f"queue list --limit {limit}")

    assert ended.status == 2
    assert "from 1 to 500" in ended.told


async def test_a_list_is_aligned_and_goes_on(type_in: Type, fill: Fill):
    """
    A line a delivery; the last line says how to see more.
    """
    await fill(12)

    first = await type_in("queue list --limit 10 --state waiting --platform telegram")
    more = first.output.splitlines()[-1].partition("add ")[2]
    rest = await type_in(f"queue list --limit 10 {more}")

    lines = first.output.splitlines()
    assert len(lines) == 12
    starts = {line.index("telegram") for line in lines[1:-1]}
    assert len(starts) == 1
    assert len(rest.output.splitlines()) == 3
    ids = [int(line.split()[0]) for line in [*lines[1:-1], *rest.output.splitlines()[1:]]]
    assert sorted(ids) == list(range(1, 13))


async def test_a_list_may_be_of_one_notice(house: House, type_in: Type, add_account: AddAccount):
    """
    Only its deliveries, on as many pages as it takes; other notices' are left out.
    """
    for each in range(5):
        await add_account(im_type=4, im_value=str(each + 1), contact_method=2)
    everyone = await house.notifier.notify_everyone("", "text")
    async with house.running():
        await house.until_done()
        await type_in("notify group --text other")
        await house.until_done()

    first = await type_in(f"queue list --notice {everyone} --limit 3 --json")
    rest = await type_in(
        f"queue list --notice {everyone} --limit 3 --before {first.json['next']} --json"
    )
    none = await type_in(f"queue list --notice {everyone} --state failed")

    found = [*first.json["deliveries"], *rest.json["deliveries"]]
    assert [each["id"] for each in found] == sorted((each["id"] for each in found), reverse=True)
    assert {each["target"] for each in found} == {"1", "2", "3", "4", "5"}
    assert rest.json["next"] is None
    assert none.output == "nothing to show\n"


async def test_what_is_retried_has_no_error_any_more(house: House, type_in: Type, fill: Fill):
    """
    `queue show` tells of the tries that are to come.
    """
    house.far_side.answers["1"] = deque([TargetError("blocked")])
    async with house.running():
        await fill(1)
        await house.until_done()
    before = await type_in("queue show 1")

    await type_in("queue retry 1")

    assert "blocked" in before.output
    assert "blocked" not in (await type_in("queue show 1")).output


async def test_what_a_platform_says_cannot_steer_the_terminal(
    house: House, type_in: Type, fill: Fill
):
    """
    Control characters in an error are not printed, line ends do not break the table.
    """
    house.far_side.answers["1"] = deque([TargetError("no\x1b[2J\nway")])
    async with house.running():
        await fill(1)
        await house.until_done()

    listed, shown = await type_in("queue list"), await type_in("queue show 1")

    assert len(listed.output.splitlines()) == 2
    assert "\x1b" not in listed.output + shown.output
    assert "no[2J way" in listed.output


async def test_show_tells_why_a_delivery_waits(
    house: House, type_in: Type, add_account: AddAccount
):
    """
    A delivery is shown with its tries, its error, its next try and what goes before it.
    """
    account = await add_account(im_type=4, im_value="7", contact_method=2)
    house.far_side.answers["7"] = deque([PlatformUnreachableError("no answer", retry_after=300)])
    async with house.running():
        await house.notifier.notify_user(account, "Title", "one")
        await house.until(lambda: house.rows("SELECT 1 FROM im_deliveries WHERE attempts = 1"))
    await house.notifier.notify_user(account, "Title", "two")

    first, second = await type_in("queue show 1"), await type_in("queue show 2")

    assert "state       waiting: goes in 4 min" in first.output
    assert "last error  no answer" in first.output
    assert "says        Title — one" in first.output
    assert "tries       1" in first.output
    assert "state       queued: 1 to the same recipient go first" in second.output


async def test_show_knows_no_such_delivery(type_in: Type):
    """
    An id that there is not is one line and status 1.
    """
    ended = await type_in("queue show 5")

    assert (ended.status, ended.output) == (1, "")
    assert ended.told.count("\n") == 1


async def test_what_is_cancelled_is_not_sent_until_it_is_retried(
    house: House, type_in: Type, fill: Fill
):
    """
    Cancelling and retrying take several ids; those that cannot be are told, the rest is done.
    """
    await fill(3)

    cancelled = await type_in("queue cancel 1 2 9 1")
    async with house.running():
        await house.until_done()
        before = [each.target for each in house.far_side.received]
        retried = await type_in("queue retry 1 3 --json")
        await house.until_done()

    assert cancelled.status == 1
    assert cancelled.output == "delivery 1: cancelled\ndelivery 2: cancelled\n"
    assert "no delivery 9" in cancelled.told
    assert before == ["3"]
    assert retried.status == 1
    assert [each["ok"] for each in retried.json["deliveries"]] == [True, False]
    assert [each.target for each in house.far_side.received] == ["3", "1"]
    assert await house.states() == {"sent": 2, "cancelled": 1}


async def test_a_cancelled_head_lets_the_next_one_go(
    house: House, type_in: Type, add_account: AddAccount
):
    """
    What waited behind a cancelled delivery is sent.
    """
    account = await add_account(im_type=4, im_value="7", contact_method=2)
    for text in ("one", "two"):
        await house.notifier.notify_user(account, "", text)

    await type_in("queue cancel 1")
    async with house.running():
        await house.until_done()

    assert house.far_side.texts("7") == ["two"]


async def test_what_was_sent_is_not_sent_again(house: House, type_in: Type, fill: Fill):
    """
    Neither retrying nor cancelling changes what was delivered.
    """
    async with house.running():
        await fill(1)
        await house.until_done()

    retried, cancelled = await type_in("queue retry 1"), await type_in("queue cancel 1")

    assert retried.status == cancelled.status == 1
    assert "is sent" in retried.told
    assert "is sent" in cancelled.told
    assert await house.states() == {"sent": 1}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86400, "1 d"),
        (349_300, "4 d 1 h"),
    ],
)
def test_ages_are_read_at_a_glance(seconds: float, words: str):
    """
    A span is told in its two largest units.
    """
    assert age(seconds) == words
