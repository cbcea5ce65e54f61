"""
Reading the queue for those who look after it: how much waits, pages of deliveries, a single one.

Counts and pages are taken from one index, (platform, state, priority, `not_before`): they read as
much of it as they tell about, however many deliveries are kept. What has ended is therefore
dated by `not_before`, the time from which on its last try was due.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import RowMapping, TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.claims import PRIORITIES
from config_store.own.json_rows import instant, known_instant, moment
from config_store.own.tables import OwnTables


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """
    Deliveries of one platform, state and priority.

    `first_id`, `first_due`: the lowest id and the earliest `not_before` among them.
    """

    platform: str
    state: str
    priority: str
    number: int
    first_id: int
    first_due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """
    A delivery as it stands in the database; `im_deliveries` says what the columns mean.

    `kind`: its notice's, None for a deferred action.
    """

    id: int
    notice_id: int | None
    kind: str | None
    action: str | None
    account_id: int | None
    way: int
    platform: str
    target: str
    priority: str
    state: str
    lane_id: int
    seq: int
    attempts: int
    lost_claims: int
    may_be_double: bool
    message_ids: tuple[str, ...] = field(default=())
    last_error: str | None
    created_at: datetime
    not_before: datetime
    expires_at: datetime
    first_tried_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page of deliveries ends: the next one begins behind it."""

    not_before: datetime
    id: int


_BEHIND_ALL = 2**63 - 1  # an id

_COLUMNS = (
    "delivery.id, delivery.notice_id, notice.kind, delivery.action, delivery.account_id,"
    " delivery.way, delivery.platform, delivery.target, delivery.priority, delivery.state,"
    " delivery.lane_id, delivery.seq, delivery.attempts, delivery.lost_claims,"
    " delivery.may_be_double, delivery.message_ids, delivery.last_error, delivery.created_at,"
    " delivery.not_before, delivery.expires_at, delivery.first_tried_at, delivery.finished_at"
)


