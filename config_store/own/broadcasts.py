"""
Notices to everyone as their operator sees them: how they stand, and which deliveries are at odds
with that.

All is found by the notice's key and the index on (`notice_id`, `state`) of its deliveries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.json_rows import instant, naive_utc
from config_store.own.tables import MOMENT, OwnTables

GOES_ON = ("expanding", "sweeping", "expanded")
"""The states of a notice in which nothing of it is held back."""

_AUDIENCE, _PRIORITY = "everyone", "broadcast"  # what `im_notices` says of them
_LATEST = 2000  # deliveries from which the present rate is taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """How many of the latest deliveries were sent within a period, and when the first was."""

    number: int
    first_at: datetime | None


class BroadcastTable:
    """Statements on notices to everyone and their deliveries, built once."""

    def __init__(self, tables: OwnTables) -> None:
        notices, deliveries = tables.notices.c, tables.deliveries.c
        of_notice = deliveries.notice_id == bindparam("of_notice")
        in_states = deliveries.state.in_(bindparam("states", expanding=True))
        self._change = (
            update(tables.notices)
            .where(notices.id == bindparam("of_notice"))
            .where(notices.audience == _AUDIENCE)
            .where(notices.state.in_(bindparam("former", expanding=True)))
            .values(
                state=bindparam("wanted"),
                expires_at=func.coalesce(bindparam("until", type_=MOMENT), notices.expires_at),
            )
        )

        def has(*states: str) -> ColumnElement[bool]:
            its = select(1).where(deliveries.notice_id == notices.id)
            return exists(its.where(deliveries.state.in_(states)))

        is_over = notices.expires_at <= bindparam("now")
        self._at_odds = (
            select(notices.id)
            .where(notices.state.in_(("paused", "cancelled", *GOES_ON)))
            .where(notices.priority == _PRIORITY)
            .where(
                or_(
                    and_(notices.state == "paused", has("waiting", "queued")),
                    and_(notices.state == "paused", is_over, has("paused")),
                    and_(notices.state == "cancelled", has("waiting", "queued", "paused")),
                    and_(notices.state.in_(GOES_ON), has("paused")),
                )
            )
            .limit(bindparam("count"))
        )
        self._find = (
            select(deliveries.id).where(of_notice).where(in_states).limit(bindparam("count"))
        )
        latest = (
            select(deliveries.finished_at)
            .where(of_notice)
            .where(deliveries.state == "sent")
            .order_by(deliveries.id.desc())
            .limit(_LATEST)
            .subquery()
        )
        number = func.count().label("number")
        self._recent = select(number, func.min(latest.c.finished_at).label("first_at")).where(
            latest.c.finished_at >= bindparam("since")
        )

    async def change(
        self,
        connection: AsyncConnection,
        notice_id: int,
        *,
        former: Sequence[str],
        wanted: str,
        expires_at: datetime | None = None,
    ) -> bool:
        """
        Bring a notice to everyone from one of the former states into another.

        `expires_at`: until when deliveries are made of it, if that changes. False if it was in
        none of the former states.
        """
        done = await connection.execute(
            self._change,
            {
                "of_notice": notice_id,
                "former": list(former),
                "wanted": wanted,
                "until": None if expires_at is None else naive_utc(expires_at),
            },
        )
        return done.rowcount == 1

    async def find_at_odds(
        self, connection: AsyncConnection, *, now: datetime, count: int
    ) -> list[int]:
        """
        The notices some of whose deliveries wait though they are held up or over, or are held back
        though they go on, or will never.
        """
        found = await connection.execute(self._at_odds, {"now": naive_utc(now), "count": count})
        return [row.id for row in found]

    async def find_deliveries(
        self, connection: AsyncConnection, notice_id: int, states: Sequence[str], count: int
    ) -> list[int]:
        """Up to `count` deliveries of a notice in these states."""
        found = await connection.execute(
            self._find, {"of_notice": notice_id, "states": list(states), "count": count}
        )
        return [row.id for row in found]

    async def find_recent(
        self, connection: AsyncConnection, notice_id: int, *, since: datetime
    ) -> Recent:
        """What was sent of a notice since an instant, among the latest that were sent."""
        found = await connection.execute(
            self._recent, {"of_notice": notice_id, "since": naive_utc(since)}
        )
        row = found.one()
        return Recent(number=row.number, first_at=instant(row.first_at))
