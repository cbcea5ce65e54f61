"""
Clearing up the queue: which rows are over, have lost their point, or are nobody's any more.

Each statement touches as many rows as its caller says, found by an index however many there are.
Rows are looked for without a lock and changed by their keys, under the condition for which they
were found: what somebody puts back into the queue meanwhile stays there. Ending deliveries is
`Settling`'s. Instants are aware.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.json_rows import Dialect, known_instant, moment
from config_store.own.tables import OwnTables, using_index

AT_ONCE = 500
"""Rows in one statement: MariaDB makes a list of 1000 and more a table, and reads all of ours."""

_INDEXES = ("claim", "behind", "notice", "account")  # of `im_deliveries`
_EXPANDING = "('expanding', 'sweeping')"
_UNCLAIMED = "('waiting', 'queued')"
_UNSENT = "('waiting', 'queued', 'paused')"
_UNFINISHED = "('waiting', 'queued', 'paused', 'sending')"
_FINISHED = "('sent', 'failed', 'expired', 'cancelled', 'set_aside', 'handed_over')"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pass through rows stands: behind the row with this instant and id."""

    at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    id: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that waits, its lane, and whether its time is over."""

    id: int
    lane_id: int
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class OldNotice:
    """A notice that was accepted long ago. `is_over`: no delivery of it will be made any more."""

    id: int
    is_over: bool


class Clearing:
    """Statements on what is over, built once. `user_table`: the panel's accounts."""

    def __init__(self, tables: OwnTables, user_table: str, dialect: Dialect) -> None:
        own, notices, lanes = tables.deliveries.name, tables.notices.name, tables.lanes.name
        locking = {"mysql": " FOR UPDATE", "sqlite": ""}[dialect]
        by = {name: using_index(dialect, own, name) for name in _INDEXES}
        self._waiting = _seeking(
            "id, lane_id, not_before, expires_at <= :now AS is_overdue",
            f"{own}{by['claim']}",
            "not_before",
            " AND platform = :platform AND state = 'waiting' AND priority = :priority"
            " AND not_before <= :now",
        )
        self._overdue_behind = _with(
            "lanes",
            f"SELECT id FROM {own}{by['behind']} WHERE behind_lane IN :lanes"  # noqa: S608
            " AND state = 'queued' AND expires_at <= :now LIMIT :count",
        )
        self._lock_overdue = _with(
            "ids",
            f"SELECT id FROM {own} WHERE id IN :ids AND state IN {_UNCLAIMED}"  # noqa: S608
            f" AND expires_at <= :now ORDER BY id{locking}",
        )
        self._created_before = text(
            f"SELECT id, claim_token FROM {own}{by['claim']}"  # noqa: S608 - our own tables
            " WHERE platform = :platform AND state = :state AND created_at < :before LIMIT :count"
        )
        self._pause_notices = text(
            f"UPDATE {notices} SET state = 'paused'"  # noqa: S608 - names of our own tables
            f" WHERE state IN {_EXPANDING} AND audience = 'everyone' AND accepted_at < :before"
        )
        self._accounts = text(
            f"SELECT DISTINCT account_id FROM {own}{by['account']}"  # noqa: S608
            " WHERE account_id > :after ORDER BY account_id LIMIT :count"
        )
        self._there = _with("ids", f"SELECT id FROM {user_table} WHERE id IN :ids")  # noqa: S608
        self._of_accounts = _with(
            "accounts",
            f"SELECT id FROM {own}{by['account']}"  # noqa: S608 - names of our own tables
            f" WHERE account_id IN :accounts AND state IN {_UNSENT} LIMIT :count",
        )
        self._old_notices = _seeking(
            f"id, accepted_at, state NOT IN {_EXPANDING}"
            " AND (state <> 'paused' OR expires_at < :now) AS is_over",
            notices,
            "accepted_at",
            " AND accepted_at < :before",
        )
        self._with_unfinished = _with(
            "notices",
            f"SELECT DISTINCT notice_id FROM {own}{by['notice']}"  # noqa: S608
            f" WHERE notice_id IN :notices AND state IN {_UNFINISHED}",
        )
        self._of_notices = _with(
            "notices",
            f"SELECT id FROM {own}{by['notice']}"  # noqa: S608 - names of our own tables
            f" WHERE notice_id IN :notices AND state IN {_FINISHED} LIMIT :count",
        )
        self._remove_finished = _with(
            "ids",
            f"DELETE FROM {own} WHERE id IN :ids AND state IN {_FINISHED}",  # noqa: S608
        )
        self._remove_notices = _with(
            "ids",
            f"DELETE FROM {notices} WHERE id IN :ids AND NOT EXISTS"  # noqa: S608
            f" (SELECT 1 FROM {own} WHERE {own}.notice_id = {notices}.id)",
        )
        self._actions = text(
            "SELECT id, created_at < :before AS is_old, finished_at < :before AS is_over"  # noqa: S608
            f" FROM {own}{by['notice']} WHERE notice_id IS NULL AND state = :state"
            " AND id > :after ORDER BY id LIMIT :count"
        )
        self._idle_lanes = _seeking(
            "id, used_at, unfinished", lanes, "used_at", " AND used_at < :before"
        )
        self._remove_lanes = _with(
            "ids",
            f"DELETE FROM {lanes} WHERE id IN :ids AND unfinished = 0 AND used_at < :before",  # noqa: S608
        )

    async def find_waiting(
        self,
        connection: AsyncConnection,
        platform: str,
        priority: str,
        *,
        behind: Place,
        now: datetime,
        count: int,
    ) -> tuple[list[Waiting], Place | None]:
        """The next of what waits and is due, and where that ends; None behind the last one."""
        found = await connection.execute(
            self._waiting,
            {
                "platform": platform,
                "priority": priority,
                "at": moment(behind.at),
                "id": behind.id,
                "now": moment(now),
                "count": count,
            },
        )
        rows = found.all()
        waiting = [Waiting(row.id, row.lane_id, bool(row.is_overdue)) for row in rows]
        return waiting, _end(rows, "not_before", count)

    async def find_overdue_behind(
        self, connection: AsyncConnection, lanes: Collection[int], *, now: datetime, count: int
    ) -> list[int]:
        """What stands in these lanes behind others and whose time is over."""
        if not lanes:
            return []
        found = await connection.execute(
            self._overdue_behind, {"lanes": sorted(lanes), "now": moment(now), "count": count}
        )
        return [row.id for row in found]

    async def lock_overdue(
        self, connection: AsyncConnection, ids: Collection[int], *, now: datetime
    ) -> list[int]:
        """Those of `ids` whose time is still over and that nobody sends, locked."""
        found = await connection.execute(
            self._lock_overdue, {"ids": sorted(ids), "now": moment(now)}
        )
        return [row.id for row in found]

    async def find_created_before(
        self,
        connection: AsyncConnection,
        platform: str,
        state: str,
        *,
        before: datetime,
        count: int,
    ) -> list[tuple[int, int | None]]:
        """Deliveries in a state that were made before an instant: id and claim's token."""
        found = await connection.execute(
            self._created_before,
            {"platform": platform, "state": state, "before": moment(before), "count": count},
        )
        return [(row.id, row.claim_token) for row in found]

    async def pause_notices(self, connection: AsyncConnection, *, before: datetime) -> int:
        """Pause notices to everyone that were accepted before and are being expanded; how many."""
        done = await connection.execute(self._pause_notices, {"before": moment(before)})
        return done.rowcount

    async def find_accounts(
        self, connection: AsyncConnection, *, after: int, count: int
    ) -> list[int]:
        """The next account ids that deliveries name."""
        found = await connection.execute(self._accounts, {"after": after, "count": count})
        return [row.account_id for row in found]

    async def find_missing(
        self, connection: AsyncConnection, accounts: Collection[int]
    ) -> list[int]:
        """Those of these accounts that the panel does not have any more."""
        there = await connection.execute(self._there, {"ids": sorted(accounts)})
        return sorted({*accounts} - {row.id for row in there})

    async def find_unsent_of(
        self, connection: AsyncConnection, accounts: Collection[int], *, count: int
    ) -> list[int]:
        """Deliveries to these accounts that have not ended and that nobody is sending."""
        found = await connection.execute(
            self._of_accounts, {"accounts": sorted(accounts), "count": count}
        )
        return [row.id for row in found]

    async def find_old_notices(
        self,
        connection: AsyncConnection,
        *,
        behind: Place,
        before: datetime,
        now: datetime,
        count: int,
    ) -> tuple[list[OldNotice], Place | None]:
        """The next notices accepted before an instant, and where they end; None at the last."""
        found = await connection.execute(
            self._old_notices,
            {
                "at": moment(behind.at),
                "id": behind.id,
                "before": moment(before),
                "now": moment(now),
                "count": count,
            },
        )
        rows = found.all()
        notices = [OldNotice(row.id, bool(row.is_over)) for row in rows]
        return notices, _end(rows, "accepted_at", count)

    async def find_with_unfinished(
        self, connection: AsyncConnection, notices: Collection[int]
    ) -> set[int]:
        """Those of these notices that have deliveries which have not ended."""
        found = await connection.execute(self._with_unfinished, {"notices": sorted(notices)})
        return {row.notice_id for row in found}

    async def find_finished_of(
        self, connection: AsyncConnection, notices: Collection[int], *, count: int
    ) -> list[int]:
        """Deliveries of these notices that have ended."""
        found = await connection.execute(
            self._of_notices, {"notices": sorted(notices), "count": count}
        )
        return [row.id for row in found]

    async def remove_finished(self, connection: AsyncConnection, ids: Collection[int]) -> int:
        """Remove those of these deliveries that have ended; how many."""
        return (await connection.execute(self._remove_finished, {"ids": sorted(ids)})).rowcount

    async def remove_notices(self, connection: AsyncConnection, ids: Collection[int]) -> int:
        """Remove those of these notices that have no delivery; how many."""
        return (await connection.execute(self._remove_notices, {"ids": sorted(ids)})).rowcount

    async def find_old_actions(
        self,
        connection: AsyncConnection,
        state: str,
        *,
        after: int,
        before: datetime,
        count: int,
    ) -> tuple[list[int], int | None]:
        """
        Of the next actions that ended so, those that did before an instant, and the id to go on
        from; None when what follows was made later.
        """
        found = await connection.execute(
            self._actions,
            {"state": state, "after": after, "before": moment(before), "count": count},
        )
        rows = found.all()
        over = [row.id for row in rows if row.is_over]
        has_more = len(rows) == count and any(row.is_old for row in rows)
        return over, rows[-1].id if has_more else None

    async def find_idle_lanes(
        self, connection: AsyncConnection, *, behind: Place, before: datetime, count: int
    ) -> tuple[list[int], Place | None]:
        """Of the next lanes not used since an instant those that are empty, and where they end."""
        found = await connection.execute(
            self._idle_lanes,
            {
                "at": moment(behind.at),
                "id": behind.id,
                "before": moment(before),
                "count": count,
            },
        )
        rows = found.all()
        return [row.id for row in rows if not row.unfinished], _end(rows, "used_at", count)

    async def remove_lanes(
        self, connection: AsyncConnection, ids: Collection[int], *, before: datetime
    ) -> int:
        """
        Remove those of these lanes that are still empty and unused; how many.

        Whoever adds to a lane changes its row first. So he either comes before, and the lane is
        kept, or waits for this to be committed and makes a new lane; on a cluster one of the two
        is taken back and run again.
        """
        done = await connection.execute(
            self._remove_lanes, {"ids": sorted(ids), "before": moment(before)}
        )
        return done.rowcount


def _with(parameter: str, statement: str) -> TextClause:
    return text(statement).bindparams(bindparam(parameter, expanding=True))


def _seeking(columns: str, table: str, key: str, conditions: str) -> TextClause:
    """The next rows behind a `Place` in the order of `key` and id, many with one key or not."""
    order = f"ORDER BY {key}, id LIMIT :count"
    ahead = f"SELECT {columns} FROM {table} WHERE"  # noqa: S608 - text of this file
    return text(
        f"SELECT * FROM (SELECT * FROM ({ahead} {key} = :at AND id > :id{conditions} {order})"  # noqa: S608
        f" AS beside UNION ALL SELECT * FROM ({ahead} {key} > :at{conditions} {order}) AS behind)"
        f" AS page {order}"
    )


def _end(rows: Sequence[Any], column: str, count: int) -> Place | None:
    if len(rows) < count:
        return None
    return Place(known_instant(getattr(rows[-1], column)), rows[-1].id)
