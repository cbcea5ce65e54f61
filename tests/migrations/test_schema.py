"""
The own tables' revisions on a database: what they make, and what a kill or a rival does to them.
"""

import asyncio
import shutil
import textwrap
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, insert, select, text

from config_store.database import Database
from config_store.migrations import REVISIONS, SCRIPTS
from config_store.own.schema import OwnSchema, SchemaTooNewError, SchemaUpgrade
from config_store.own.tables import OwnTables
from tests.migrations.reading import descriptions, own_table_names


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """
    A program's folder of revisions that a test may add to.
    """
    folder = tmp_path / "migrations"
    shutil.copytree(SCRIPTS / "versions", folder / "versions")
    return folder


def add_revision(scripts: Path, *, revision: str, after: str, oldest: str, upgrade: str) -> None:
    (scripts / "versions" / f"r{revision}_later.py").write_text(
        f"from sqlalchemy import Column, Integer\n\n"
        f"revision, down_revision, oldest_daemon = {revision!r}, {after!r}, {oldest!r}\n\n\n"
        f"def upgrade(op, own):\n{textwrap.indent(upgrade, '    ')}\n"
    )


def test_the_known_revisions_are_those_of_the_files():
    """
    What a start compares with, not reading the files, is one line of revisions up to the newest.
    """
    scripts = ScriptDirectory(SCRIPTS)

    in_files = [script.revision for script in scripts.walk_revisions()]

    assert in_files[::-1] == list(REVISIONS)
    assert list(REVISIONS) == sorted(REVISIONS)
    for script in scripts.walk_revisions():
        assert script.module.oldest_daemon in REVISIONS


async def test_the_migrated_tables_are_those_that_the_statements_expect(
    schema: OwnSchema, own_tables: OwnTables, database: Database
):
    """
    Alembic finds no difference between the migrated tables and `OwnTables`.
    """
    await schema.upgrade()

    def differences(connection):
        options = {
            "version_table": own_tables.version_table,
            "compare_type": True,
            "compare_server_default": True,
            "include_name": lambda name, kind, _: (
                kind != "table" or name in own_tables.metadata.tables
            ),
        }
        context = MigrationContext.configure(connection, opts=options)
        return compare_metadata(context, own_tables.metadata)

    assert await database.run(lambda it: it.run_sync(differences)) == []


async def test_the_migrated_tables_are_the_same_to_the_letter(
    schema: OwnSchema, own_tables: OwnTables, database: Database
):
    """
    Types, collations, defaults, keys and indexes are as the engine would make them of `OwnTables`.
    """
    await schema.upgrade()
    names = set(own_tables.metadata.tables)
    migrated = await descriptions(database, names)
    for table in own_tables.metadata.sorted_tables:
        await database.run(lambda it, table=table: it.run_sync(table.drop))

    await database.run(lambda it: it.run_sync(own_tables.metadata.create_all))

    expected = await descriptions(database, names)
    differing = {name: {*migrated[name]} ^ {*expected[name]} for name in names}
    assert {name: lines for name, lines in differing.items() if lines} == {}


async def test_upgrading_again_changes_nothing(
    schema: OwnSchema, own_tables: OwnTables, database: Database
):
    """
    An upgrade tells from where to where, a second one that there was nothing to do; rows stay.
    """
    first = await schema.upgrade()
    lease = {"role": "watchers", "holder": "one"}
    await database.run(lambda it: it.execute(insert(own_tables.leases).values(lease)))

    second = await schema.upgrade()

    assert first == SchemaUpgrade(before=None, after=REVISIONS[-1])
    assert second == SchemaUpgrade(before=REVISIONS[-1], after=REVISIONS[-1])
    kept = await database.run(lambda it: it.execute(select(own_tables.leases.c.holder)))
    assert kept.scalars().all() == ["one"]


async def test_looking_costs_one_statement(schema: OwnSchema, database: Database):
    """
    A daemon that starts on tables of its own revision asks the database once.
    """
    await schema.upgrade()
    asked: list[str] = []
    for engine in (database._statements, database._transactions):
        event.listen(
            engine.sync_engine, "before_cursor_execute", lambda *given: asked.append(given[2])
        )

    standing = await schema.look()

    assert standing.is_ready
    assert len(asked) == 1


@pytest.mark.parametrize(
    "made", [["leases"], ["leases", "daemons", "notices"], ["leases", "deliveries"]]
)
async def test_what_a_kill_left_half_done_is_completed(
    schema: OwnSchema, own_tables: OwnTables, database: Database, made: list[str]
):
    """
    With some tables there, and one of them without its indexes, the rest is made.
    """
    last = own_tables.metadata.tables[f"im_{made[-1]}"]
    for name in made:
        table = own_tables.metadata.tables[f"im_{name}"]
        await database.run(lambda it, table=table: it.run_sync(table.create))
    for index in list(last.indexes):
        await database.run(lambda it, index=index: it.run_sync(index.drop))

    await schema.upgrade()

    whole = await descriptions(database, set(own_tables.metadata.tables))
    lines = {line for table in whole.values() for line in table}
    for table in own_tables.metadata.sorted_tables:
        for index in table.indexes:
            assert any(index.name in line for line in lines)
    assert await own_table_names(database) == set(schema.table_names)


