"""
The statements on leases and daemons, on both engines.
"""

import asyncio
from dataclasses import replace

import pytest

from config_store.database import Database
from config_store.own.daemons import DaemonTable
from config_store.own.leases import LeaseRow, LeaseTable
from config_store.own.tables import OwnTables
from tests.roles.conftest import now


@pytest.fixture
async def leases(database: Database, own: OwnTables) -> LeaseTable:
    table = LeaseTable(own)
    await database.run(table.ensure)
    return table


@pytest.fixture
async def free(database: Database, leases: LeaseTable) -> LeaseRow:
    """
    A role that nobody has.
    """
    await database.run(lambda it: leases.add(it, "telegram"))
    (row,) = await database.run(lambda it: leases.look(it, ["telegram"]))
    return row


async def take(database: Database, leases: LeaseTable, row: LeaseRow, holder: str) -> bool:
    return await database.run(lambda it: leases.take(it, row, holder, at=now()))


async def test_the_table_is_made_once(database: Database, own: OwnTables):
    """
    Daemons that start together on an empty database all find the table and the role's row.
    """
    table = LeaseTable(own)

    async def begin() -> None:
        await database.run(table.ensure)
        await database.run(lambda it: table.add(it, "telegram"))

    await asyncio.gather(*(begin() for _ in range(8)))

    rows = await database.run(lambda it: table.look(it, ["telegram"]))
    assert [(row.holder, row.epoch) for row in rows] == [(None, 0)]


async def test_of_many_who_take_at_once_one_has_it(
    database: Database, leases: LeaseTable, free: LeaseRow
):
    """
    A role that many ask for at the same moment is given to one, in the next epoch.
    """
    taken = await asyncio.gather(*(take(database, leases, free, f"d{n}") for n in range(10)))

    (row,) = await database.run(lambda it: leases.look(it, ["telegram"]))
    assert taken.count(True) == 1
    assert (row.holder, row.epoch) == (f"d{taken.index(True)}", 1)


async def test_a_beat_in_between_keeps_the_role(
    database: Database, leases: LeaseTable, free: LeaseRow
):
    """
    Who saw a role stand still does not get it if its holder has beaten since.
    """
    await take(database, leases, free, "holder")
    (seen,) = await database.run(lambda it: leases.look(it, ["telegram"]))

    beaten = await database.run(
        lambda it: leases.beat(it, "holder", [("telegram", 1), ("slack", 1)], at=now())
    )

    assert beaten == 1
    assert not await take(database, leases, seen, "other")


@pytest.mark.parametrize("tenure", [("telegram", 0), ("telegram", 2), ("slack", 1)])
async def test_beats_and_releases_of_another_tenure_do_nothing(
    database: Database, leases: LeaseTable, free: LeaseRow, tenure: tuple[str, int]
):
    """
    A beat or a release counts only for the epoch that it names.
    """
    await take(database, leases, free, "holder")

    beaten = await database.run(lambda it: leases.beat(it, "holder", [tenure], at=now()))
    released = await database.run(lambda it: leases.release(it, "holder", [tenure], at=now()))

    (row,) = await database.run(lambda it: leases.look(it, ["telegram"]))
    assert (beaten, released) == (0, 0)
    assert (row.holder, row.epoch, row.beat) == ("holder", 1, 1)


async def test_a_released_role_is_free(database: Database, leases: LeaseTable, free: LeaseRow):
    """
    A role that was left has no holder, and the next one gets a new epoch.
    """
    await take(database, leases, free, "holder")
    await database.run(lambda it: leases.release(it, "holder", [("telegram", 1)], at=now()))
    (row,) = await database.run(lambda it: leases.look(it, ["telegram"]))

    taken = await take(database, leases, row, "other")

    assert row.holder is None
    assert taken


async def test_a_fence_holds_for_the_holder_alone(
    database: Database, leases: LeaseTable, free: LeaseRow
):
    """
    Another daemon, and the same one in another epoch, does not pass the fence.
    """
    await take(database, leases, free, "holder")

    passed = [
        await database.transact(lambda it, who=who: leases.fence(it, "telegram", *who))
        for who in [("holder", 1), ("holder", 2), ("other", 1)]
    ]

    assert passed == [True, False, False]


