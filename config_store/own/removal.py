"""
Taking away what is ours in a database: the own tables of one prefix, and the index on `user`.

Tables are named one by one, never by a pattern, so that nobody else's are met. Each step bears
being done again, and the version goes first: whatever is left after a kill is made or removed anew
by the next upgrade or removal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Index, MetaData, String, Table, func, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import DropIndex, DropTable, ExecutableDDLElement

from config_store.database import Database
from config_store.own.schema import OwnSchema
from config_store.own.tables import OwnTables
from config_store.panel.indexes import COLUMNS, NAME
from config_store.panel.tables import PanelTables

COUNT_TIMEOUT = 60.0  # seconds; counting reads the whole table
DROP_TIMEOUT = 60.0  # seconds

_FIND_INDEX = {  # not by reflection: that asks for a right on the whole table
    "mysql": text(
        "SELECT 1 FROM information_schema.statistics WHERE table_schema = DATABASE()"
        " AND table_name = :table AND index_name = :index LIMIT 1"
    ),
    "sqlite": text("SELECT 1 FROM pragma_index_list(:table) WHERE name = :index"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """What is ours and there. `unfinished`: messages that would never be sent."""

    tables: Sequence[str]
    index: str | None
    unfinished: int

    def __bool__(self) -> bool:
        return bool(self.tables or self.index)

    @property
    def said(self) -> str:
        """For the operator."""
        named = [f"the table {name}" for name in self.tables]
        return ", ".join([*named, f"the index {self.index}"] if self.index else named)


class Removal:
    """Finds and drops what is ours beside the panel of `panel`."""

    def __init__(
        self, *, database: Database, schema: OwnSchema, tables: OwnTables, panel: PanelTables
    ) -> None:
        self._database = database
        self._deliveries = tables.deliveries.name
        self._names = schema.table_names
        self._user = panel.user.name
        self._index = NAME if database.dialect == "mysql" else f"{self._user}_{NAME}"
        self._find_index = _FIND_INDEX[database.dialect].bindparams(
            table=self._user, index=self._index
        )
        self._unfinished = (
            select(func.count())
            .select_from(tables.deliveries)
            .where(tables.deliveries.c.finished_at.is_(None))
        )
        daemons, leases = tables.daemons.c, tables.leases.c
        self._beats = {
            tables.daemons.name: select(daemons.id, daemons.beat),
            tables.leases.name: select(leases.role, leases.beat).where(leases.holder.is_not(None)),
        }

    async def find(self) -> Belongings:
        """
        What there is to be removed.

        Raises:
            DatabaseUnavailableError: the database is away.
        """
        return await self._database.run(self._find, timeout=COUNT_TIMEOUT)

    async def beats(self) -> Mapping[str, int]:
        """
        The beats of daemons and of roles that are held; they move while a daemon runs.

        Raises:
            DatabaseUnavailableError: the database is away.
        """
        return await self._database.run(self._read_beats)

    async def drop(self, belongings: Belongings) -> None:
        """
        Drop them.

        Raises:
            DatabaseUnavailableError: the database is away, or a table is in use; some may be gone.
        """
        for name in belongings.tables:
            await self._execute(DropTable(Table(name, MetaData()), if_exists=True))
        if belongings.index is not None:
            user = Table(self._user, MetaData(), *(Column(name, String) for name in COLUMNS))
            index = Index(belongings.index, *(user.c[name] for name in COLUMNS))
            await self._execute(DropIndex(index, if_exists=True))

    async def _execute(self, statement: ExecutableDDLElement) -> None:
        await self._database.run(lambda it: it.execute(statement), timeout=DROP_TIMEOUT)

    async def _find(self, connection: AsyncConnection) -> Belongings:
        there = await connection.run_sync(lambda it: set(inspect(it).get_table_names()))
        index = (await connection.execute(self._find_index)).first()
        unfinished = 0
        if self._deliveries in there:
            unfinished = (await connection.execute(self._unfinished)).scalar_one()
        return Belongings(
            tables=[name for name in self._names if name in there],
            index=None if index is None else self._index,
            unfinished=unfinished,
        )

    async def _read_beats(self, connection: AsyncConnection) -> dict[str, int]:
        there = await connection.run_sync(lambda it: set(inspect(it).get_table_names()))
        beats: dict[str, int] = {}
        for table, beats_of in self._beats.items():
            if table in there:
                rows = await connection.execute(beats_of)
                beats |= {f"{table} {key}": beat for key, beat in rows}
        return beats