async def test_a_kill_at_any_statement_is_survived(schema_of, database: Database, tmp_path: Path):
    """
    However many statements of an upgrade were done when its daemon ended, the next completes it.
    """
    total = await _upgrade_until(schema_of("whole_"), database, limit=10_000)
    expected = await descriptions(database, await own_table_names(database, "whole_"))

    for limit in range(0, total, 3):
        prefix = f"k{limit}_"
        await _upgrade_until(schema_of(prefix), database, limit=limit)
        await schema_of(prefix).upgrade()

        made = await descriptions(database, await own_table_names(database, prefix))
        as_whole = {
            name.replace(prefix, "whole_"): [line.replace(prefix, "whole_") for line in lines]
            for name, lines in made.items()
        }
        assert as_whole == expected


class _KilledError(BaseException):
    """
    The daemon is gone from one statement to the next.
    """


async def _upgrade_until(schema: OwnSchema, database: Database, *, limit: int) -> int:
    """
    Upgrade, ending before statement number `limit`; how many statements were begun.
    """
    begun = 0

    def count(*_):
        nonlocal begun
        if begun == limit:
            raise _KilledError
        begun += 1

    engines = [it.sync_engine for it in (database._statements, database._transactions)]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", count)
    try:
        await schema.upgrade()
    except _KilledError:
        pass
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", count)
    return begun


async def test_two_daemons_may_upgrade_at_the_same_moment(panel_url: str, own_tables: OwnTables):
    """
    Both end with the tables at the newest revision, and the version is there once.
    """
    databases = [Database(panel_url) for _ in range(4)]
    schemas = [OwnSchema(database=each, tables=own_tables) for each in databases]

    done = await asyncio.gather(*(each.upgrade() for each in schemas))

    versions = await databases[0].run(
        lambda it: it.execute(text("SELECT version_num FROM im_schema_version"))
    )
    for each in databases:
        await each.close()
    assert {each.after for each in done} == {REVISIONS[-1]}
    assert versions.scalars().all() == [REVISIONS[-1]]


async def test_two_sites_share_a_database(schema_of, database: Database):
    """
    Each prefix has its own tables and its own version.
    """
    first, second = schema_of("a_"), schema_of("b_")
    await first.upgrade()

    assert not (await second.look()).is_ready
    await second.upgrade()

    assert await own_table_names(database) == set()
    assert await own_table_names(database, "a_") == set(first.table_names)
    assert await own_table_names(database, "b_") == set(second.table_names)


@pytest.mark.real_schema
async def test_the_tables_fit_beside_the_panels_own(schema: OwnSchema, database: Database):
    """
    On the panel's real schema, with its collation, nothing of the panel's changes.
    """
    await schema.upgrade()

    assert await own_table_names(database) == set(schema.table_names)


async def test_an_added_revision_leaves_older_daemons_at_work(
    schema_of, scripts: Path, database: Database
):
    """
    A newer release adds a column; a daemon of the older one starts, and upgrades nothing back.
    """
    older = schema_of()
    await older.upgrade()
    add_revision(
        scripts,
        revision="9001",
        after=REVISIONS[-1],
        oldest="0001",
        upgrade="op.add_column(f'{own}leases', Column('place', Integer))",
    )
    newer = schema_of(scripts=scripts, revisions=[*REVISIONS, "9001"])
    assert not (await newer.look()).is_ready

    done = await newer.upgrade()

    assert done == SchemaUpgrade(before=REVISIONS[-1], after="9001")
    assert (await older.look()).is_ready
    assert await older.upgrade() == SchemaUpgrade(before="9001", after="9001")
    await database.run(lambda it: it.execute(text("SELECT place FROM im_leases")))


async def test_a_daemon_that_is_too_old_does_not_touch_the_tables(schema_of, scripts: Path):
    """
    A revision that takes something away stops daemons that still need it, by one line.
    """
    older = schema_of()
    await older.upgrade()
    for revision, after, oldest in [("9001", REVISIONS[-1], "0001"), ("9002", "9001", "9001")]:
        add_revision(scripts, revision=revision, after=after, oldest=oldest, upgrade="pass")

    await schema_of(scripts=scripts, revisions=[*REVISIONS, "9001", "9002"]).upgrade()

    for ask in (older.look, older.upgrade):
        with pytest.raises(SchemaTooNewError, match="install the newer release") as caught:
            await ask()
        assert "\n" not in str(caught.value)
    assert (await schema_of(scripts=scripts, revisions=[*REVISIONS, "9001"]).look()).is_ready


async def test_a_revision_that_fails_is_no_upgrade(schema_of, scripts: Path):
    """
    A fault in a revision is told as it is, and the version stays where it was.
    """
    await schema_of().upgrade()
    add_revision(
        scripts,
        revision="9001",
        after=REVISIONS[-1],
        oldest="0001",
        upgrade="raise ZeroDivisionError",
    )
    newer = schema_of(scripts=scripts, revisions=[*REVISIONS, "9001"])

    with pytest.raises(ZeroDivisionError):
        await newer.upgrade()

    assert (await newer.look()).revision == REVISIONS[-1]


async def test_rows_that_rivals_left_do_not_stop_the_next_upgrade(
    schema_of, scripts: Path, database: Database
):
    """
    Two that upgraded over one another can leave two versions; the newest counts.
    """
    await schema_of().upgrade()
    for revision, after in [("9001", REVISIONS[-1]), ("9002", "9001")]:
        add_revision(scripts, revision=revision, after=after, oldest="0001", upgrade="pass")
    await schema_of(scripts=scripts, revisions=[*REVISIONS, "9001"]).upgrade()
    await database.run(
        lambda it: it.execute(text("INSERT INTO im_schema_version (version_num) VALUES ('0001')"))
    )

    done = await schema_of(scripts=scripts, revisions=[*REVISIONS, "9001", "9002"]).upgrade()

    assert done == SchemaUpgrade(before="9001", after="9002")
