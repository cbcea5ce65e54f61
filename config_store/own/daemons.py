"""
The running daemons: one row each, for the others to read.

A daemon tells where it runs, so that its death is seen by those on the same host, and how much it
answers, so that the others leave that free. Whether a row's daemon still runs is judged by each
reader, who sees `beat` move or stand still; `beaten_at` is for people. Each function is one
statement.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.json_rows import naive_utc
from config_store.own.tables import OwnTables


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonRow:
    """A daemon as its row shows it. `replies`: its answers a second, by platform."""

    id: str
    beat: int
    replies: Mapping[str, float]


class DaemonTable:
    """Reads and changes `im_daemons`. `at`: the time now, aware."""

    def __init__(self, tables: OwnTables) -> None:
        table, column = tables.daemons, tables.daemons.c
        self._enter = table.insert()
        self._beat = (
            update(table)
            .where(column.id == bindparam("me"))
            .values(
                beat=column.beat + 1, beaten_at=bindparam("at"), replies=bindparam("now_replies")
            )
        )
        self._others = select(column.id, column.beat, column.replies).where(
            column.id != bindparam("me")
        )
        self._process = select(column.process).where(column.id == bindparam("its_id"))
        self._leave = delete(table).where(column.id == bindparam("me"))
        self._remove = delete(table).where(
            column.id == bindparam("its_id"), column.beat == bindparam("seen_beat")
        )

    async def enter(
        self, connection: AsyncConnection, daemon: str, *, process: str, version: str, at: datetime
    ) -> None:
        """Add a daemon's row unless it is there."""
        now = naive_utc(at)
        try:
            await connection.execute(
                self._enter,
                {
                    "id": daemon,
                    "process": process,
                    "version": version,
                    "started_at": now,
                    "beat": 0,
                    "beaten_at": now,
                    "replies": "{}",
                },
            )
        except IntegrityError:
            return  # it was added by a statement whose answer was lost

    async def beat(
        self,
        connection: AsyncConnection,
        daemon: str,
        replies: Mapping[str, float],
        *,
        at: datetime,
    ) -> bool:
        """Raise a daemon's beat and tell its answers a second; False if its row is gone."""
        told = json.dumps({name: round(rate, 2) for name, rate in replies.items()})
        done = await connection.execute(
            self._beat, {"me": daemon, "at": naive_utc(at), "now_replies": told}
        )
        return done.rowcount == 1

    async def others(self, connection: AsyncConnection, daemon: str) -> list[DaemonRow]:
        """All rows but this daemon's own."""
        rows = await connection.execute(self._others, {"me": daemon})
        return [
            DaemonRow(id=its_id, beat=beat, replies=_rates(replies))
            for its_id, beat, replies in rows
        ]

    async def find_process(self, connection: AsyncConnection, daemon: str) -> str | None:
        """Where a daemon runs, in its own words; None if it has no row."""
        row = (await connection.execute(self._process, {"its_id": daemon})).first()
        return None if row is None else row[0]

    async def leave(self, connection: AsyncConnection, daemon: str) -> None:
        """Remove this daemon's row."""
        await connection.execute(self._leave, {"me": daemon})

    async def remove(self, connection: AsyncConnection, daemon: str, *, beat: int) -> None:
        """Remove the row of a daemon that has ended, unless it has moved since it was read."""
        await connection.execute(self._remove, {"its_id": daemon, "seen_beat": beat})


def _rates(told: str) -> dict[str, float]:
    """What another daemon, perhaps of another version, tells; nothing if that is not understood."""
    try:
        read: Any = json.loads(told)
    except ValueError:
        return {}
    if not isinstance(read, dict):
        return {}
    rates = cast("dict[str, Any]", read)
    return {
        name: float(rate)
        for name, rate in rates.items()
        if isinstance(rate, int | float) and 0 <= rate < float("inf")
    }
