"""
`migrate` as an operator or a script runs it: a process of its own.
"""

import asyncio
import json
import os
import pty
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from config_store.database import Database
from config_store.migrations import REVISIONS
from config_store.own.schema import OwnSchema
from config_store.own.tables import OwnTables
from config_store.panel.tables import PanelTables
from tests.databases import PASSWORD, PrivateMariaDB
from tests.migrations.reading import own_table_names

ROOT = Path(__file__).parents[2]
Ended = tuple[int, str, str]


async def start(
    panel_url: str,
    *options: str,
    command: str = "migrate",
    stdin: int = asyncio.subprocess.DEVNULL,
    **settings: Any,
) -> asyncio.subprocess.Process:
    environment = {key: value for key, value in os.environ.items() if "SSPANEL" not in key}
    settings = {"database_url": panel_url, "site_url": "https://site.example", **settings}
    environment |= {f"SSPANEL_IM_{name.upper()}": str(value) for name, value in settings.items()}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "run.py", command, *options),
        cwd=ROOT,
        env=environment,
        stdin=stdin,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def migrate(panel_url: str, *options: str, **settings: Any) -> Ended:
    """
    Exit status, standard output and standard error.
    """
    process = await start(panel_url, *options, **settings)
    try:
        async with asyncio.timeout(60):
            output, told = await process.communicate()
    except BaseException:
        process.kill()
        await process.communicate()
        raise
    return process.returncode or 0, output.decode(), told.decode()


async def index_names(database: Database, table: str = "user") -> set[str]:
    asked = (
        f"SELECT DISTINCT index_name FROM information_schema.statistics"
        f" WHERE table_schema = DATABASE() AND table_name = '{table}'"
        if database.dialect == "mysql"
        else f"SELECT name FROM pragma_index_list('{table}')"
    )
    rows = await database.run(lambda it: it.execute(text(asked)))
    return set(rows.scalars().all())


async def test_it_creates_adds_and_removes_what_is_ours(
    panel_url: str, database: Database, tables: PanelTables, schema: OwnSchema
):
    """
    Tables and index come and go; the panel's own tables and indexes stay, rows included.
    """
    before = await index_names(database)
    setting = {"item": "enable_telegram", "value": "1", "type": "bool"}
    await database.run(lambda it: it.execute(insert(tables.config).values(setting)))

    made = await migrate(panel_url)
    again = await migrate(panel_url, "--index")
    there = await own_table_names(database)
    indexed = await index_names(database)
    removed = await migrate(panel_url, "--remove", "--yes")
    nothing = await migrate(panel_url, "--remove", "--yes")

    assert made == (0, f"tables im_…: created (revision {REVISIONS[-1]})\n", "")
    assert again[0] == 0
    assert again[1].splitlines()[0] == f"tables im_…: up to date (revision {REVISIONS[-1]})"
    assert there == set(schema.table_names)
    assert len(indexed - before) == 1
    assert removed[0] == 0
    assert removed[2] == ""
    assert nothing == (0, "there was nothing to be removed\n", "")
    assert await own_table_names(database) == set()
    assert await index_names(database) == before
    kept = await database.run(lambda it: it.execute(tables.config.select()))
    assert len(kept.all()) == 1


@pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)
async def test_it_answers_programs(panel_url: str, schema: OwnSchema, database: Database):
    """
    `--json` gives one object, whatever is done; removing then needs `--yes`.
    """
    made = await migrate(panel_url, "--json", "--index", table_prefix="")
    unsure = await migrate(panel_url, "--json", "--remove")
    removed = await migrate(panel_url, "--json", "--remove", "--yes")

    told = json.loads(made[1])
    assert told["schema"] == {"from": None, "to": REVISIONS[-1]}
    assert told["index"]["is_there"]
    assert unsure == (2, "", "migrate --remove: nobody is here to be asked; add --yes\n")
    assert set(json.loads(removed[1])["removed"]["tables"]) == set(schema.table_names)
    assert json.loads(removed[1])["removed"]["index"]


@pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("answer", "status"), [(b"yes\n", 0), (b"y\n", 1), (b"\x04", 1), (signal.SIGINT, 130)]
)
async def test_it_asks_at_a_terminal(
    panel_url: str,
    database: Database,
    schema: OwnSchema,
    answer: bytes | signal.Signals,
    status: int,
):
    """
    It says what goes, and goes on after a „yes" only; Ctrl-D and Ctrl-C remove nothing either.
    """
    await schema.upgrade()
    terminal, stdin = pty.openpty()
    process = await start(panel_url, "--remove", stdin=stdin)
    try:
        async with asyncio.timeout(60):
            shown = await process.stdout.readuntil(b"Type yes to remove: ")
            if isinstance(answer, bytes):
                os.write(terminal, answer)
            else:
                process.send_signal(answer)
            _, told = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
        os.close(terminal)
        os.close(stdin)

    assert b"the table im_deliveries" in shown
    assert process.returncode == status
    assert b"Traceback" not in told
    assert bool(await own_table_names(database)) == (status != 0)


