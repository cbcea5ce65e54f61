"""
Counts of what was tried: how many mails were asked for, how many proofs were wrong, by whom.

A count is held before it is looked at: from then on until the caller's transaction ends nobody else
reads or changes it, so that of a hundred at once, on several daemons, no more than allowed are
counted. Counts are always held in the same order, and before anything else of a transaction. On a
Galera cluster two nodes that count the same at once meet at COMMIT, and one is run again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.json_rows import (
    Dialect,
    instant,
    json_rows,
    json_table,
    known_instant,
    moment,
)
from config_store.own.tables import OwnTables

_KEY = {"kind": "VARCHAR(16)", "subject": "VARCHAR(128)"}
_ROW = {**_KEY, "number": "INT", "since": "VARCHAR(32)", "paused_until": "VARCHAR(32)"}


@dataclass(frozen=True, slots=True, order=True)
class CountKey:
    """What is counted, and by or for whom."""

    kind: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How often since when. `paused_until`: when it may be tried again, None for now."""

    number: int
    since: datetime
    paused_until: datetime | None = None


class TryTable:
    """Statements on `im_tries`, built once."""

    def __init__(self, tables: OwnTables, dialect: Dialect) -> None:
        name = tables.tries.name
        # That nothing changes in a row that is there already does not keep it from being locked.
        hold = {
            "mysql": f"ON DUPLICATE KEY UPDATE number = {name}.number",
            "sqlite": f"WHERE true ON CONFLICT DO UPDATE SET number = {name}.number",
        }[dialect]
        self._hold = text(
            f"INSERT INTO {name} (kind, subject, number, since)"  # noqa: S608 - our own table
            f" SELECT kind, subject, 0, :now FROM {json_table(dialect, 'rows', _KEY)} {hold}"
            " RETURNING kind, subject, number, since, paused_until"
        )
        write = {
            "mysql": "ON DUPLICATE KEY UPDATE number = VALUES(number), since = VALUES(since),"
            " paused_until = VALUES(paused_until)",
            "sqlite": "WHERE true ON CONFLICT DO UPDATE SET number = excluded.number,"
            " since = excluded.since, paused_until = excluded.paused_until",
        }[dialect]
        self._write = text(
            f"INSERT INTO {name} (kind, subject, number, since, paused_until)"  # noqa: S608
            " SELECT kind, subject, number, since, paused_until"
            f" FROM {json_table(dialect, 'rows', _ROW)} {write}"
        )
        self._of_kind = text(
            f"SELECT subject FROM {name} WHERE kind = :kind"  # noqa: S608 - our own table
            " ORDER BY subject LIMIT :count"
        )
        self._remove = text(
            f"DELETE FROM {name} WHERE kind = :kind AND subject = :subject"  # noqa: S608
        )

    async def hold(
        self, tx: AsyncConnection, keys: Collection[CountKey], *, now: datetime
    ) -> dict[CountKey, Count]:
        """Have these counts for oneself until the transaction ends; 0 for what is new."""
        rows = json_rows({"kind": it.kind, "subject": it.subject} for it in sorted(keys))
        held = await tx.execute(self._hold, {"rows": rows, "now": moment(now)})
        return {
            CountKey(row.kind, row.subject): Count(
                number=row.number,
                since=known_instant(row.since),
                paused_until=instant(row.paused_until),
            )
            for row in held
        }

    async def write(self, tx: AsyncConnection, counts: Mapping[CountKey, Count]) -> None:
        """Write counts, those that are held or new ones."""
        rows = json_rows(
            {
                "kind": key.kind,
                "subject": key.subject,
                "number": counts[key].number,
                "since": counts[key].since,
                "paused_until": counts[key].paused_until,
            }
            for key in sorted(counts)
        )
        await tx.execute(self._write, {"rows": rows})

    async def find_subjects(
        self, connection: AsyncConnection, kind: str, *, count: int
    ) -> list[str]:
        """The first subjects of a kind."""
        found = await connection.execute(self._of_kind, {"kind": kind, "count": count})
        return [row.subject for row in found]

    async def remove(self, tx: AsyncConnection, key: CountKey) -> bool:
        """Forget a count; whether there was one."""
        values = {"kind": key.kind, "subject": key.subject}
        return (await tx.execute(self._remove, values)).rowcount == 1
