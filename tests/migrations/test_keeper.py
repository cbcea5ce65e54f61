"""
The keeper of the own tables: at start, while the database is away, beside rivals.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from config_store.database import Database
from config_store.migrations import REVISIONS
from config_store.own.schema import OwnSchema
from config_store.own.tables import OwnTables
from core.migrator import Migrator
from core.schema_keeper import SchemaKeeper
from tests.conftest import LogLines
from tests.databases import PASSWORD, PrivateMariaDB
from tests.migrations.reading import own_table_names


@asynccontextmanager
async def alone(stop: asyncio.Event) -> AsyncIterator[bool]:
    """
    There is no other daemon.
    """
    yield True


def daemon(database: Database) -> Migrator:
    """
    A daemon's way to the role of who upgrades.
    """
    return Migrator(
        database=database,
        tables=OwnTables(),
        me=str(uuid4()),
        lease_seconds=1.0,
        now=lambda: datetime.now(UTC),
        random=Random(),
    )


@asynccontextmanager
async def keeping(schema: OwnSchema, **options: Any) -> AsyncIterator[SchemaKeeper]:
    """
    A keeper at work.
    """
    keeper = SchemaKeeper(schema=schema, **{"hold": alone, **options})
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(keeper.run(stop))
        try:
            yield keeper
        finally:
            stop.set()


async def ready(keeper: SchemaKeeper, seconds: float = 15.0) -> bool:
    async with asyncio.timeout(seconds):
        return await keeper.until_ready(asyncio.Event())


def events(log: LogLines) -> list[str]:
    return [line["event"] for line in log]


async def test_tables_are_made_at_the_start(schema: OwnSchema, log_lines: LogLines):
    """
    The first start makes them, and tells so in one line; none of Alembic's reaches the log.
    """
    async with keeping(schema) as keeper:
        assert await ready(keeper)

    assert [{k: line[k] for k in ("event", "from", "to", "level")} for line in log_lines] == [
        {"event": "schema upgraded", "from": None, "to": REVISIONS[-1], "level": "info"}
    ]


_FIRST_UPGRADE = """
import asyncio, sys
from config_store.database import Database
from config_store.own.schema import OwnSchema
from config_store.own.tables import OwnTables
from core.log import Redactor, configure_logging

async def upgrade():
    database = Database(sys.argv[1])
    await OwnSchema(database=database, tables=OwnTables()).upgrade()
    await database.close()

configure_logging(level="debug", log_format="json", redactor=Redactor())
asyncio.run(upgrade(), debug=False)
"""


async def test_alembic_is_silent_also_while_it_is_imported(panel_url: str):
    """
    Its own account of what it does reaches no log, at whatever level.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _FIRST_UPGRADE, panel_url),
        cwd=Path(__file__).parents[2],
        stderr=asyncio.subprocess.PIPE,
    )

    _, told = await process.communicate()

    assert process.returncode == 0
    assert b"alembic" not in told


async def test_a_start_on_tables_that_are_there_says_nothing(
    schema: OwnSchema, database: Database, log_lines: LogLines
):
    """
    Nor does it ask for the role of the one who upgrades.
    """
    await schema.upgrade()

    async with keeping(schema, hold=daemon(database).hold) as keeper:
        assert await ready(keeper)

    assert events(log_lines) == []


async def test_daemons_that_start_together_upgrade_once(
    schema: OwnSchema, database: Database, log_lines: LogLines
):
    """
    One of them takes the role and makes the tables, the others find them made.
    """
    async with AsyncExitStack() as daemons:
        keepers = [
            await daemons.enter_async_context(keeping(schema, hold=daemon(database).hold))
            for _ in range(3)
        ]
        assert all([await ready(keeper) for keeper in keepers])

    assert events(log_lines).count("schema upgraded") == 1


async def test_one_that_may_not_upgrade_waits_for_the_other(schema: OwnSchema, database: Database):
    """
    While another daemon has the role nothing is made; once it has left it, the daemon goes on.
    """
    await schema.prepare()
    async with daemon(database).hold(asyncio.Event()) as role:
        assert role is not None
        async with keeping(schema, hold=daemon(database).hold) as keeper:
            with pytest.raises(TimeoutError):
                await ready(keeper, 1.5)
            assert await own_table_names(database) == {"im_schema_version", "im_leases"}


async def test_who_is_killed_while_he_upgrades_is_followed(schema: OwnSchema, database: Database):
    """
    The role of one that fell silent is taken over after the lease, and the rest is done.
    """
    await schema.prepare()
    killed = "UPDATE im_leases SET holder = 'gone' WHERE role = 'migrator'"
    await database.run(
        lambda it: it.execute(text("INSERT INTO im_leases (role) VALUES ('migrator')"))
    )
    await database.run(lambda it: it.execute(text(killed)))

    async with keeping(schema, hold=daemon(database).hold) as keeper:
        assert await ready(keeper)

    assert await own_table_names(database) == set(schema.table_names)


