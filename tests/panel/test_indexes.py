"""
The index on bindings: added online, once, and only where that does no harm.
"""

import asyncio

import pymysql
import pytest
from sqlalchemy import text

from config_store.database import Database, DatabaseUnavailableError
from config_store.panel.indexes import ensure_binding_index
from config_store.panel.tables import PanelTables
from tests.databases import PASSWORD, USER
from tests.patience import fair_time


async def test_a_missing_index_is_added_and_then_found(database, tables):
    """
    The first time adds it, later ones see that it is there.
    """
    first = await ensure_binding_index(database, tables)
    second = await ensure_binding_index(database, tables)

    assert first.is_there
    assert "has got the index" in first.said
    assert second.is_there
    assert "has the index" in second.said


async def test_it_is_not_added_against_the_operators_will(database, tables):
    """
    With `manage_index` off the statement is told instead, and it is the right one.
    """
    outcome = await ensure_binding_index(database, tables, may_add=False)

    assert not outcome.is_there
    assert not outcome.is_worth_trying_again
    await database.run(lambda it: it.execute(text(outcome.mend.rstrip(";"))))
    assert (await ensure_binding_index(database, tables, may_add=False)).is_there


@pytest.mark.parametrize("columns", ["im_value, im_type", "im_type, im_value, id"])
async def test_an_index_of_the_operators_own_is_recognised(database, tables, columns):
    """
    Whatever its name, what counts is the columns that it begins with.
    """
    await database.run(lambda it: it.execute(text(f"CREATE INDEX mine ON user ({columns})")))

    outcome = await ensure_binding_index(database, tables, may_add=False)

    assert outcome.is_there
    assert "mine" in outcome.said


@pytest.mark.parametrize("columns", ["im_type", "im_type, id, im_value"])
async def test_an_index_that_does_not_help_is_not_taken_for_it(database, tables, columns):
    """
    Half of the columns are not enough.
    """
    await database.run(lambda it: it.execute(text(f"CREATE INDEX mine ON user ({columns})")))

    assert not (await ensure_binding_index(database, tables, may_add=False)).is_there


async def test_many_daemons_at_once_do_no_harm(database, tables):
    """
    Each says that the index is there, and there is one.
    """
    outcomes = await asyncio.gather(*(ensure_binding_index(database, tables) for _ in range(5)))

    assert any(outcome.is_there for outcome in outcomes)
    assert all(outcome.is_there or outcome.is_worth_trying_again for outcome in outcomes)


async def test_a_table_with_a_prefix_gets_its_own(mariadb_url):
    """
    Two sites in one database each get theirs.
    """
    database, tables = Database(mariadb_url), PanelTables("second_")
    await database.run(lambda it: it.run_sync(tables.metadata.create_all), timeout=30)

    outcome = await ensure_binding_index(database, tables)

    assert "second_user has got the index" in outcome.said
    assert not (await ensure_binding_index(database, PanelTables(), may_add=False)).is_there
    await database.close()


async def test_the_panel_reads_and_writes_while_it_is_built(on_mariadb, tables, mariadb_url):
    """
    No statement of the panel waits for the index, on a table of some size.
    """
    await on_mariadb.run(
        lambda it: it.execute(
            text(
                "INSERT INTO user (email, pass, passwd, uuid, port, api_token, im_type, im_value)"
                " SELECT CONCAT(seq, '@example.com'), '', seq, UUID(), 1, seq, 4, seq"
                " FROM seq_1_to_100000"
            )
        ),
        timeout=60,
    )
    panel = Database(mariadb_url)
    waits = []

    async def use_the_table(stop: asyncio.Event):
        while not stop.is_set():
            began = fair_time()
            await panel.run(lambda it: it.execute(text("UPDATE user SET u = u + 1 WHERE id = 500")))
            waits.append(fair_time() - began)

    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(use_the_table(stop))
        outcome = await ensure_binding_index(on_mariadb, tables)
        stop.set()
    await panel.close()

    assert outcome.is_there
    assert len(waits) > 20
    assert max(waits) < 1.0


async def test_a_table_in_use_is_not_waited_for_long(on_mariadb, tables, mariadb, mariadb_url):
    """
    Behind us all others would queue up: after a second we leave, to try again later.
    """
    name = mariadb_url.rpartition("/")[2]
    holder = pymysql.connect(
        unix_socket=str(mariadb.socket), user=USER, password=PASSWORD, database=name
    )
    holder.cursor().execute("SELECT COUNT(*) FROM user")  # a transaction that stays open
    began = fair_time()

    outcome = await ensure_binding_index(on_mariadb, tables)

    assert fair_time() - began < 4
    assert not outcome.is_there
    assert outcome.is_worth_trying_again
    holder.close()
    assert (await ensure_binding_index(on_mariadb, tables)).is_there


async def test_without_the_right_the_grant_is_told(modest_url, tables, execute):
    """
    What is told to the operator is what helps.
    """
    database = Database(modest_url)

    outcome = await ensure_binding_index(database, tables)

    assert not outcome.is_there
    assert not outcome.is_worth_trying_again
    assert outcome.mend.startswith("GRANT INDEX ON")
    await execute(outcome.mend)
    await database.close()
    again = Database(modest_url)
    assert (await ensure_binding_index(again, tables)).is_there
    await again.close()


async def test_a_database_that_is_away_is_told_as_such(on_mariadb, tables, mariadb):
    """
    Nothing is known about the index then.
    """
    await asyncio.to_thread(mariadb.stop)

    with pytest.raises(DatabaseUnavailableError):
        await ensure_binding_index(on_mariadb, tables)
