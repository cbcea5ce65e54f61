"""
Clearing up what belongs to binding: rows whose time is over, and those of accounts that are gone.

Each statement removes as many rows as its caller says, found by an index. Accounts are looked up on
the connection on which our rows were read: on another node of a cluster a new one may not be there
yet.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, bindparam, delete, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.json_rows import Dialect, moment
from config_store.own.tables import OwnTables
from config_store.panel.tables import PanelTables


class AccountClearing:
    """Statements on what is over, built once."""

    def __init__(self, tables: OwnTables, panel: PanelTables, dialect: Dialect) -> None:
        own = (tables.conversations, tables.bind_codes, tables.tries)
        conversations, codes, tries = (table.name for table in own)
        self._old_conversations = _removing(conversations, "expires_at", dialect)
        self._old_codes = _removing(codes, "expires_at", dialect)
        self._old_tries = _removing(tries, "since", dialect)
        bound = tables.bindings.c.account_id
        self._bound_accounts = (
            select(bound)
            .distinct()
            .where(bound > bindparam("behind"))
            .order_by(bound)
            .limit(bindparam("count"))
        )
        user = panel.user.c
        self._there = select(user.id).where(user.id.in_(bindparam("ids", expanding=True)))
        self._of_accounts = [
            delete(table).where(table.c.account_id.in_(bindparam("ids", expanding=True)))
            for table in (tables.bindings, tables.bind_codes)
        ]

    async def remove_conversations(
        self, connection: AsyncConnection, *, before: datetime, count: int
    ) -> int:
        """Remove dialogues that expired before an instant; how many went."""
        return await _remove(connection, self._old_conversations, before, count)

    async def remove_codes(
        self, connection: AsyncConnection, *, before: datetime, count: int
    ) -> int:
        """Remove codes from the site that expired before an instant; how many went."""
        return await _remove(connection, self._old_codes, before, count)

    async def remove_tries(
        self, connection: AsyncConnection, *, before: datetime, count: int
    ) -> int:
        """Remove counts of what was last, or first, tried before an instant; how many went."""
        return await _remove(connection, self._old_tries, before, count)

    async def find_bound_accounts(
        self, connection: AsyncConnection, *, behind: int, count: int
    ) -> list[int]:
        """The next accounts that have a binding, in the order of their ids."""
        values = {"behind": behind, "count": count}
        return list(await connection.scalars(self._bound_accounts, values))

    async def find_missing(
        self, connection: AsyncConnection, accounts: Collection[int]
    ) -> list[int]:
        """Those of these accounts that the panel does not have any more."""
        there = await connection.scalars(self._there, {"ids": sorted(accounts)})
        return sorted({*accounts} - {*there})

    async def erase(self, tx: AsyncConnection, accounts: Collection[int]) -> int:
        """Remove the bindings and codes of accounts; how many went."""
        removed = 0
        for statement in self._of_accounts:
            removed += (await tx.execute(statement, {"ids": sorted(accounts)})).rowcount
        return removed


def _removing(table: str, instant: str, dialect: Dialect) -> TextClause:
    """Removes rows whose `instant` is before a moment, the oldest first."""
    old = f"{instant} < :before ORDER BY {instant} LIMIT :count"
    return text(
        {
            "mysql": f"DELETE FROM {table} WHERE {old}",  # noqa: S608 - our own tables
            "sqlite": f"DELETE FROM {table} WHERE rowid IN"  # noqa: S608
            f" (SELECT rowid FROM {table} WHERE {old})",
        }[dialect]
    )


async def _remove(connection: AsyncConnection, statement: Any, before: datetime, count: int) -> int:
    done = await connection.execute(statement, {"before": moment(before), "count": count})
    return done.rowcount
