"""
How full the queue is, in `/readyz` and in `/metrics`.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from core.delivery.model import State
from core.metrics import Metrics
from core.platform import PlatformName, PlatformUnreachableError, TargetError
from tests.databases import PrivateMariaDB
from tests.delivery.conftest import House
from tests.delivery.far_side import FarSide
from tests.http.conftest import Caller, Serve
from tests.http.test_deliveries import fill
from tests.patience import fair_time

EMPTY = {"waiting": 0, "oldest_seconds": 0.0, "failed": 0}


@asynccontextmanager
async def counting(house: House) -> AsyncIterator[None]:
    """The queue is counted, as in a daemon."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(house.queue.census.run(stop))
        try:
            yield
        finally:
            stop.set()


async def queue_of(caller: Caller) -> dict[str, Any]:
    return (await caller.ask("GET", "/readyz", token=None)).body["queue"]


async def figures(caller: Caller) -> dict[tuple[str, ...], float]:
    """Each figure by its name, its platform, and the values of its other labels."""
    text = (await caller.ask("GET", "/metrics", token=None)).body
    read: dict[tuple[str, ...], float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            platform = sample.labels.pop("platform", "")
            name = sample.name.removeprefix("sspanel_im_")
            read[name, platform, *sample.labels.values()] = sample.value
    return read


async def test_readyz_counts_the_queue(house: House, serve: Serve):
    """
    What waits, for how long the oldest does, and what failed in the last 24 hours.
    """
    house.far_side.answers["1"] = deque([TargetError("blocked")])
    async with serve(house) as caller:
        before = await queue_of(caller)
        async with house.running():
            await fill(house, 2)
            await house.until_done()
        await fill(house, 3)
        house.time.ahead = timedelta(hours=2)
        async with counting(house):
            await house.until(lambda: house.queue.census.current.loads)
            now = await queue_of(caller)

    assert before == EMPTY
    assert (now["waiting"], now["failed"]) == (3, 1)
    assert 7190 < now["oldest_seconds"] < 7260


async def test_deferred_actions_are_no_backlog(house: House, serve: Serve):
    """
    What is to be done in an hour waits for nobody; if it is late, that shows.
    """
    due = house.time() + timedelta(hours=1)

    async def schedule(tx: Any) -> None:
        await house.queue.actions.schedule(
            tx,
            "delete_message",
            platform=PlatformName.TELEGRAM,
            target="1",
            due=due,
            arguments={"message_id": "5"},
        )

    await house.database.transact(schedule)
    async with serve(house) as caller, counting(house):
        await house.until(lambda: house.queue.census.current.loads)
        early = await queue_of(caller)
        house.time.ahead = timedelta(hours=1, minutes=1)
        late = await queue_of(caller)

    assert early == EMPTY
    assert (late["waiting"], 55 < late["oldest_seconds"] < 65) == (0, True)


async def test_what_is_held_up_is_no_backlog(house: House, serve: Serve):
    """
    Deliveries of a paused broadcast wait for nobody, and are not counted as waiting.
    """
    await fill(house, 2)
    await house.rows("UPDATE im_deliveries SET state = 'paused' WHERE id = 1")
    async with serve(house) as caller, counting(house):
        await house.until(lambda: house.queue.census.current.loads)
        now = await queue_of(caller)

    assert now["waiting"] == 1
    assert (await house.queue.oversight.statistics()).held[State.PAUSED] == 1


@pytest.mark.parametrize("panel_url", ["mariadb"], indirect=True)
async def test_the_last_count_stays_while_the_database_is_away(
    house: House, serve: Serve, mariadb: PrivateMariaDB
):
    """
    `/readyz` and `/metrics` answer from what is known, and what waits grows older.
    """
    await fill(house, 2)
    async with serve(house) as caller, counting(house):
        await house.until(lambda: house.queue.census.current.loads)
        await asyncio.to_thread(mariadb.stop)
        house.time.ahead = timedelta(minutes=5)
        began = fair_time()
        told, shown = await queue_of(caller), await figures(caller)
        took = fair_time() - began
        await asyncio.to_thread(mariadb.start)

    assert took < 1
    assert told["waiting"] == 2
    assert told["oldest_seconds"] > 300
    assert shown["deliveries_waiting", "telegram", "notice", "waiting"] == 2


async def test_metrics_tell_what_was_done(open_house: Callable[..., House], serve: Serve):
    """
    Tries by what came of them, ends by state, pauses that were asked for, and how many outcomes
    went into one transaction.
    """
    metrics, side = Metrics(), FarSide()
    house = open_house(side, counts_of=metrics.queue.of)
    side.answers["1"] = deque([TargetError("blocked")])
    side.answers["2"] = deque([PlatformUnreachableError("slowly", retry_after=0.1)])
    async with serve(house, metrics=metrics) as caller, house.running():
        await fill(house, 5)
        await house.until_done()
        shown = await figures(caller)

    assert shown["delivery_tries_total", "telegram", "accepted"] == 4
    assert shown["delivery_tries_total", "telegram", "target_refused"] == 1
    assert shown["delivery_tries_total", "telegram", "asked_to_wait"] == 1
    assert shown["deliveries_ended_total", "telegram", "sent"] == 4
    assert shown["deliveries_ended_total", "telegram", "failed"] == 1
    assert shown["platform_pauses_total", "telegram"] == 1
    assert shown["outcomes_written_sum", "telegram"] == 6
    assert shown["claims_total", "telegram", "freed"] == 0
    assert shown["pacer_waiting", "telegram"] == 0


async def test_claims_that_were_freed_are_counted(open_house: Callable[..., House], serve: Serve):
    """
    A claim that nobody here knows of is freed, counted, and sent.
    """
    metrics, side = Metrics(), FarSide()
    house = open_house(side, counts_of=metrics.queue.of)
    await fill(house, 1)
    await house.rows("UPDATE im_deliveries SET state = 'sending', claim_token = 7")
    async with serve(house, metrics=metrics) as caller, house.running():
        await house.until_done(20)
        shown = await figures(caller)

    assert shown["claims_total", "telegram", "freed"] == 1
    assert len(side.received) == 1
