"""
Upkeep: the queue's tables stay small, and nothing that has not ended is touched.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from config_store.own.folding import OTHER_REASONS, Outcome
from core.delivery.deleted_accounts import ACCOUNT_GONE
from core.delivery.model import State
from core.delivery.overdue import TOO_LATE
from core.delivery.upkeep import Upkeep
from core.platform import PlatformName, TargetError
from tests.conftest import AddAccount, LogLines
from tests.delivery.conftest import House
from tests.delivery.far_side import FarSide, Role

BOUND = {"im_type": 4, "im_value": "501", "contact_method": 2}
DAY = timedelta(days=1)


async def on_duty(house: House, role: Role | None = None) -> Upkeep:
    """The upkeep of a daemon that has the watchers' role and looked after a restored backup."""
    upkeep = house.queue.upkeep(role or house.role)
    await upkeep._after_restore.check()
    return upkeep


async def clear_up(house: House) -> None:
    await (await on_duty(house)).make_all()


async def count(house: House, table: str) -> int:
    ((number,),) = await house.rows(f"SELECT COUNT(*) FROM {table}")
    return number


async def ensure_lanes_add_up(house: House) -> None:
    """Each lane counts just its unfinished deliveries."""
    wrong = await house.rows(
        "SELECT lane.id FROM im_lanes AS lane WHERE unfinished <> (SELECT COUNT(*)"
        " FROM im_deliveries AS own WHERE own.lane_id = lane.id"
        " AND own.state IN ('queued', 'waiting', 'sending', 'paused'))"
    )
    assert wrong == []


async def test_what_is_over_goes_after_the_retention(
    open_house: Callable[..., House], add_account: AddAccount
):
    """
    Old notices and actions go with all their rows; what still waits keeps its notice.
    """
    house = open_house(queue_retention_days=3)
    account = await add_account(**BOUND)
    async with house.running():
        await house.notifier.notify_user(account, "Title", "sent")
        await house.database.transact(
            lambda tx: house.queue.actions.schedule(
                tx,
                "delete_message",
                platform=PlatformName.TELEGRAM,
                target="1",
                due=house.time(),
                arguments={"message_id": "7"},
            )
        )
        await house.until_done()
    await house.notifier.notify_user(account, "Title", "waits")
    await house.rows("UPDATE im_deliveries SET expires_at = '2999-01-01' WHERE state = 'waiting'")

    house.time.ahead = 2 * DAY
    await clear_up(house)
    assert await house.states() == {"sent": 2, "waiting": 1}

    house.time.ahead = 3 * DAY + timedelta(minutes=1)
    await clear_up(house)
    assert await house.states() == {"waiting": 1}
    assert await count(house, "im_notices") == 1
    assert await count(house, "im_lanes") == 1


async def test_a_notice_that_is_made_or_paused_stays(house: House, add_account: AddAccount):
    """
    However old, a notice stays as long as deliveries of it may still be made.
    """
    await add_account(**BOUND)
    await house.notifier.notify_everyone("Title", "Text")

    house.time.ahead = 20 * DAY
    await clear_up(house)

    assert await count(house, "im_notices") == 1


async def test_idle_lanes_go(house: House, add_account: AddAccount):
    """
    A lane that is empty goes a day after its last use, and comes back with the next notice.
    """
    account = await add_account(**BOUND)
    async with house.running():
        await house.notifier.notify_user(account, "", "1")
        await house.until_done()

        house.time.ahead = timedelta(hours=23)
        await clear_up(house)
        assert await count(house, "im_lanes") == 1

        house.time.ahead = timedelta(hours=25)
        await clear_up(house)
        assert await count(house, "im_lanes") == 0

        await house.notifier.notify_user(account, "", "2")
        await house.until_done()
    assert house.far_side.texts() == ["1", "2"]


async def test_lanes_go_while_deliveries_come(house: House, add_account: AddAccount):
    """
    A notice that comes at the moment in which its lane is removed is not lost.
    """
    account = await add_account(**BOUND)
    clearing = house.queue.tables.clearing
    later = house.time() + DAY  # every lane counts as unused for long
    stop = asyncio.Event()
    removed = 0

    async def keep_removing() -> None:
        nonlocal removed
        while not stop.is_set():
            ids = [row.id for row in await house.rows("SELECT id FROM im_lanes")]
            if ids:
                removed += await house.database.run(
                    lambda it, ids=ids: clearing.remove_lanes(it, ids, before=later)
                )

    async def keep_accepting() -> None:
        for number in range(40):
            await house.notifier.notify_user(account, "", f"{number}")

    async with house.running(), asyncio.TaskGroup() as tasks:
        tasks.create_task(keep_removing())
        await asyncio.wait([tasks.create_task(keep_accepting()) for _ in range(2)])
        await house.until_done(seconds=30)
        await house.until(lambda: removed)
        stop.set()

    assert len(house.far_side.received) == 80
    assert await house.states() == {"sent": 80}
    await ensure_lanes_add_up(house)


