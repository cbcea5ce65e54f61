"""
The leases: which daemon has which role, one row a role.

A row is (role, holder, epoch, beat). The holder raises `beat`; whoever takes the role raises
`epoch` in an UPDATE that names the epoch and beat he has seen, so that of several one wins and a
stale reading wins nothing. No clock of any server is asked: `beaten_at` is for people and for the
question how old a restored backup is. Who may take when is decided in `core.roles`.

Each function is one statement. They bear being run twice.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, inspect, null, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import CreateTable

from config_store.own.json_rows import instant, naive_utc
from config_store.own.tables import OwnTables

Tenure = tuple[str, int]
"""A role and the epoch in which somebody has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRow:
    """A role's row as it was read. `holder`: a daemon's id, None while nobody has it."""

    role: str
    holder: str | None
    epoch: int
    beat: int
    beaten_at: datetime | None


class LeaseTable:
    """Reads and changes `im_leases`. `at`: the time now, aware."""

    def __init__(self, tables: OwnTables) -> None:
        self._table = table = tables.leases
        column = table.c
        self._look = select(
            column.role, column.holder, column.epoch, column.beat, column.beaten_at
        ).where(column.role.in_(bindparam("roles", expanding=True)))
        self._add = table.insert()
        raised: dict[str, Any] = {"beat": column.beat + 1, "beaten_at": bindparam("at")}
        # Both conditions: rows are found by the key, and judged by the epoch.
        mine = (
            column.role.in_(bindparam("roles", expanding=True)),
            tuple_(column.role, column.epoch).in_(bindparam("tenures", expanding=True)),
            column.holder == bindparam("me"),
        )
        self._beat = update(table).where(*mine).values(raised)
        self._release = update(table).where(*mine).values({**raised, "holder": null()})
        self._take = (
            update(table)
            .where(
                column.role == bindparam("its_role"),
                column.epoch == bindparam("seen_epoch"),
                column.beat == bindparam("seen_beat"),
            )
            .values({**raised, "holder": bindparam("me"), "epoch": column.epoch + 1})
        )
        self._fence = (
            update(table)
            .where(
                column.role == bindparam("its_role"),
                column.holder == bindparam("me"),
                column.epoch == bindparam("seen_epoch"),
            )
            # Galera certifies what is written, so the row has to become another one.
            .values(beat=column.beat + 1)
        )

    async def ensure(self, connection: AsyncConnection) -> None:
        """Make the table if it is missing: it is needed before the migrations may run."""
        name = self._table.name
        if not await connection.run_sync(lambda sync: inspect(sync).has_table(name)):
            await connection.execute(CreateTable(self._table, if_not_exists=True))

    async def add(self, connection: AsyncConnection, role: str) -> None:
        """Add a role's row, with nobody as its holder, unless it is there."""
        try:
            await connection.execute(self._add, {"role": role, "epoch": 0, "beat": 0})
        except IntegrityError:
            return  # another daemon was faster

    async def look(self, connection: AsyncConnection, roles: Iterable[str]) -> list[LeaseRow]:
        """The rows of these roles, as far as they are there."""
        rows = await connection.execute(self._look, {"roles": list(roles)})
        return [
            LeaseRow(
                role=role,
                holder=holder,
                epoch=epoch,
                beat=beat,
                beaten_at=instant(beaten_at),
            )
            for role, holder, epoch, beat, beaten_at in rows
        ]

    async def beat(
        self, connection: AsyncConnection, holder: str, tenures: Collection[Tenure], *, at: datetime
    ) -> int:
        """Raise the beat of those of these tenures that are still `holder`'s; how many."""
        return await self._change(connection, self._beat, holder, tenures, at)

    async def release(
        self, connection: AsyncConnection, holder: str, tenures: Collection[Tenure], *, at: datetime
    ) -> int:
        """Leave those of these tenures that are still `holder`'s to whoever comes; how many."""
        return await self._change(connection, self._release, holder, tenures, at)

    async def take(
        self, connection: AsyncConnection, row: LeaseRow, holder: str, *, at: datetime
    ) -> bool:
        """Make `holder` the holder in the next epoch, if the row is still as it was read."""
        done = await connection.execute(
            self._take,
            {
                "its_role": row.role,
                "seen_epoch": row.epoch,
                "seen_beat": row.beat,
                "me": holder,
                "at": naive_utc(at),
            },
        )
        return done.rowcount == 1

    async def fence(self, connection: AsyncConnection, role: str, holder: str, epoch: int) -> bool:
        """
        Write the role's row in the caller's transaction; whether `holder` has it in that epoch.

        Then the transaction can only be committed before anyone else takes the role. Reading the
        row, also FOR UPDATE, would not do that on a cluster.
        """
        done = await connection.execute(
            self._fence, {"its_role": role, "me": holder, "seen_epoch": epoch}
        )
        return done.rowcount == 1

    async def _change(
        self,
        connection: AsyncConnection,
        statement: Any,
        holder: str,
        tenures: Collection[Tenure],
        at: datetime,
    ) -> int:
        done = await connection.execute(
            statement,
            {
                "roles": [role for role, _ in tenures],
                "tenures": list(tenures),
                "me": holder,
                "at": naive_utc(at),
            },
        )
        return done.rowcount
