"""
Folded deliveries: what became of a notice to everyone, kept as counters instead of rows.

A counter is a platform, a state, a reason and a number, in `im_notices.folded` as JSON. What a
notice came to is its counters and the rows that are still there, read by one statement, so that
nothing is counted twice or not at all while rows are being folded.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.json_rows import Dialect, moment
from config_store.own.tables import OwnTables

FOLDABLE = ("sent", "handed_over", "failed", "expired", "cancelled")
"""What was set aside stays a row, for somebody to look at."""

OTHER_REASONS = "other reasons"
MOST_REASONS = 20  # on one platform with one state; the rest are other reasons
_REASON_LENGTH = 120  # characters
_WITHOUT_REASON = ("sent", "handed_over")
_NAMES_AND_NUMBERS = re.compile(r"\S+@\S+|\w*\d\w*")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What deliveries came to: on which platform, in which state, why."""

    platform: str
    state: str
    reason: str = ""


Tally = Mapping[Outcome, int]


class Folding:
    """Statements on a notice's counters, built once."""

    def __init__(self, tables: OwnTables, dialect: Dialect) -> None:
        own, notices = tables.deliveries.name, tables.notices.name
        locking = {"mysql": " FOR UPDATE", "sqlite": ""}[dialect]
        listed = ", ".join(f"'{state}'" for state in FOLDABLE)
        self._foldable = text(
            f"SELECT id FROM {notices}"  # noqa: S608 - names of our own tables
            " WHERE state IN ('expanded', 'cancelled') AND priority = 'broadcast'"
            " AND audience = 'everyone' AND COALESCE(expanded_at, accepted_at) < :before"
        )
        self._finished = text(
            f"SELECT id, finished_at < :before AS is_old FROM {own}"  # noqa: S608
            " WHERE notice_id = :notice AND state = :state AND id > :after"
            " ORDER BY id LIMIT :count"
        )
        self._lock_notice = text(f"SELECT folded FROM {notices} WHERE id = :notice{locking}")  # noqa: S608
        self._lock = text(
            f"SELECT id, platform, state, last_error FROM {own}"  # noqa: S608 - our own tables
            f" WHERE id IN :ids AND state IN ({listed}) AND finished_at < :before"
            f" ORDER BY id{locking}"
        ).bindparams(bindparam("ids", expanding=True))
        self._remove = text(f"DELETE FROM {own} WHERE id IN :ids").bindparams(  # noqa: S608
            bindparam("ids", expanding=True)
        )
        self._keep = text(f"UPDATE {notices} SET folded = :folded WHERE id = :notice")  # noqa: S608
        rows = (
            f" FROM {notices} AS notice LEFT JOIN {own} AS delivery"
            " ON delivery.notice_id = notice.id WHERE notice.id = :notice GROUP BY"
        )
        self._by_state = text(
            "SELECT delivery.state, COUNT(delivery.id) AS number, MAX(notice.folded) AS folded"
            f"{rows} delivery.state"
        )
        self._by_reason = text(
            "SELECT delivery.platform, delivery.state, delivery.last_error,"
            f" COUNT(delivery.id) AS number, MAX(notice.folded) AS folded{rows}"
            " delivery.platform, delivery.state, delivery.last_error"
        )

    async def find_foldable(self, connection: AsyncConnection, *, before: datetime) -> list[int]:
        """
        The notices to everyone for which no more deliveries have been made since an instant.

        While they are still being made, a row shows who has been told.
        """
        found = await connection.execute(self._foldable, {"before": moment(before)})
        return [row.id for row in found]

    async def find_finished(
        self,
        connection: AsyncConnection,
        notice_id: int,
        state: str,
        *,
        after: int,
        before: datetime,
        count: int,
    ) -> tuple[list[int], int | None]:
        """
        Of a notice's next deliveries in a state, those that ended before an instant, and the id
        to go on from; None behind the last one.
        """
        found = await connection.execute(
            self._finished,
            {
                "notice": notice_id,
                "state": state,
                "after": after,
                "before": moment(before),
                "count": count,
            },
        )
        rows = found.all()
        old = [row.id for row in rows if row.is_old]
        return old, rows[-1].id if len(rows) == count else None

    async def fold(
        self,
        connection: AsyncConnection,
        notice_id: int,
        ids: Collection[int],
        *,
        before: datetime,
    ) -> int:
        """Make these deliveries counters, as far as they are over; in a transaction; how many."""
        notice = (await connection.execute(self._lock_notice, {"notice": notice_id})).first()
        if notice is None:
            return 0
        found = await connection.execute(self._lock, {"ids": sorted(ids), "before": moment(before)})
        rows = found.all()
        if not rows:
            return 0
        tally = Counter(_read(notice.folded))
        tally.update(
            Outcome(row.platform, row.state, _reason(row.state, row.last_error)) for row in rows
        )
        await connection.execute(self._keep, {"notice": notice_id, "folded": _written(tally)})
        await connection.execute(self._remove, {"ids": [row.id for row in rows]})
        return len(rows)

    async def count(self, connection: AsyncConnection, notice_id: int) -> dict[str, int]:
        """All deliveries of a notice by state, those that are folded included."""
        found = await connection.execute(self._by_state, {"notice": notice_id})
        counted = Counter[str]()
        for number, row in enumerate(found):
            if number == 0:
                for outcome, folded in _read(row.folded).items():
                    counted[outcome.state] += folded
            if row.number:
                counted[row.state] += row.number
        return dict(counted)

    async def tally(self, connection: AsyncConnection, notice_id: int) -> Tally:
        """All deliveries of a notice by platform, state and reason. Reads each of its rows."""
        found = await connection.execute(self._by_reason, {"notice": notice_id})
        counted = Counter[Outcome]()
        for number, row in enumerate(found):
            if number == 0:
                counted.update(_read(row.folded))
            if row.number:
                outcome = Outcome(row.platform, row.state, _reason(row.state, row.last_error))
                counted[outcome] += row.number
        return _bounded(counted)


def _reason(state: str, said: str | None) -> str:
    """What was said, without what differs from one recipient to the next."""
    if state in _WITHOUT_REASON or not said:
        return ""
    return _NAMES_AND_NUMBERS.sub("…", said)[:_REASON_LENGTH]


def _bounded(tally: Tally) -> dict[Outcome, int]:
    """The tally with so many reasons at most, the most frequent ones."""
    bounded = Counter[Outcome]()
    known = Counter[tuple[str, str]]()
    for outcome, number in sorted(tally.items(), key=_frequent_first):
        kept, place = outcome, (outcome.platform, outcome.state)
        if outcome.reason not in ("", OTHER_REASONS):
            known[place] += 1
            if known[place] > MOST_REASONS:
                kept = Outcome(*place, OTHER_REASONS)
        bounded[kept] += number
    return dict(bounded)


def _frequent_first(item: tuple[Outcome, int]) -> tuple[int, str, str, str]:
    outcome, number = item
    return (-number, outcome.platform, outcome.state, outcome.reason)


def _read(folded: str | None) -> dict[Outcome, int]:
    rows: Sequence[tuple[str, str, str, int]] = json.loads(folded) if folded else ()
    return {Outcome(platform, state, reason): number for platform, state, reason, number in rows}


def _written(tally: Tally) -> str:
    rows = [
        (outcome.platform, outcome.state, outcome.reason, number)
        for outcome, number in _bounded(tally).items()
    ]
    return json.dumps(rows, ensure_ascii=False)