class Looking:
    """Statements that read `im_deliveries` and change nothing."""

    def __init__(self, tables: OwnTables) -> None:
        self._own = own = tables.deliveries.name
        self._notices = notices = tables.notices.name
        counting = (
            "SELECT platform, state, priority, COUNT(*) AS number, MIN(id) AS first_id,"  # noqa: S608
            f" MIN(not_before) AS first_due FROM {own}"
            " WHERE platform IN :platforms AND state IN :states"
        )
        grouping = " GROUP BY platform, state, priority"
        self._count = _with_lists(counting + grouping, "platforms", "states")
        self._count_since = _with_lists(
            f"{counting} AND priority IN :priorities AND not_before >= :since{grouping}",
            "platforms",
            "states",
            "priorities",
        )
        self._accepted = _with_lists(
            f"SELECT id, created_at FROM {own} WHERE id IN :ids",  # noqa: S608 - as said above
            "ids",
        )
        self._one = text(
            f"SELECT {_COLUMNS} FROM {own} AS delivery"  # noqa: S608 - names of our own tables
            f" LEFT JOIN {notices} AS notice ON notice.id = delivery.notice_id"
            " WHERE delivery.id = :id"
        )
        self._ahead = text(
            f"SELECT COUNT(*) FROM {own} WHERE behind_lane = :lane AND seq < :seq"  # noqa: S608
        )
        self._count_notices = _with_lists(
            f"SELECT state, COUNT(*) AS number FROM {notices}"  # noqa: S608 - as said above
            " WHERE state IN :states GROUP BY state",
            "states",
        )

    async def count(
        self, connection: AsyncConnection, platforms: Sequence[str], states: Sequence[str]
    ) -> list[Count]:
        """All deliveries in these states."""
        found = await connection.execute(self._count, {"platforms": platforms, "states": states})
        return [_count(row) for row in found.mappings()]

    async def count_since(
        self,
        connection: AsyncConnection,
        platforms: Sequence[str],
        states: Sequence[str],
        since: datetime,
    ) -> list[Count]:
        """The deliveries in these states whose last try was due at `since` or later."""
        found = await connection.execute(
            self._count_since,
            {
                "platforms": platforms,
                "states": states,
                "priorities": PRIORITIES,
                "since": moment(since),
            },
        )
        return [_count(row) for row in found.mappings()]

    async def count_notices(
        self, connection: AsyncConnection, states: Sequence[str]
    ) -> dict[str, int]:
        """How many notices are in each of these states."""
        found = await connection.execute(self._count_notices, {"states": states})
        return {row.state: row.number for row in found}

    async def accepted_at(
        self, connection: AsyncConnection, ids: Collection[int]
    ) -> dict[int, datetime]:
        """When each of these deliveries was put into the queue."""
        if not ids:
            return {}
        found = await connection.execute(self._accepted, {"ids": list(ids)})
        return {row.id: known_instant(row.created_at) for row in found}

    async def find(self, connection: AsyncConnection, delivery_id: int) -> Delivery | None:
        """One delivery."""
        found = await connection.execute(self._one, {"id": delivery_id})
        row = found.mappings().first()
        return None if row is None else _delivery(row)

    async def count_ahead(self, connection: AsyncConnection, delivery: Delivery) -> int:
        """How many have to end before a delivery that waits for earlier ones of its lane."""
        found = await connection.execute(
            self._ahead, {"lane": delivery.lane_id, "seq": delivery.seq}
        )
        return 1 + (found.scalar() or 0)

    async def find_page(
        self,
        connection: AsyncConnection,
        *,
        platforms: Sequence[str],
        states: Sequence[str],
        before: Cursor | None,
        limit: int,
    ) -> list[Delivery]:
        """Deliveries by the time at which each is or was due last, the latest first."""
        values = {"limit": limit}
        if before is not None:
            values |= {"at": moment(before.not_before), "id": before.id}
        statement = self._page(platforms, states, is_first=before is None)
        found = await connection.execute(statement, values)
        return [_delivery(row) for row in found.mappings()]

    async def find_page_of_notice(
        self,
        connection: AsyncConnection,
        notice_id: int,
        *,
        platforms: Sequence[str],
        states: Sequence[str],
        before: Cursor | None,
        limit: int,
    ) -> list[Delivery]:
        """A notice's deliveries by the order in which they were made, the latest first."""
        values = {
            "notice": notice_id,
            "platforms": platforms,
            "limit": limit,
            "id": _BEHIND_ALL if before is None else before.id,
        }
        found = await connection.execute(self._page_of_notice(states), values)
        return [_delivery(row) for row in found.mappings()]

    def _page_of_notice(self, states: Sequence[str]) -> TextClause:
        """As `_page`; of (`notice_id`, state) each stretch is in the order of ids by itself."""
        stretches = " UNION ALL ".join(
            f"SELECT * FROM (SELECT id FROM {self._own}"  # noqa: S608 - as said there
            f" WHERE notice_id = :notice AND state = '{state}' AND id < :id"
            f" AND platform IN :platforms ORDER BY id DESC LIMIT :limit) AS stretch_{number}"
            for number, state in enumerate(states)
        )
        return _with_lists(
            f"SELECT {_COLUMNS} FROM"  # noqa: S608 - names of our own tables
            f" (SELECT * FROM ({stretches}) AS stretches ORDER BY id DESC LIMIT :limit) AS page"
            f" JOIN {self._own} AS delivery ON delivery.id = page.id"
            f" LEFT JOIN {self._notices} AS notice ON notice.id = delivery.notice_id"
            " ORDER BY page.id DESC",
            "platforms",
        )

    def _page(
        self, platforms: Sequence[str], states: Sequence[str], *, is_first: bool
    ) -> TextClause:
        """
        A look into each stretch of the index, and of what they give the first ones.

        The words are this program's own, checked by the caller.
        """
        behind = "" if is_first else " AND not_before <= :at AND (not_before < :at OR id < :id)"
        order = "ORDER BY not_before DESC, id DESC"
        stretches = " UNION ALL ".join(
            f"SELECT * FROM (SELECT id, not_before FROM {self._own}"  # noqa: S608
            f" WHERE platform = '{platform}' AND state = '{state}' AND priority = '{priority}'"
            f"{behind} {order} LIMIT :limit) AS stretch_{number}_{place}"
            for number, (platform, state) in enumerate(
                (platform, state) for platform in platforms for state in states
            )
            for place, priority in enumerate(PRIORITIES)
        )
        return text(
            f"SELECT {_COLUMNS} FROM"  # noqa: S608 - names of our own tables
            f" (SELECT * FROM ({stretches}) AS stretches {order} LIMIT :limit) AS page"
            f" JOIN {self._own} AS delivery ON delivery.id = page.id"
            f" LEFT JOIN {self._notices} AS notice ON notice.id = delivery.notice_id"
            " ORDER BY page.not_before DESC, page.id DESC"
        )


def _with_lists(statement: str, *names: str) -> TextClause:
    made = text(statement)
    for name in names:
        made = made.bindparams(bindparam(name, expanding=True))
    return made


def _count(row: RowMapping) -> Count:
    return Count(
        platform=row["platform"],
        state=row["state"],
        priority=row["priority"],
        number=row["number"],
        first_id=row["first_id"],
        first_due=known_instant(row["first_due"]),
    )


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(
        id=row["id"],
        notice_id=row["notice_id"],
        kind=row["kind"],
        action=row["action"],
        account_id=row["account_id"],
        way=row["way"],
        platform=row["platform"],
        target=row["target"],
        priority=row["priority"],
        state=row["state"],
        lane_id=row["lane_id"],
        seq=row["seq"],
        attempts=row["attempts"],
        lost_claims=row["lost_claims"],
        may_be_double=bool(row["may_be_double"]),
        message_ids=tuple(json.loads(row["message_ids"] or "[]")),
        last_error=row["last_error"],
        created_at=known_instant(row["created_at"]),
        not_before=known_instant(row["not_before"]),
        expires_at=known_instant(row["expires_at"]),
        first_tried_at=instant(row["first_tried_at"]),
        finished_at=instant(row["finished_at"]),
    )
