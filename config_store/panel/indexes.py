"""
The one thing that the daemon adds to the panel's schema: an index to find accounts by chat user.

The panel has none on `user (im_type, im_value)`, so that each look-up would read the whole table.
It is added online: the panel reads and writes on meanwhile. That has two short moments of which
each needs the table alone; whoever holds it then is waited for one second at most, since everybody
else queues up behind us. On a Galera cluster there is no such thing as online, all writes to all
tables wait: there it is added only by the operator's word (`force`).
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database
from config_store.galera import is_cluster
from config_store.panel.tables import PanelTables

NAME = "im_binding"
COLUMNS = ("im_type", "im_value")
BUILD_TIMEOUT = 1800.0  # seconds; a million rows take some seconds on an ordinary disk
_LOCK_WAIT = 1  # seconds

_NO_RIGHT = (1142, 1227)
_BUSY = (1205, 1213)
_NOT_ONLINE = (1221, 1845, 1846)  # an engine or a column that cannot be indexed online


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOutcome:
    """
    How it stands with the index. `said` and `mend` are the operator's lines.

    `is_worth_trying_again`: the index is missing because the table was in use just then.
    """

    is_there: bool
    said: str
    mend: str = field(default="")
    is_worth_trying_again: bool = field(default=False)


async def ensure_binding_index(
    database: Database, tables: PanelTables, *, may_add: bool = True, force: bool = False
) -> IndexOutcome:
    """
    Add the index unless the table has one with these leading columns, under whatever name.

    `may_add`: else only say what is to be done. `force`: on a Galera cluster as well. Two daemons
    that do this at once do no harm.

    Raises:
        DatabaseUnavailableError: the database is away.
    """
    index = _SQLiteIndex(tables) if database.dialect == "sqlite" else _MariaDBIndex(tables)
    if (name := await database.run(index.find)) is not None:
        return IndexOutcome(is_there=True, said=f"{index.table} has the index {name}")
    if not may_add:
        return IndexOutcome(
            is_there=False,
            said=f"{index.table} has no index on ({', '.join(COLUMNS)}), and manage_index is off",
            mend=index.by_hand,
        )
    return await database.run(lambda it: index.add(it, force=force), timeout=BUILD_TIMEOUT)


class _SQLiteIndex:
    """The index in an SQLite file, where adding it takes no care."""

    def __init__(self, tables: PanelTables) -> None:
        self.table = tables.user.name
        self.by_hand = (
            f"CREATE INDEX IF NOT EXISTS {self.table}_{NAME} ON {self.table} ({', '.join(COLUMNS)})"
        )

    async def find(self, connection: AsyncConnection) -> str | None:
        names = await connection.execute(
            text("SELECT name FROM pragma_index_list(:table)"), {"table": self.table}
        )
        for (name,) in names.all():
            columns = await connection.execute(
                text("SELECT name FROM pragma_index_info(:name) ORDER BY seqno LIMIT 2"),
                {"name": name},
            )
            if _serves(columns.scalars().all()):
                return name
        return None

    async def add(self, connection: AsyncConnection, *, force: bool) -> IndexOutcome:
        await connection.execute(text(self.by_hand))
        return IndexOutcome(is_there=True, said=f"{self.table} has got the index")


class _MariaDBIndex:
    """The index on a MariaDB server."""

    def __init__(self, tables: PanelTables) -> None:
        self.table = tables.user.name
        quoted = f"`{self.table.replace('`', '``')}`"
        self._create = (
            f"CREATE INDEX IF NOT EXISTS {NAME} ON {quoted} ({', '.join(COLUMNS)})"
            f" WAIT {_LOCK_WAIT} ALGORITHM=INPLACE LOCK=NONE"
        )
        self.by_hand = f"{self._create};"
        self._look = text(
            "SELECT index_name, column_name FROM information_schema.statistics"
            " WHERE table_schema = DATABASE() AND table_name = :table AND seq_in_index <= 2"
            " ORDER BY index_name, seq_in_index"
        ).bindparams(bindparam("table", self.table))

    async def find(self, connection: AsyncConnection) -> str | None:
        columns: dict[str, list[str]] = {}
        for name, column in (await connection.execute(self._look)).all():
            columns.setdefault(name, []).append(column)
        return next((name for name, leading in columns.items() if _serves(leading)), None)

    async def add(self, connection: AsyncConnection, *, force: bool) -> IndexOutcome:
        if not force and await is_cluster(connection):
            return IndexOutcome(
                is_there=False,
                said=f"{self.table} has no index on ({', '.join(COLUMNS)}); this is a Galera"
                " cluster, where all writes wait while it is added",
                mend="run `sspanel-im migrate --index` at a quiet hour",
            )
        try:
            # No limit here: a statement that nobody waits for any more still ends with the index.
            await connection.exec_driver_sql(
                f"SET STATEMENT max_statement_time = 0 FOR {self._create}"
            )
        except DBAPIError as error:
            outcome = await self._failure(connection, _number(error))
            if outcome is None:
                raise
            return outcome
        return IndexOutcome(is_there=True, said=f"{self.table} has got the index {NAME}")

    async def _failure(self, connection: AsyncConnection, number: object) -> IndexOutcome | None:
        if number in _BUSY:
            return IndexOutcome(
                is_there=False,
                said=f"{self.table} is in use by a long transaction",
                mend="nothing: it is tried again",
                is_worth_trying_again=True,
            )
        if number in _NO_RIGHT:
            return IndexOutcome(
                is_there=False,
                said=f"the right to add an index to {self.table} is missing",
                mend=await self._grant(connection),
            )
        if number in _NOT_ONLINE:
            return IndexOutcome(
                is_there=False,
                said=f"{self.table} cannot be indexed while it is in use",
                mend=f"at a quiet hour: {self._create.split(' WAIT ', maxsplit=1)[0]};",
            )
        return None

    async def _grant(self, connection: AsyncConnection) -> str:
        who = await connection.execute(text("SELECT CURRENT_USER(), DATABASE()"))
        user, schema = who.one()
        name, _, host = user.rpartition("@")
        return f"GRANT INDEX ON `{schema}`.`{self.table}` TO '{name}'@'{host}';"


def _serves(leading: Any) -> bool:
    return sorted(leading) == sorted(COLUMNS)


def _number(error: DBAPIError) -> object:
    arguments: tuple[object, ...] = getattr(error.orig, "args", ())
    return arguments[0] if arguments else None
