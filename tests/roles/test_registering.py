"""
What daemons tell each other, and roles that are held for a moment.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select

from config_store.database import Database
from config_store.own.daemons import DaemonTable
from config_store.own.json_rows import naive_utc
from config_store.own.leases import LeaseTable
from config_store.own.tables import OwnTables
from core.pacing import Limit, Pacer, PaceRules, Priority
from core.roles import DaemonRegister, boot_time, hold_once
from tests.patience import fair_time
from tests.roles.conftest import LEASE, StartDaemon, keeper_of, now


class Entry:
    """A daemon's register, with a clock that can be put forward."""

    def __init__(self, database: Database, own: OwnTables, name: str) -> None:
        self.ahead = 0.0
        self.pacer = Pacer(PaceRules(overall=Limit(10, 1.0), limits_of=lambda _: ()))
        self.register = DaemonRegister(
            database=database,
            daemons=DaemonTable(own),
            me=name,
            process="",
            version="1",
            pacers={"telegram": self.pacer},
            clock=lambda: boot_time() + self.ahead,
            now=now,
            interval=0.05,
        )


@pytest.fixture
def entry(database: Database, own_tables: OwnTables) -> Callable[[str], Entry]:
    return lambda name: Entry(database, own_tables, name)


@asynccontextmanager
async def running(entry: Entry) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(entry.register.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def names(database: Database, own: OwnTables) -> list[str]:
    rows = await database.run(lambda it: it.execute(select(own.daemons.c.id)))
    return sorted(rows.scalars())


async def until_names(database: Database, own: OwnTables, expected: list[str]) -> None:
    async with asyncio.timeout(20):
        while await names(database, own) != expected:
            await asyncio.sleep(0.02)


async def talk(entry: Entry) -> None:
    """Answer people for three seconds, and tell it."""
    for n in range(30):
        await entry.pacer.wait(f"{n}", Priority.REPLY)
    await entry.register.beat()


async def seconds_for(pacer: Pacer, count: int) -> float:
    began = boot_time()
    await asyncio.gather(*(pacer.wait(f"{n}", Priority.BROADCAST) for n in range(count)))
    return boot_time() - began


async def test_a_daemon_is_listed_while_it_runs(database: Database, own_tables: OwnTables, entry):
    """
    It enters itself, stays although its row is removed, and takes it back at its end.
    """
    async with running(entry("a")):
        await until_names(database, own_tables, ["a"])
        await database.run(lambda it: it.execute(own_tables.daemons.delete()))
        await until_names(database, own_tables, ["a"])

    assert await names(database, own_tables) == []


async def test_what_others_answer_is_left_to_them(entry):
    """
    A daemon that answers people slows the others' broadcasts by as much.
    """
    talking, sending = entry("talking"), entry("sending")
    await talking.register.beat()
    await talk(talking)

    await sending.register.beat()

    assert await seconds_for(sending.pacer, 10) > 1.3  # undisturbed it is 0.9


async def test_a_silent_daemon_counts_no_more(entry):
    """
    What a daemon told that has not been heard of since takes nothing from the others.
    """
    talking, sending = entry("talking"), entry("sending")
    await talking.register.beat()
    await talk(talking)
    await sending.register.beat()
    sending.ahead = 11.0

    await sending.register.beat()

    assert await seconds_for(sending.pacer, 10) < 1.3


async def test_entries_of_ended_daemons_are_removed(
    database: Database, own_tables: OwnTables, entry
):
    """
    An entry whose beat has stood still for an hour goes; one that has moved stays.
    """
    me, gone, alive = entry("me"), entry("gone"), entry("alive")
    for each in (me, gone, alive, me):
        await each.register.beat()
    me.ahead = 3601.0
    await alive.register.beat()

    await me.register.beat()

    assert await names(database, own_tables) == ["alive", "me"]


async def test_without_the_table_a_register_waits(database: Database, own: OwnTables):
    """
    Before the migrations have made the table nothing is entered, and nothing breaks.
    """
    entry = Entry(database, own, "a")
    async with running(entry):
        await asyncio.sleep(0.2)
        await database.run(lambda it: it.run_sync(own.metadata.create_all), timeout=30.0)

        await until_names(database, own, ["a"])


async def test_a_short_role_needs_no_tables(panel_url: str, database: Database, own: OwnTables):
    """
    On a database without any table of ours the role is had at once, and left with the block.
    """
    began = fair_time()

    async with hold_once(
        keeper_of(database, own, "a", ("migrator",)), "migrator", _never()
    ) as role:
        seconds = fair_time() - began
        assert role is not None
        assert role.is_held
        await database.transact(role.fence)

    rows = await database.run(lambda it: LeaseTable(own).look(it, ["migrator"]))
    assert [row.holder for row in rows] == [None]
    assert seconds < 1.0


async def test_a_short_role_is_one_daemons_at_a_time(database: Database, own: OwnTables):
    """
    Daemons that start together go one after the other, also where one takes longer than a lease.
    """
    inside: list[str] = []
    most = 0

    async def begin(name: str) -> None:
        nonlocal most
        async with hold_once(keeper_of(database, own, name, ("migrator",)), "migrator", _never()):
            inside.append(name)
            most = max(most, len(inside))
            await asyncio.sleep(LEASE * 1.3 if name == "a" else 0.1)
            inside.remove(name)

    async with asyncio.timeout(20):
        await asyncio.gather(*(begin(name) for name in "abc"))

    assert most == 1


async def test_who_is_stopped_meanwhile_does_without(database: Database, own: OwnTables):
    """
    A daemon that is told to stop while it waits gets None; a failure inside comes out as it is.
    """
    stop = asyncio.Event()

    async def begin() -> None:
        async with hold_once(keeper_of(database, own, "a", ("migrator",)), "migrator", _never()):
            asyncio.get_running_loop().call_later(0.3, stop.set)
            waits = keeper_of(database, own, "b", ("migrator",))
            async with hold_once(waits, "migrator", stop) as role:
                assert role is None
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await begin()


async def test_times_in_the_table_decide_nothing(
    start: StartDaemon, database: Database, own_tables: OwnTables
):
    """
    Times that are a year off, as of a holder whose clock is wrong, change no holder.
    """
    first = start("a")
    await first.until(lambda: first.role().is_held)
    second = start("b")
    await second.until(lambda: second.role().holder == "a")

    for days in (-400, 400):
        at = naive_utc(now() + timedelta(days=days))
        await database.run(
            lambda it, at=at: it.execute(own_tables.leases.update().values(beaten_at=at))
        )
        await asyncio.sleep(LEASE / 2)

        assert first.role().is_held
        assert not second.role().is_held


def _never() -> asyncio.Event:
    return asyncio.Event()
