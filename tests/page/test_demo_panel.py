"""
The made-up panel: the same for the same seed, believable, and operated as a site would.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from config_store.database import Database
from config_store.panel.tables import PanelTables
from sandbox.panel.cast import CAST
from sandbox.panel.demo_panel import BindingTakenError
from sandbox.panel.making import fill, make_panel

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
async def panel(tmp_path):
    panel = await make_panel(tmp_path / "panel.sqlite", seed=7, now=NOW)
    yield panel
    await panel.close()


async def everything(path):
    """
    All rows of all tables of a panel.
    """
    database, tables = Database(f"sqlite+aiosqlite:///{path}"), PanelTables()

    async def read(connection):
        return {
            table.name: [tuple(row) for row in await connection.execute(select(table))]
            for table in tables.metadata.sorted_tables
        }

    try:
        return await database.run(read)
    finally:
        await database.close()


async def test_the_same_seed_makes_the_same_panel(tmp_path):
    """
    A panel can be made again exactly; another seed makes another one.
    """
    for name, seed in (("one", 3), ("two", 3), ("three", 4)):
        await (await make_panel(tmp_path / name, seed=seed, now=NOW)).close()

    one, two, three = [await everything(tmp_path / name) for name in ("one", "two", "three")]

    assert one == two
    assert one["user"] != three["user"]


async def test_any_seed_makes_a_panel(tmp_path):
    """
    No seed draws rows that the panel's unique keys refuse.
    """
    for seed in range(12):
        panel = await make_panel(tmp_path / str(seed), seed=seed, now=NOW)
        await panel.close()


async def test_every_table_has_something_to_show(tmp_path, panel):
    """
    What the daemon reads is filled, with the shapes that are hard: nothing used, too much used.
    """
    rows = await everything(tmp_path / "panel.sqlite")
    columns = [column.name for column in PanelTables().user.columns]
    users = [dict(zip(columns, row, strict=True)) for row in rows["user"]]

    assert {name for name, found in rows.items() if not found} == {"email_queue"}
    assert len(users) >= 300
    assert any(user["u"] + user["d"] == 0 for user in users)
    assert any(user["transfer_enable"] == 0 for user in users)
    assert any(user["u"] + user["d"] > user["transfer_enable"] > 0 for user in users)
    assert any(user["transfer_today"] > user["u"] + user["d"] for user in users)
    assert {"zh_CN", "zh-CN", "zh-TW", "ja_JP", "en_US"} <= {user["locale"] for user in users}
    bindings = [(user["im_type"], user["im_value"]) for user in users if user["im_type"]]
    assert len(set(bindings)) == len(bindings)
    assert {0, 1, 2, 4} == {user["im_type"] for user in users}


async def test_the_first_row_of_a_setting_is_the_one_that_is_changed(panel):
    """
    A setting that has no row gets one; one that has keeps a single value.
    """
    await panel.set_setting("checkin_max", "7")
    await panel.set_setting("of_tomorrow", "x")

    settings = await panel.settings()
    assert (settings["checkin_max"], settings["of_tomorrow"]) == ("7", "x")


async def test_a_person_is_bound_to_one_account(panel):
    """
    The site's page refuses a person who is bound to another account.
    """
    await panel.bind(4, "telegram", "502778913")

    with pytest.raises(BindingTakenError):
        await panel.bind(8, "telegram", "502778913")

    assert [each.id for each in await panel.bound([("telegram", "502778913")])] == [4]


async def test_silent_nodes_stay_silent_while_the_others_are_alive(tmp_path):
    """
    Heartbeats go on for all nodes but the silent, the hidden-from-birth and the new ones.
    """
    now = NOW
    panel = await make_panel(tmp_path / "panel.sqlite", seed=7, now=NOW, clock=lambda: now)
    await panel.silence_node(3)
    now = NOW + timedelta(hours=1)
    stop = asyncio.Event()

    beating = asyncio.create_task(panel.keep_alive(stop))
    async with asyncio.timeout(5):
        while (await panel.nodes())[0].heartbeat_at != now:
            await asyncio.sleep(0.01)
    stop.set()
    await beating

    nodes = {node.id: node for node in await panel.nodes()}
    await panel.close()
    assert nodes[3].heartbeat_at == NOW - timedelta(seconds=610)
    assert [node.id for node in nodes.values() if node.heartbeat_at is None] == [14]
    assert all(node.heartbeat_at == now for node in nodes.values() if node.id not in {3, 14})


async def test_changes_of_others_are_noticed(panel):
    """
    An account that the daemon changes turns the panel's revision.
    """
    watching = asyncio.create_task(panel.watch())
    seen = await panel.changed(panel.revision)
    other = await panel.accounts()

    await panel.set_locale(other[0].id, "ja_JP")
    async with asyncio.timeout(5):
        await panel.changed(seen)

    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching


async def test_many_users_are_added_beside_those_that_are_there(database, tables):
    """
    Filling twice adds twice, on both engines, with nobody colliding.
    """
    done = []

    await fill(database, tables, users=4100, seed=1, now=NOW, report=done.append)
    await fill(database, tables, users=100, seed=1, now=NOW)

    async def count(connection):
        return (await connection.execute(select(func.count()).select_from(tables.user))).scalar()

    assert await database.run(count) == 4200
    assert done == [4000, 4100]


def test_the_cast_is_there_for_each_thing_to_try():
    """
    Bound, bound in English, not bound, without account, administrator, banned, elsewhere.
    """
    assert {who.bound_to for who in CAST} == {"telegram", "discord", "slack", "nothing"}
    assert any(who.bound_to == "telegram" and who.locale.startswith("en") for who in CAST)
    assert any(who.account_id is None for who in CAST)
    assert any(who.account_id and who.bound_to == "nothing" for who in CAST)
    assert any(who.is_admin for who in CAST)
    assert any(who.banned_reason for who in CAST)