async def test_a_fenced_transaction_and_a_takeover_exclude_each_other(
    database: Database, leases: LeaseTable, free: LeaseRow
):
    """
    Whoever takes a role over does so before a fenced transaction or after it, never meanwhile.
    """
    await take(database, leases, free, "holder")
    (seen,) = await database.run(lambda it: leases.look(it, ["telegram"]))
    order: list[str] = []
    fenced = asyncio.Event()

    async def work(connection) -> None:
        assert await leases.fence(connection, "telegram", "holder", 1)
        fenced.set()
        await asyncio.sleep(0.3)
        order.append("work")

    async def take_over() -> None:
        await fenced.wait()
        row = seen
        while not await take(database, leases, row, "other"):
            (row,) = await database.run(lambda it: leases.look(it, ["telegram"]))
            seen_anew.append(row)
        order.append("takeover")

    seen_anew: list[LeaseRow] = []
    await asyncio.gather(database.transact(work), take_over())

    assert order == ["work", "takeover"]
    assert seen_anew  # the fence was a write, so that the row was not as it had been seen


async def test_times_are_told_in_utc(database: Database, leases: LeaseTable, free: LeaseRow):
    """
    The time of the last beat comes back as the instant that was given.
    """
    at = now().replace(microsecond=123000)

    await database.run(lambda it: leases.take(it, free, "holder", at=at))

    (row,) = await database.run(lambda it: leases.look(it, ["telegram"]))
    assert row == replace(row, beaten_at=at)


async def test_daemons_tell_each_other_their_answers(database: Database, own_tables: OwnTables):
    """
    What a daemon tells is read by the others; what cannot be read counts as nothing.
    """
    daemons = DaemonTable(own_tables)
    for name in ("a", "b", "strange"):
        await database.run(
            lambda it, name=name: daemons.enter(it, name, process="p", version="1", at=now())
        )
    await database.run(lambda it: daemons.beat(it, "b", {"telegram": 1.5}, at=now()))
    await database.run(
        lambda it: it.execute(
            own_tables.daemons.update()
            .where(own_tables.daemons.c.id == "strange")
            .values(replies='{"telegram": "many", "slack": 2, "discord": 1e999')
        )
    )

    rows = await database.run(lambda it: daemons.others(it, "a"))

    assert {row.id: (row.beat, row.replies) for row in rows} == {
        "b": (1, {"telegram": 1.5}),
        "strange": (0, {}),
    }


async def test_a_daemon_without_a_row_is_told_so(database: Database, own_tables: OwnTables):
    """
    A beat tells that the row is gone; entering twice does no harm; leaving removes it.
    """
    daemons = DaemonTable(own_tables)
    before = await database.run(lambda it: daemons.beat(it, "a", {}, at=now()))
    for _ in range(2):
        await database.run(lambda it: daemons.enter(it, "a", process="p", version="1", at=now()))
    process = await database.run(lambda it: daemons.find_process(it, "a"))

    await database.run(lambda it: daemons.leave(it, "a"))

    assert (before, process) == (False, "p")
    assert await database.run(lambda it: daemons.find_process(it, "a")) is None


async def test_only_a_silent_daemon_is_removed(database: Database, own_tables: OwnTables):
    """
    The row of a daemon that has beaten meanwhile stays.
    """
    daemons = DaemonTable(own_tables)
    await database.run(lambda it: daemons.enter(it, "a", process="p", version="1", at=now()))
    await database.run(lambda it: daemons.beat(it, "a", {}, at=now()))

    await database.run(lambda it: daemons.remove(it, "a", beat=0))
    stayed = await database.run(lambda it: daemons.find_process(it, "a"))
    await database.run(lambda it: daemons.remove(it, "a", beat=1))

    assert stayed == "p"
    assert await database.run(lambda it: daemons.find_process(it, "a")) is None