async def test_waiting_ends_with_the_daemon(schema: OwnSchema, database: Database):
    """
    Neither what waits for the tables nor what waits for the role holds up the daemon's end.
    """
    await schema.prepare()
    stop = asyncio.Event()
    async with daemon(database).hold(asyncio.Event()):
        keeper = SchemaKeeper(schema=schema, hold=daemon(database).hold)
        async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
            tasks.create_task(keeper.run(stop))
            waiting = tasks.create_task(keeper.until_ready(stop))
            await asyncio.sleep(0.2)
            stop.set()

    assert waiting.result() is False


@pytest.mark.parametrize("panel_url", ["mariadb"], indirect=True)
async def test_a_database_that_is_away_at_the_start_is_waited_for(
    schema: OwnSchema, mariadb: PrivateMariaDB, log_lines: LogLines
):
    """
    The keeper tries again by itself, and leaves it to the others to say that it is away.
    """
    await asyncio.to_thread(mariadb.stop)
    async with keeping(schema) as keeper:
        with pytest.raises(TimeoutError):
            await ready(keeper, 1.0)
        await asyncio.to_thread(mariadb.start)

        assert await ready(keeper)

    assert events(log_lines) == ["schema upgraded"]


async def test_tables_that_vanish_are_made_again(schema: OwnSchema, database: Database):
    """
    A backup without them is restored under a running daemon: it makes them anew.
    """
    async with keeping(schema, look_again=0.1) as keeper:
        await ready(keeper)
        await database.run(lambda it: it.execute(text("DROP TABLE im_deliveries")))
        await database.run(lambda it: it.execute(text("DROP TABLE im_schema_version")))

        async with asyncio.timeout(15):
            while await own_table_names(database) != set(schema.table_names):
                await asyncio.sleep(0.05)

        assert await ready(keeper)


async def test_a_program_that_is_too_old_is_refused(schema: OwnSchema, database: Database):
    """
    The keeper says that the daemon has to end, and lets nobody at the tables.
    """
    await schema.upgrade()
    newer = "UPDATE im_schema_version SET version_num = '9002', oldest_daemon = '9001'"
    await database.run(lambda it: it.execute(text(newer)))

    async with keeping(schema) as keeper:
        async with asyncio.timeout(5):
            await keeper.refused.wait()

        assert not keeper.is_ready
        assert "install the newer release" in str(keeper.refusal)


async def test_a_missing_right_is_told_once_with_what_grants_it(
    mariadb: PrivateMariaDB, mariadb_url: str, log_lines: LogLines
):
    """
    The log names the statements; once they are run the daemon goes on without a restart.
    """
    name = mariadb_url.rpartition("/")[2]
    mariadb.execute("DROP USER IF EXISTS tableless")
    mariadb.execute(f"CREATE USER tableless IDENTIFIED BY '{PASSWORD}'")
    mariadb.execute(f"GRANT SELECT ON {name}.config TO tableless")
    database = Database(mariadb.url(name, user="tableless"))
    try:
        schema = OwnSchema(database=database, tables=OwnTables())
        async with keeping(schema) as keeper:
            with pytest.raises(TimeoutError):
                await ready(keeper, 2.5)
            (told,) = log_lines
            for statement in told["mend"].split(";"):
                if statement.strip():
                    mariadb.execute(statement)

            assert await ready(keeper)
    finally:
        await database.close()
    assert (told["level"], told["event"]) == ("warning", "own tables not ready")
    assert events(log_lines) == ["own tables not ready", "schema upgraded", "own tables ready"]


async def test_a_server_that_can_only_be_read_is_told_once(
    mariadb: PrivateMariaDB, mariadb_url: str, log_lines: LogLines
):
    """
    A replica answers every look, so that nobody else would say why there are no tables.
    """
    name = mariadb_url.rpartition("/")[2]
    mariadb.execute("DROP USER IF EXISTS reader")
    mariadb.execute(f"CREATE USER reader IDENTIFIED BY '{PASSWORD}'")
    mariadb.execute(f"GRANT ALL ON {name}.* TO reader")
    database = Database(mariadb.url(name, user="reader"))
    schema = OwnSchema(database=database, tables=OwnTables())
    mariadb.execute("SET GLOBAL read_only = 1")
    try:
        async with keeping(schema, hold=daemon(database).hold) as keeper:
            with pytest.raises(TimeoutError):
                await ready(keeper, 2.5)
            trouble = keeper.trouble
            mariadb.execute("SET GLOBAL read_only = 0")

            assert await ready(keeper)
    finally:
        mariadb.execute("SET GLOBAL read_only = 0")
        await database.close()
    assert trouble is not None
    assert "name the primary server" in trouble
    assert events(log_lines).count("own tables not ready") == 1