async def test_what_is_overdue_ends_though_its_platform_is_away(
    house: House, add_account: AddAccount
):
    """
    An outage of hours leaves no heap: what lost its point ends, with all that stands behind it.
    """
    account = await add_account(**BOUND)
    for number in range(5):
        await house.notifier.notify_user(account, "", f"{number}")
    house.time.ahead = timedelta(hours=23)
    await house.notifier.notify_user(account, "", "news")

    house.time.ahead = timedelta(hours=25)
    await clear_up(house)

    assert await house.states() == {"expired": 5, "waiting": 1}
    (reason,) = await house.rows(
        "SELECT DISTINCT last_error FROM im_deliveries WHERE state='expired'"
    )
    assert reason.last_error == TOO_LATE
    await ensure_lanes_add_up(house)
    async with house.running():
        await house.until_done()
    assert house.far_side.texts() == ["news"]


async def test_a_retried_delivery_is_not_overdue(house: House, add_account: AddAccount):
    """
    What an operator has put back since it was found overdue stays in the queue.
    """
    account = await add_account(**BOUND)
    await house.notifier.notify_user(account, "", "Text")
    house.time.ahead = 2 * DAY
    await clear_up(house)
    ((delivery,),) = await house.rows("SELECT id FROM im_deliveries")
    now = house.queue._clock.now()
    await house.database.transact(
        lambda tx: house.queue.tables.enqueuing.requeue(
            tx, delivery, former=[State.EXPIRED], now=now, expires_at=now + DAY
        )
    )

    found = await house.database.transact(
        lambda tx: house.queue.tables.clearing.lock_overdue(tx, [delivery], now=now)
    )
    await clear_up(house)

    assert found == []
    assert await house.states() == {"waiting": 1}


async def test_deleted_accounts_are_told_nothing_more(house: House, add_account: AddAccount):
    """
    What waits for an account that the panel deleted is cancelled, and nothing else.
    """
    gone = await add_account(**BOUND)
    there = await add_account(im_type=4, im_value="502", contact_method=2)
    for _ in range(3):
        await house.notifier.notify_user(gone, "Title", "Text")
    await house.notifier.notify_user(there, "Title", "Text")
    await house.rows("DELETE FROM user WHERE id = :id", id=gone)

    await clear_up(house)

    assert await house.states() == {"cancelled": 3, "waiting": 1}
    (reason,) = await house.rows(
        "SELECT DISTINCT last_error FROM im_deliveries WHERE state = 'cancelled'"
    )
    assert reason.last_error == ACCOUNT_GONE
    await ensure_lanes_add_up(house)


async def test_a_broadcast_becomes_counters(house: House, add_account: AddAccount):
    """
    A day after, a notice to everyone is a few numbers, and its progress says the same as before.
    """
    for number in range(6):
        await add_account(im_type=4, im_value=f"{number}", contact_method=2)
    for number in (0, 1):
        house.far_side.answers[f"{number}"].append(TargetError(f"chat {number}77 was not found"))
    folding = house.queue.tables.folding

    async with house.running():
        notice = await house.notifier.notify_everyone("Title", "Text")
        await house.until_done()
    before = await house.database.run(lambda it: folding.tally(it, notice))
    house.time.ahead = timedelta(hours=20)
    await clear_up(house)
    assert await count(house, "im_deliveries") == 6
    house.time.ahead = timedelta(hours=25)
    await clear_up(house)

    assert await count(house, "im_deliveries") == 0
    assert await house.database.run(lambda it: folding.count(it, notice)) == {
        "sent": 4,
        "failed": 2,
    }
    after = await house.database.run(lambda it: folding.tally(it, notice))
    assert after == before
    assert after == {
        Outcome("telegram", "sent"): 4,
        Outcome("telegram", "failed", "chat … was not found"): 2,
    }
    house.time.ahead = 15 * DAY
    await clear_up(house)
    assert await count(house, "im_notices") == 0


async def test_what_was_set_aside_is_not_folded(house: House, add_account: AddAccount):
    """
    Somebody has to look at it, so it stays a row; direct notices are not folded at all.
    """
    account = await add_account(**BOUND)
    await house.notifier.notify_everyone("Title", "Text")
    async with house.running():
        await house.notifier.notify_user(account, "Title", "Text")
        await house.until_done()
    await house.rows("UPDATE im_deliveries SET state = 'set_aside' WHERE priority = 'broadcast'")

    house.time.ahead = 2 * DAY
    await clear_up(house)

    assert await house.states() == {"set_aside": 1, "sent": 1}