@pytest.mark.parametrize("panel_url", ["mariadb"], indirect=True)
async def test_it_removes_one_site_of_two(panel_url: str, database: Database, schema_of):
    """
    The other site's tables in the same database stay.
    """
    await schema_of("a_").upgrade()
    await schema_of("b_").upgrade()

    removed = await migrate(panel_url, "--remove", "--yes", table_prefix="a_")

    assert removed[0] == 0
    assert await own_table_names(database, "a_") == set()
    assert await own_table_names(database, "b_") == set(schema_of("b_").table_names)


@pytest.mark.parametrize("panel_url", ["mariadb"], indirect=True)
async def test_it_removes_nothing_from_a_running_daemon(
    panel_url: str, database: Database, schema: OwnSchema, own_tables: OwnTables
):
    """
    A beat that moves refuses it in one line.
    """
    await schema.upgrade()
    lease = {"role": "watchers", "holder": "one", "epoch": 1, "beat": 1}
    await database.run(lambda it: it.execute(insert(own_tables.leases).values(lease)))
    beat = own_tables.leases.update().values(beat=own_tables.leases.c.beat + 1)
    ended = asyncio.Event()

    async def live() -> None:
        while not ended.is_set():
            await database.run(lambda it: it.execute(beat))
            await asyncio.sleep(0.2)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(live())
        status, output, told = await migrate(panel_url, "--remove", "--yes")
        ended.set()

    assert (status, output) == (1, "")
    assert told.startswith("a daemon is running")
    assert told.count("\n") == 1
    assert await own_table_names(database) == set(schema.table_names)


@pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)
async def test_it_removes_what_a_killed_daemon_left(
    panel_url: str, database: Database, schema: OwnSchema, own_tables: OwnTables
):
    """
    A beat that stands still for the lease's length is nobody's.
    """
    await schema.upgrade()
    lease = {"role": "watchers", "holder": "gone", "epoch": 1, "beat": 1}
    await database.run(lambda it: it.execute(insert(own_tables.leases).values(lease)))

    status, _, _ = await migrate(panel_url, "--remove", "--yes", lease_seconds=1)

    assert status == 0
    assert await own_table_names(database) == set()


@pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)
async def test_it_leaves_what_a_newer_release_made(
    panel_url: str, database: Database, schema: OwnSchema
):
    """
    Tables that this program does not know all of are not removed by halves.
    """
    await schema.upgrade()
    newer = text("UPDATE im_schema_version SET version_num = '9001'")
    await database.run(lambda it: it.execute(newer))

    status, _, told = await migrate(panel_url, "--remove", "--yes")
    upgrading = await migrate(panel_url)

    assert status == 1
    assert told.startswith("the tables are at revision 9001")
    assert told.count("\n") == 1
    assert upgrading == (0, "tables im_…: up to date (revision 9001)\n", "")


@pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("command", ["migrate", "run"])
async def test_a_program_that_is_too_old_says_so_in_a_line(
    panel_url: str, database: Database, schema: OwnSchema, command: str
):
    """
    Exit status 1, and what to do; the daemon ends by itself.
    """
    await schema.upgrade()
    newer = text("UPDATE im_schema_version SET version_num = '9002', oldest_daemon = '9001'")
    await database.run(lambda it: it.execute(newer))

    status, output, told = await migrate(panel_url, command=command, listen="", log_level="error")

    assert (status, output, told.count("\n")) == (1, "", 1)
    assert "install the newer release" in told


async def test_a_missing_right_is_told_with_what_grants_it(
    mariadb: PrivateMariaDB, mariadb_url: str
):
    """
    A line a statement; once they were run, the command works.
    """
    name = mariadb_url.rpartition("/")[2]
    mariadb.execute("DROP USER IF EXISTS lookers")
    mariadb.execute(f"CREATE USER lookers IDENTIFIED BY '{PASSWORD}'")
    mariadb.execute(f"GRANT SELECT ON {name}.* TO lookers")
    url = mariadb.url(name, user="lookers")

    status, _, told = await migrate(url)
    said, *statements = told.splitlines()
    for statement in statements:
        mariadb.execute(statement)
    second = await migrate(url)

    assert (status, said) == (
        1,
        "database: a right on the tables im_… is missing; as MariaDB's administrator run:",
    )
    assert all(each.startswith("GRANT ") for each in statements)
    assert second == (0, f"tables im_…: created (revision {REVISIONS[-1]})\n", "")


@pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)
async def test_yes_without_anything_to_agree_to_is_a_mistake(panel_url: str):
    """
    `migrate --yes` is one line, and no table is made.
    """
    status, output, told = await migrate(panel_url, "--yes")

    assert (status, output, told.count("\n")) == (2, "", 1)
    assert "--remove" in told
