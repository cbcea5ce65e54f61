"""
What is different on a cluster's nodes, as the daemon's parts meet it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database
from config_store.galera import is_cluster
from config_store.own.daemons import DaemonTable
from config_store.own.leases import LeaseTable
from config_store.own.schema import OwnSchema
from config_store.own.tables import OwnTables
from config_store.panel.indexes import ensure_binding_index
from config_store.panel.tables import PanelTables
from core.roles import Deaths, RoleKeeper, boot_time
from tests.galera.cluster import PrivateGalera

pytestmark = pytest.mark.galera

ADD = text("INSERT INTO counted (who) VALUES (:who)")
COUNT = text("SELECT COUNT(*) FROM counted")
READ = text("SELECT value FROM counter WHERE id = 1")
RAISE = text("UPDATE counter SET value = value + 1 WHERE id = 1")


@pytest.fixture
async def databases(cluster: PrivateGalera) -> AsyncIterator[list[Database]]:
    """
    One panel, seen through each of the three nodes, with two small tables for these tests.
    """
    first = cluster.nodes[0]
    name = await asyncio.to_thread(first.create_panel)
    first.execute_all(
        (
            f"CREATE TABLE {name}.counted (id BIGINT AUTO_INCREMENT PRIMARY KEY, who INT)",
            f"CREATE TABLE {name}.counter (id INT PRIMARY KEY, value INT)",
            f"INSERT INTO {name}.counter VALUES (1, 0)",
        )
    )
    for node in cluster.nodes:
        await asyncio.to_thread(node.until_in_step)
    async with AsyncExitStack() as opened:
        all_three = [Database(node.url(name)) for node in cluster.nodes]
        for each in all_three:
            opened.push_async_callback(each.close)
        yield all_three
    await asyncio.to_thread(first.drop_database, name)


async def test_what_one_node_has_committed_is_read_in_step_from_another(databases: list[Database]):
    """
    A read in step sees what another node committed right before, single or in a transaction.
    """
    writer, reader, other = databases

    async def count(connection: AsyncConnection) -> int:
        return (await connection.execute(COUNT)).scalar_one()

    for number in range(1, 101):
        await writer.run(lambda it: it.execute(ADD, {"who": 1}))

        seen = await asyncio.gather(
            reader.run(count, in_step=True), other.transact(count, in_step=True)
        )

        assert seen == [number, number]


async def test_being_in_step_ends_with_the_work_that_asked_for_it(databases: list[Database]):
    """
    A connection that has been read in step is an ordinary one again for who gets it next.
    """

    async def waits(connection: AsyncConnection) -> int:
        return (await connection.execute(text("SELECT @@wsrep_sync_wait"))).scalar_one()

    database = databases[0]
    in_step = await database.run(waits, in_step=True), await database.transact(waits, in_step=True)
    afterwards = await database.run(waits), await database.transact(waits)

    assert (in_step, afterwards) == ((1, 1), (0, 0))


async def test_transactions_that_collide_between_nodes_are_all_done_once(databases: list[Database]):
    """
    Of those who change one row on several nodes at once, all but one are taken back, some only by
    COMMIT: each is run again from its start, so that every change is made, and made once.
    """
    begun = 0

    async def raise_by_one(tx: AsyncConnection) -> None:
        nonlocal begun
        begun += 1
        await tx.execute(ADD, {"who": begun})
        await tx.execute(RAISE)

    async def raise_often(database: Database) -> None:
        for _ in range(40):
            await database.transact(raise_by_one, timeout=30)

    await asyncio.gather(*map(raise_often, databases))

    values = [await each.run(lambda it: it.scalar(READ), in_step=True) for each in databases]
    rows = await databases[0].run(lambda it: it.scalar(COUNT), in_step=True)
    assert (values, rows) == ([120, 120, 120], 120)
    assert begun > 120, "nothing collided: this test has shown nothing"


async def test_tables_that_another_node_has_just_got_are_found_ready(databases: list[Database]):
    """
    A daemon that looks on another node, right after the tables were made, finds them as they are.
    """
    schemas = [OwnSchema(database=each, tables=OwnTables()) for each in databases]

    await schemas[0].upgrade()
    standings = [await schema.look() for schema in schemas]

    assert [standing.is_ready for standing in standings] == [True, True, True]


async def test_the_index_is_added_only_by_the_operators_word(databases: list[Database]):
    """
    Every write of the site waits while an index is added: a running daemon leaves it alone and
    says which command adds it; that command does.
    """
    tables = PanelTables()

    left_alone = await ensure_binding_index(databases[0], tables, may_add=True)
    added = await ensure_binding_index(databases[0], tables, force=True)

    assert not left_alone.is_there
    assert "migrate --index" in left_alone.mend
    assert added.is_there


async def test_a_lease_is_longer_than_a_cluster_stands_still(databases: list[Database]):
    """
    On a cluster a role stays for 15 seconds with a daemon that has gone silent, unless set.
    """
    own = OwnTables()
    keeper = RoleKeeper(
        database=databases[0],
        leases=LeaseTable(own),
        deaths=Deaths(database=databases[0], daemons=DaemonTable(own), has_ended=lambda _: False),
        roles=["watchers"],
        me="this one",
        lease_seconds=None,
        clock=boot_time,
        now=lambda: datetime.now(UTC),
        random=Random(1),
    )
    stop = asyncio.Event()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(keeper.run(stop))
        async with asyncio.timeout(10):
            assert await keeper.roles["watchers"].until_held(stop)
        left = keeper.roles["watchers"]._lease.seconds_left
        stop.set()

    assert await databases[0].run(is_cluster)
    assert 10 < left <= 15
