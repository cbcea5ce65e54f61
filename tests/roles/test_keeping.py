"""
Daemons that share roles on a real database.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from config_store.database import Database
from config_store.own.daemons import DaemonTable
from config_store.own.tables import OwnTables
from core.roles import Host, RoleLostError, RoleState
from tests.databases import PrivateMariaDB, freeze
from tests.panel.proxy import Cut, cutting_proxy
from tests.patience import fair_time
from tests.roles.conftest import LEASE, Daemon, StartDaemon, now

ROLES = ("discord", "slack", "telegram", "watchers")


@asynccontextmanager
async def sleeping_process() -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import time; print(1, flush=True); time.sleep(600)", stdout=-1
    )
    try:
        assert process.stdout is not None
        await process.stdout.readline()
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_one_daemon_alone_has_every_role_at_once(start: StartDaemon):
    """
    Nobody waits for a lease where there is no other daemon.
    """
    daemon = start("a", roles=ROLES)

    seconds = await daemon.until(
        lambda: all(r.is_held for r in daemon.keeper.roles.values()), clock=fair_time
    )

    assert seconds < 1.0
    assert {role.epoch for role in daemon.keeper.roles.values()} == {1}


async def test_roles_last_as_long_as_their_holder(start: StartDaemon):
    """
    Each role has one holder all the time, over several leases, and the standby knows who it is.
    """
    crew = [start(name, roles=ROLES) for name in ("a", "b", "c")]
    for role in ROLES:
        await crew[0].until(lambda role=role: sum(d.role(role).is_held for d in crew) == 1)
    holders = {role: next(d for d in crew if d.role(role).is_held) for role in ROLES}

    for _ in range(30):
        await asyncio.sleep(LEASE / 10)
        for role in ROLES:
            assert [d for d in crew if d.role(role).is_held] == [holders[role]]

    for role, holder in holders.items():
        assert {d.role(role).holder for d in crew} == {holder.name}
        assert {d.role(role).state for d in crew} - {RoleState.HELD} == {RoleState.STANDBY}


async def test_a_standby_has_the_role_soon_after_an_orderly_end(start: StartDaemon):
    """
    Within two seconds of the holder's end.
    """
    first = start("a")
    await first.until(lambda: first.role().is_held)
    second = start("b")
    await second.until(lambda: second.role().holder == "a")

    await first.end()

    assert await second.until(lambda: second.role().is_held, clock=fair_time) < 1.2
    assert not first.role().is_held


async def test_a_crashed_daemon_is_followed_after_its_lease(start: StartDaemon):
    """
    Of a holder that is silent nobody knows that it has ended: its lease is waited for.
    """
    first = start("a")
    await first.until(lambda: first.role().is_held)
    second = start("b")
    await second.until(lambda: second.role().holder == "a")

    await first.crash()
    seconds = await second.until(lambda: second.role().is_held)

    assert LEASE - LEASE / 5 - 0.2 < seconds < LEASE * 1.05 + 1.5
    assert second.role().vacant_since is not None


async def test_what_died_on_this_host_is_not_waited_for(
    start: StartDaemon, database: Database, own_tables: OwnTables
):
    """
    The role of a process of the same host that was killed is taken at once.
    """
    host, daemons = Host(), DaemonTable(own_tables)
    async with sleeping_process() as process:
        place = host.this_process().rsplit("/", 2)[0]
        name = f"{place}/{process.pid}/{_start_time(process.pid)}"
        await database.run(lambda it: daemons.enter(it, "a", process=name, version="", at=now()))
        first = start("a")
        await first.until(lambda: first.role().is_held)
        second = start("b")
        await second.until(lambda: second.role().holder == "a")
        await asyncio.sleep(LEASE)
        assert not second.role().is_held  # it lives
        await first.crash()

        process.kill()
        await process.wait()
        seconds = await second.until(lambda: second.role().is_held, clock=fair_time)

    assert seconds < 1.2


def _start_time(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


async def test_a_stopped_process_has_not_ended():
    """
    A process that is stopped, or another one's, is waited for; a dead one's id proves nothing.
    """
    host = Host()
    async with sleeping_process() as process:
        place = host.this_process().rsplit("/", 2)[0]
        name = f"{place}/{process.pid}/{_start_time(process.pid)}"
        freeze(process.pid)
        stopped = host.has_ended(name)
        used_again = host.has_ended(f"{place}/{process.pid}/1")
        process.kill()
        await process.wait()
        dead = host.has_ended(name)

    elsewhere = host.has_ended("another-boot/" + name.partition("/")[2])
    assert (stopped, used_again, dead, elsewhere) == (False, True, True, False)
    assert not host.has_ended(host.this_process())
    assert not any(host.has_ended(name) for name in ("", "a/b", "////", f"{place}/x/1"))


async def test_without_proc_nobody_is_said_to_have_ended(tmp_path):
    """
    On a system that does not tell, a process has no name, and the lease is waited for.
    """
    host = Host(tmp_path)

    assert host.this_process() == ""
    assert not host.has_ended(Host().this_process().replace(str(os.getpid()), "999999999"))


async def test_a_zombie_has_ended():
    """
    A killed process whose parent has not asked for it yet does nothing any more.
    """
    host = Host()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    name = f"{host.this_process().rsplit('/', 2)[0]}/{pid}/{_start_time(pid)}"
    try:
        async with asyncio.timeout(5):
            while not host.has_ended(name):
                await asyncio.sleep(0.01)
    finally:
        await asyncio.to_thread(os.waitpid, pid, 0)


async def test_who_waits_is_told(start: StartDaemon):
    """
    `until_held` returns when the role comes, `until_unheld` and `until_lost` when it goes.
    """
    never = asyncio.Event()
    first = start("a")
    async with asyncio.timeout(5):
        assert await first.role().until_held(never)
        second = start("b")
        waiting = asyncio.create_task(second.role().until_held(never))
        going = asyncio.gather(first.role().until_unheld(never), first.role().until_lost(never))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        assert not going.done()

        await first.end()

        await going
        assert await waiting
        never.set()
        assert not await first.role().until_held(never)


async def test_a_superseded_daemon_cannot_commit(start: StartDaemon, own_tables: OwnTables):
    """
    A transaction that is fenced by a role is taken back where another daemon has the role by now.
    """
    first = start("a")
    await first.until(lambda: first.role().is_held)
    await first.crash()
    second = start("b")
    await second.until(lambda: second.role().is_held)

    async def work(connection) -> None:
        await connection.execute(
            own_tables.direct_channels.insert().values(
                platform="discord", user_id="1", channel_id="2"
            )
        )
        await first.role().fence(connection)

    with pytest.raises(RoleLostError, match="telegram"):
        await first.database.transact(work)

    rows = await second.database.run(
        lambda it: it.execute(select(own_tables.direct_channels.c.user_id))
    )
    assert rows.all() == []
    await second.database.transact(second.role().fence)


@pytest.fixture
async def apart(
    mariadb: PrivateMariaDB, mariadb_url: str, start: StartDaemon
) -> AsyncIterator[tuple[Daemon, Daemon, object]]:
    """
    A holder behind a proxy, and a standby that has a way of its own.
    """
    async with cutting_proxy(mariadb.port) as proxy:
        first = start("a", url=mariadb_url.replace(f":{mariadb.port}/", f":{proxy.port}/"))
        await first.until(lambda: first.role().is_held)
        second = start("b")
        await second.until(lambda: second.role().holder == "a")
        yield first, second, proxy
        await first.close()


@pytest.mark.parametrize("panel_url", ["mariadb"], indirect=True)
async def test_a_holder_that_is_cut_off_ends_before_another_begins(
    apart: tuple[Daemon, Daemon, object],
):
    """
    Cut off from the database a holder is unsure after its lease; when it is back it knows.
    """
    first, second, proxy = apart
    both: list[bool] = []

    proxy.cut("", Cut.BEFORE, times=10**6)
    await first.until(lambda: first.role().state is RoleState.UNSURE)
    unsure_first = not second.role().is_held
    await second.until(
        lambda: both.append(first.role().is_held and second.role().is_held) or second.role().is_held
    )
    proxy.times = 0
    await first.until(lambda: first.role().state is RoleState.STANDBY)

    assert unsure_first
    assert not any(both)
    assert first.role().holder == "b"


@pytest.mark.parametrize("panel_url", ["mariadb"], indirect=True)
async def test_the_database_away_and_back_leaves_the_role_where_it_was(
    start: StartDaemon, mariadb: PrivateMariaDB
):
    """
    Nobody takes a role while the database is away; whoever had it has it again, in the same epoch.
    """
    first, second = start("a"), start("b")
    crew = (first, second)
    await first.until(lambda: any(d.role().is_held for d in crew))
    holder, other = crew if first.role().is_held else crew[::-1]
    await other.until(lambda: other.role().holder == holder.name)

    await asyncio.to_thread(mariadb.kill)
    await holder.until(lambda: holder.role().state is RoleState.UNSURE)
    await asyncio.sleep(LEASE * 1.5)
    states = holder.role().state, other.role().state
    await asyncio.to_thread(mariadb.ensure_running)

    await holder.until(lambda: any(d.role().is_held for d in crew))
    assert states == (RoleState.UNSURE, RoleState.STANDBY)
    assert sum(d.role().is_held for d in crew) == 1


@pytest.mark.parametrize("panel_url", ["mariadb"], indirect=True)
async def test_a_daemon_without_rights_says_why(
    database: Database, own_tables: OwnTables, mariadb: PrivateMariaDB, start: StartDaemon
):
    """
    A database that answers but does not let the roles be taken is no outage: it is told.
    """
    name = database._statements.url.database
    mariadb.execute("CREATE OR REPLACE USER reader IDENTIFIED BY 'correct-horse'")
    mariadb.execute(f"GRANT SELECT ON {name}.* TO reader")
    daemon = start("a", url=mariadb.url(name, user="reader"))

    await daemon.until(lambda: daemon.role().trouble)

    assert daemon.role().state is RoleState.STANDBY
    assert "right" in (daemon.role().trouble or "")
    mariadb.execute(f"GRANT INSERT, UPDATE ON {name}.im_leases TO reader")
    await daemon.until(lambda: daemon.role().is_held)
    assert daemon.role().trouble is None


async def test_rows_that_were_removed_are_made_again(
    start: StartDaemon, database: Database, own_tables: OwnTables
):
    """
    An operator who empties the table ends no daemon.
    """
    daemon = start("a")
    await daemon.until(lambda: daemon.role().is_held)

    await database.run(lambda it: it.execute(own_tables.leases.delete()))

    await daemon.until(lambda: not daemon.role().is_held)
    await daemon.until(lambda: daemon.role().is_held)
