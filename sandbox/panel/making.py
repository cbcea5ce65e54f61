"""
Making a panel: a small site with all that a newcomer can look at, or very many users.

`make_panel` creates the tables and fills them, the same for the same seed and the same `now`.
`fill` adds users and their subscription links to a panel that is there; rows go in by batches, each
its own transaction.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database
from config_store.panel.tables import PanelTables
from sandbox.panel.activity import Activity
from sandbox.panel.cast import CAST
from sandbox.panel.demo_panel import DemoPanel
from sandbox.panel.site import announcement_rows, config_rows, node_rows
from sandbox.panel.users import Row, UserRows

USERS = 320  # accounts of the demo's site, the cast among them
SITE_ZONE = ZoneInfo("Asia/Shanghai")
BATCH = 4_000  # rows a transaction
_LONG = 60.0  # seconds that a batch may take on a busy machine


async def make_panel(
    url_or_path: str | Path,
    *,
    seed: int,
    now: datetime,
    config: Mapping[str, str] | None = None,
    zone: ZoneInfo = SITE_ZONE,
    users: int = USERS,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> DemoPanel:
    """
    A panel in a new SQLite file (a path) or in an empty database (a URL).

    `config`: values of settings, by item, that are not the panel's defaults.
    """
    url = str(url_or_path)
    database = Database(url if "://" in url else f"sqlite+aiosqlite:///{url}")
    tables = PanelTables()

    async def create(connection: AsyncConnection) -> None:
        await connection.run_sync(tables.metadata.create_all)
        for table, rows in _site_rows(tables, seed=seed, now=now, zone=zone, users=users):
            await _insert(connection, table, rows)
        await _insert(connection, tables.config, config_rows(config or {}))

    try:
        await database.transact(create, timeout=_LONG)
    except BaseException:
        await database.close()
        raise
    return DemoPanel(database=database, tables=tables, zone=zone, clock=clock)


def _site_rows(
    tables: PanelTables, *, seed: int, now: datetime, zone: ZoneInfo, users: int
) -> Iterable[tuple[Table, Iterable[Row]]]:
    random = Random(seed)
    rows = UserRows(random=random, now=now, zone=zone)
    cast = {member.account_id: member for member in CAST if member.account_id}
    ids = range(1, users + 1)
    yield tables.user, (rows.character(cast[i]) if i in cast else rows.someone(i) for i in ids)
    nodes = list(node_rows(random=random, now=now))
    yield tables.node, nodes
    yield tables.announcement, announcement_rows(now=now, zone=zone)
    activity = Activity(random=random, now=now, node_ids=range(1, len(nodes) + 1))
    yield tables.link, activity.links(ids)
    yield tables.user_invite_code, activity.invite_codes(ids)
    yield tables.login_ip, activity.log_ins(ids)
    yield tables.online_log, activity.connections(ids)
    yield tables.subscribe_log, activity.fetches(ids)
    yield tables.payback, activity.rebates(ids)
    yield tables.paylist, activity.payments(ids)
    yield tables.ticket, activity.tickets(ids)


async def fill(
    database: Database,
    tables: PanelTables,
    *,
    users: int,
    seed: int,
    now: datetime,
    zone: ZoneInfo = SITE_ZONE,
    report: Callable[[int], None] = lambda _done: None,
) -> None:
    """Add accounts with their links to a panel; `report` gets how many are done, batch by batch."""
    highest = select(func.coalesce(func.max(tables.user.c.id), 0))

    async def last_id(connection: AsyncConnection) -> int:
        return int((await connection.execute(highest)).scalar_one())

    first = await database.run(last_id) + 1
    random = Random(f"{seed} {first}")
    rows = UserRows(random=random, now=now, zone=zone)
    activity = Activity(random=random, now=now, node_ids=())
    for done in range(0, users, BATCH):
        ids = range(first + done, first + min(done + BATCH, users))
        accounts, links = [rows.someone(i) for i in ids], list(activity.links(ids))

        async def add(
            connection: AsyncConnection, accounts: list[Row] = accounts, links: list[Row] = links
        ) -> None:
            await _insert(connection, tables.user, accounts)
            await _insert(connection, tables.link, links)

        await database.transact(add, timeout=_LONG)
        report(done + len(ids))


async def _insert(connection: AsyncConnection, table: Table, rows: Iterable[Row]) -> None:
    """Insert what `table` has columns for."""
    known = set(table.c.keys())
    values: list[dict[str, Any]] = [{k: v for k, v in row.items() if k in known} for row in rows]
    if values:
        await connection.execute(insert(table), values)
