"""The live settings on real databases: what is in force, when, and what an outage does."""

import asyncio
import json
import socket
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, insert
from sqlalchemy.engine import Engine
from structlog.testing import capture_logs

from config_store.database import Database, DatabaseMisfitError, DatabaseUnavailableError
from config_store.live_settings import LiveSettings, SiteSettings
from config_store.panel.tables import PanelTables
from tests.patience import fair_time

SHARED_ROWS = Path(__file__).parents[3] / "shared" / "panel" / "config_rows.json"
INTERVAL = 0.05  # seconds between looks, where nothing is measured


async def until(condition: Callable[[], bool], *, seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
def live_settings(database, tables):
    return LiveSettings(database=database, tables=tables, interval=INTERVAL)


@asynccontextmanager
async def running(live_settings: LiveSettings):
    """The look-out at work, until the block ends."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(live_settings.run(stop))
        yield
        stop.set()


async def add_rows(database: Database, tables: PanelTables, rows: list[tuple[str, str]]) -> None:
    statement = insert(tables.config)
    values = [{"item": item, "value": value, "type": "?"} for item, value in rows]
    await database.transact(lambda connection: connection.execute(statement, values))


async def test_nothing_is_in_force_before_the_first_look(live_settings):
    """
    Until the database has been seen, there is no snapshot to be mistaken for one.
    """
    assert live_settings.current is None
    assert live_settings.state == "stale"
    assert live_settings.age_seconds is None
    assert not live_settings.database_up


async def test_a_look_takes_the_rows_of_the_table(live_settings, set_config):
    """
    What the panel says is what is in force.
    """
    await set_config("checkin_max", "70")
    await set_config("telegram_webhook_token", "hook")

    looked = await live_settings.look()

    assert live_settings.current is looked
    assert (looked.checkin_max, looked.telegram_request_token) == (70, "hook")
    assert (live_settings.state, live_settings.database_up) == ("live", True)
    assert live_settings.age_seconds < 5


async def test_the_first_row_by_id_counts_whatever_its_type_says(live_settings, database, tables):
    """
    The table may hold an item twice, and types that nobody knows.
    """
    await add_rows(database, tables, [("checkin_max", "11"), ("checkin_max", "12"), ("new", "x")])

    assert (await live_settings.look()).checkin_max == 11
    assert not live_settings.mistakes


@pytest.mark.skipif(not SHARED_ROWS.exists(), reason="the panel's own rows are not at hand")
async def test_a_new_panel_is_understood(live_settings, database, tables):
    """
    The rows of a new install, through the database, give the defaults without a mistake.
    """
    rows = json.loads(SHARED_ROWS.read_text())
    await add_rows(database, tables, [(row["item"], row["value"]) for row in rows])

    assert await live_settings.look() == SiteSettings()
    assert not live_settings.mistakes


async def test_a_look_is_one_query(live_settings):
    """
    All settings together cost one statement a look.
    """
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    await live_settings.look()
    event.listen(Engine, "before_cursor_execute", note)
    try:
        await live_settings.look()
    finally:
        event.remove(Engine, "before_cursor_execute", note)

    assert [statement.split()[0] for statement in statements] == ["SELECT"]


async def test_a_change_is_in_force_within_two_seconds(database, tables, set_config):
    """
    At the usual interval, and whoever waits for a change is woken by it.
    """
    live_settings = LiveSettings(database=database, tables=tables, interval=1.0)
    async with running(live_settings):
        before = await live_settings.changed(None)
        await set_config("telegram_token", "1:A")
        changed_at = fair_time()

        async with asyncio.timeout(5):
            after = await live_settings.changed(before)
        took = fair_time() - changed_at

    assert after.telegram_token == "1:A"
    assert after is live_settings.current
    assert took < 2


async def test_a_look_that_finds_nothing_new_wakes_nobody(live_settings, set_config):
    """
    The same rows keep the same snapshot.
    """
    first = await live_settings.look()
    waiter = asyncio.create_task(live_settings.changed(first))
    await set_config("unknown_item", "1")

    again = await live_settings.look()
    await asyncio.sleep(0)
    assert again is first
    assert not waiter.done()

    await set_config("help_any_command", "1")
    await live_settings.look()
    async with asyncio.timeout(8):
        assert (await waiter).help_any_command


async def test_a_mistake_is_told_once_until_it_changes(live_settings, set_config):
    """
    One line in the log for each value that is not understood; it stays listed until mended.
    """
    with capture_logs() as log:
        for value in ("x", "x", "y", "y"):
            await set_config("checkin_max", value)
            await live_settings.look()
        listed = live_settings.mistakes
        await set_config("checkin_max", "40")
        mended = await live_settings.look()

    lines = [(line["item"], line["value"]) for line in log if line["log_level"] == "warning"]
    assert lines == [("checkin_max", "'x'"), ("checkin_max", "'y'")]
    assert [mistake.item for mistake in listed] == ["checkin_max"]
    assert not live_settings.mistakes
    assert mended.checkin_max == 40


async def test_a_secret_is_not_in_the_log(live_settings, set_config):
    """
    A token that is not understood is named, never shown.
    """
    with capture_logs() as log:
        await set_config("slack_token", "xoxb-secret\u200b")
        await live_settings.look()

    assert "slack_token" in str(log)
    assert "secret" not in str(log) + str(live_settings.mistakes) + str(live_settings.current)


async def test_another_database_than_the_panels_is_named(database):
    """
    Where there is no table `config`, the operator reads which table is missed and what to check.
    """
    elsewhere = LiveSettings(database=database, tables=PanelTables("other_"), interval=INTERVAL)

    with pytest.raises(DatabaseMisfitError, match=r"other_config .* is this the panel's database"):
        await elsewhere.look()

    assert elsewhere.outage == "table other_config cannot be read"
    assert elsewhere.state == "stale"


async def test_a_database_that_is_away_at_the_start_is_told_once(tables, unused_tcp_port):
    """
    The daemon starts without it: no snapshot, one line, and no end of the part.
    """
    database = Database(f"mysql+aiomysql://nobody:hidden@127.0.0.1:{unused_tcp_port}/none")
    live_settings = LiveSettings(database=database, tables=tables, interval=INTERVAL)
    with capture_logs() as log:
        async with running(live_settings):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(INTERVAL * 10):
                    await live_settings.changed(None)
    await database.close()

    assert live_settings.current is None
    assert not live_settings.database_up
    assert [line["event"] for line in log] == ["database away"]
    assert "hidden" not in str(log)


async def test_a_database_that_hangs_is_noticed_within_three_seconds(tables):
    """
    A server that takes connections and says nothing holds up a look for no longer.
    """
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        database = Database(f"mysql+aiomysql://nobody@127.0.0.1:{port}/none")
        live_settings = LiveSettings(database=database, tables=tables, interval=1.0)

        began = fair_time()
        with pytest.raises(DatabaseUnavailableError):
            await live_settings.look()
        took = fair_time() - began
        await database.close()

    assert live_settings.outage is not None
    assert took < 3


async def test_an_outage_leaves_the_last_snapshot_in_force(server, live_settings, set_config):
    """
    While the server is away the settings stay as they were, stale and degraded; one line tells when
    it begins, one how long it was; what was changed meanwhile is in force once it is back.
    """
    await set_config("checkin_max", "60")
    before = await live_settings.look()
    with capture_logs() as log:
        async with running(live_settings):
            await server.stop()
            await until(lambda: not live_settings.database_up)
            await asyncio.sleep(INTERVAL * 5)  # several looks fail
            in_force, state = live_settings.current, live_settings.state
            await server.start()
            await until(lambda: live_settings.database_up, seconds=30)
            await set_config("checkin_max", "61")
            async with asyncio.timeout(8):
                after = await live_settings.changed(before)

    assert in_force is before
    assert state == "stale"
    assert after.checkin_max == 61
    assert [(line["event"], line["log_level"]) for line in log] == [
        ("database away", "warning"),
        ("database back", "info"),
    ]
    assert log[1]["away_seconds"] > 0