async def test_counters_stay_few(house: House, add_account: AddAccount):
    """
    Whatever platforms say, a notice keeps a bounded number of reasons, and the total is right.
    """
    notice = await house.notifier.notify_everyone("Title", "Text")
    now = f"{house.time():%Y-%m-%d %H:%M:%S}"
    for number in range(60):
        reason = "abcdefghij"[number % 10] * (number // 10 + 1)
        await house.rows(
            "INSERT INTO im_deliveries (notice_id, account_id, platform, target, priority, state,"
            " lane_id, seq, not_before, expires_at, created_at, finished_at, last_error)"
            " VALUES (:notice, :number, 'slack', 'U', 'broadcast', 'failed', 1, 1, :now, :now,"
            " :now, :now, :reason)",
            notice=notice,
            number=number,
            now=now,
            reason=f"because {reason}",
        )
    await house.rows("UPDATE im_notices SET state = 'expanded', expanded_at = accepted_at")

    house.time.ahead = 2 * DAY
    await clear_up(house)

    (row,) = await house.rows("SELECT folded FROM im_notices")
    folded = json.loads(row.folded)
    assert len(folded) == 21
    assert sum(number for *_, number in folded) == 60
    assert ["slack", "failed", OTHER_REASONS, 40] in folded


def restored(house: House) -> Role:
    """The role of a daemon that finds that nobody has beaten for two hours."""
    return Role(epoch=2, vacant_since=house.time() - timedelta(hours=2))


async def age(house: House, hours: float) -> None:
    at = house.time() - timedelta(hours=hours)
    await house.rows("UPDATE im_deliveries SET created_at = :at", at=f"{at:%Y-%m-%d %H:%M:%S}")
    await house.rows("UPDATE im_notices SET accepted_at = :at", at=f"{at:%Y-%m-%d %H:%M:%S}")


async def test_a_restored_backup_sends_nothing_again(
    house: House, add_account: AddAccount, log_lines: LogLines
):
    """
    What was waiting in it is set aside before anything is sent; what came since is sent.
    """
    account = await add_account(**BOUND)
    for _ in range(3):
        await house.notifier.notify_user(account, "", "old")
    await age(house, 3)
    await house.rows("UPDATE im_deliveries SET state = 'sending', claim_token = 5 WHERE id = 1")
    await house.notifier.notify_user(account, "", "new")
    house.role = restored(house)

    async with house.running():
        await house.until_done()

    assert house.far_side.texts() == ["new"]
    assert await house.states() == {"set_aside": 3, "sent": 1}
    await ensure_lanes_add_up(house)
    (line,) = [line for line in log_lines if line["event"] == "waiting deliveries set aside"]
    assert (line["level"], line["platform"], line["deliveries"]) == ("warning", "telegram", 3)
    assert "queue retry" in line["to_send_them"]


@pytest.mark.parametrize("absence", [None, timedelta(minutes=50)])
async def test_a_first_start_and_a_short_absence_set_nothing_aside(
    house: House, add_account: AddAccount, absence: timedelta | None
):
    """
    What was accepted while no daemon ran is sent if that was not long, or never was one.
    """
    account = await add_account(**BOUND)
    await house.notifier.notify_user(account, "", "old")
    await age(house, 3)
    house.role.vacant_since = None if absence is None else house.time() - absence

    async with house.running():
        await house.until_done()

    assert house.far_side.texts() == ["old"]


async def test_each_daemon_looks_to_its_own_platform(
    open_house: Callable[..., House], add_account: AddAccount
):
    """
    With the platforms' roles at several daemons nothing of any platform is sent again.
    """
    telegram, slack = FarSide(), FarSide(name=PlatformName.SLACK)
    house = open_house(telegram, slack)
    first = await add_account(**BOUND)
    second = await add_account(im_type=1, im_value="U1", contact_method=2)
    for account in (first, second):
        await house.notifier.notify_user(account, "", "old")
    await age(house, 3)
    await house.notifier.notify_user(second, "", "new")
    house.role = restored(house)

    async with house.running():
        await house.until_done()

    assert telegram.texts() == []
    assert slack.texts() == ["new"]


async def test_after_a_restore_mail_and_expansion_wait_for_the_check(
    house: House, add_account: AddAccount
):
    """
    Nobody is on duty before what is old was set aside; a broadcast that was under way is paused.
    """
    account = await add_account()
    await house.notifier.notify_user(account, "Title", "by mail")
    broadcast = await house.notifier.notify_everyone("Title", "Text")
    await age(house, 3)
    role = restored(house)
    upkeep = house.queue.upkeep(role)

    assert not upkeep.is_on_duty()
    async with running(upkeep):
        await house.until(upkeep.is_on_duty)

    assert await house.states() == {"set_aside": 1}
    (row,) = await house.rows("SELECT state FROM im_notices WHERE id = :id", id=broadcast)
    assert row.state == "paused"
    role.is_held = False
    assert not upkeep.is_on_duty()
    role.is_held, role.epoch = True, 3
    assert not upkeep.is_on_duty()


@asynccontextmanager
async def running(upkeep: Upkeep) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(upkeep.run(stop))
        try:
            yield
        finally:
            stop.set()


async def test_passes_are_made_by_themselves(house: House, add_account: AddAccount):
    """
    A daemon on duty clears up without being asked.
    """
    account = await add_account(**BOUND)
    await house.notifier.notify_user(account, "", "Text")
    house.time.ahead = 20 * DAY

    async with running(house.queue.upkeep(house.role)):

        async def is_clear() -> bool:
            return not await count(house, "im_notices") and not await count(house, "im_lanes")

        await house.until(is_clear)


async def test_millions_are_never_read_as_a_whole(house: House, add_account: AddAccount):
    """
    Every statement of upkeep finds its rows by an index, and few more than it takes.
    """
    if house.database.dialect == "sqlite":
        pytest.skip("SQLite does not say how many rows it expects to read")
    account = await add_account(**BOUND)
    await _fill(house, account)
    seen: dict[str, Any] = {}

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        seen.setdefault(statement, given)

    engines = [house.database._statements, house.database._transactions]
    for engine in engines:
        event.listen(engine.sync_engine, "before_cursor_execute", note)
    role = restored(house)
    upkeep = await on_duty(house, role)
    await upkeep.make_all()
    for engine in engines:
        event.remove(engine.sync_engine, "before_cursor_execute", note)

    for table in ("im_deliveries", "im_notices", "im_lanes"):
        await house.rows(f"TRUNCATE TABLE {table}")
    await _fill(house, account)  # the plans of a full table are wanted, not of the one left
    judged = 0
    for statement, given in seen.items():
        if "im_" not in statement or statement.startswith(("INSERT", "REPLACE")):
            continue
        for line in await _explain(house, statement, given):
            if line["table"] in ("im_deliveries", "own", "delivery", "im_notices", "im_lanes"):
                judged += 1
                assert line["type"] != "ALL", statement
                assert line["key"] is not None, statement
                assert "filesort" not in (line["Extra"] or "") or int(line["rows"]) <= 2000, (
                    statement
                )
    assert judged > 15


async def _fill(house: House, account: int) -> None:
    """Deliveries of all kinds, and lanes that are as often idle as not."""
    await house.rows(
        "INSERT INTO im_notices (kind, audience, audience_details, content, state, priority,"
        " accepted_at, expires_at, expanded_at)"
        " SELECT 'custom', IF(seq <= 2, 'everyone', 'user'), '{}', '{}', 'expanded',"
        " IF(seq <= 2, 'broadcast', 'notice'),"
        " UTC_TIMESTAMP() - INTERVAL IF(seq % 2, 3, 30) DAY, UTC_TIMESTAMP(),"
        " UTC_TIMESTAMP() - INTERVAL 2 DAY FROM seq_1_to_2000"
    )
    await house.rows(
        "INSERT INTO im_lanes (platform, recipient, priority, last_seq, unfinished, used_at)"
        " SELECT 'telegram', seq, 'notice', 1, seq % 4 = 0,"
        " UTC_TIMESTAMP() - INTERVAL seq % 4 DAY FROM seq_1_to_16000"
    )
    await house.rows(
        "INSERT INTO im_deliveries (notice_id, account_id, way, platform, target, priority, state,"
        " lane_id, seq, not_before, expires_at, created_at, finished_at)"
        " SELECT IF(seq % 10 = 0, NULL, IF(seq % 2, seq % 2 + 1, seq % 2000)),"
        " IF(seq % 3, seq, :account), seq, 'telegram', 'x',"
        " IF(seq % 10 = 0, 'action', IF(seq % 2, 'broadcast', 'notice')),"
        " IF(seq % 4 = 0, 'waiting', IF(seq % 4 = 1, 'failed', 'sent')), seq, 1,"
        " UTC_TIMESTAMP() - INTERVAL seq MINUTE,"
        " UTC_TIMESTAMP() - INTERVAL 24 HOUR + INTERVAL seq % 48 HOUR,"
        " UTC_TIMESTAMP() - INTERVAL seq MINUTE, UTC_TIMESTAMP() - INTERVAL 2 DAY"
        " FROM seq_1_to_8000",
        account=account,
    )
    await house.rows("ANALYZE TABLE im_deliveries, im_notices, im_lanes")


async def _explain(house: House, statement: str, given: Any) -> list[Any]:
    values = given[0] if isinstance(given, list) else given
    found = await house.database.run(
        lambda connection: connection.exec_driver_sql(f"EXPLAIN {statement}", values)
    )
    return [row._mapping for row in found]
