"""
Notices: what is to be said, to whom, and how far it has been turned into deliveries.

A dedupe key is unique in the database, so that a caller who does not know whether his notice was
accepted simply offers it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime

from sqlalchemy import RowMapping, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.json_rows import instant, known_instant, naive_utc
from config_store.own.tables import OwnTables


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotice:
    """A notice to be written. `audience_details`, `content`: JSON. Instants are aware."""

    kind: str
    audience: str
    audience_details: str
    content: str = field(repr=False)
    dedupe_key: str
    state: str
    priority: str
    is_silent: bool
    last_id: int = 0
    accepted_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice as it stands in the database. Instants are aware."""

    id: int
    kind: str
    audience: str
    audience_details: str
    content: str = field(repr=False)
    state: str
    priority: str
    is_silent: bool
    cursor_id: int
    last_id: int
    accepted_at: datetime
    expires_at: datetime
    expanded_at: datetime | None
    folded: str | None


class NoticeTable:
    """Statements on `im_notices`, built once."""

    def __init__(self, tables: OwnTables) -> None:
        notices = tables.notices
        columns = [column for column in notices.c if column.name != "dedupe_key"]
        its_id = notices.c.id == bindparam("notice_id")
        self._insert = insert(notices)
        self._by_key = select(notices.c.id).where(notices.c.dedupe_key == bindparam("dedupe_key"))
        self._by_ids = select(*columns).where(notices.c.id.in_(bindparam("ids", expanding=True)))
        self._expanding = (
            select(*columns)
            .where(notices.c.state.in_(("expanding", "sweeping")))
            .order_by(notices.c.priority, notices.c.id)  # alerts before broadcasts
            .limit(bindparam("count"))
        )
        self._advance = (
            update(notices)
            .where(its_id)
            .where(notices.c.state.in_(("expanding", "sweeping")))
            .where(notices.c.cursor_id == bindparam("seen"))
            .values(cursor_id=bindparam("reached"))
        )
        self._change_state = (
            update(notices)
            .where(its_id)
            .where(notices.c.state.in_(bindparam("former", expanding=True)))
            .values(
                state=bindparam("wanted"),
                cursor_id=bindparam("cursor"),
                expanded_at=bindparam("expanded"),
            )
        )

    async def add(self, connection: AsyncConnection, notice: NewNotice) -> tuple[int, bool]:
        """
        Write a notice within the caller's transaction; its id, and whether it is a new one.

        With a dedupe key that is there already nothing is written, and the first notice's id given.
        """
        known = await self.find_by_key(connection, notice.dedupe_key)
        if known is not None:
            return known, False
        values = {column.name: getattr(notice, column.name) for column in fields(notice)} | {
            "accepted_at": naive_utc(notice.accepted_at),
            "expires_at": naive_utc(notice.expires_at),
        }
        try:
            done = await connection.execute(self._insert, values)
        except IntegrityError:
            known = await self.find_by_key(connection, notice.dedupe_key)
            if known is None:
                raise
            return known, False
        return done.lastrowid, True

    async def find_by_key(self, connection: AsyncConnection, dedupe_key: str) -> int | None:
        """The id of the notice that was accepted with a dedupe key."""
        found = await connection.execute(self._by_key, {"dedupe_key": dedupe_key})
        return found.scalar()

    async def find(self, connection: AsyncConnection, ids: Sequence[int]) -> dict[int, Notice]:
        """Those notices that are there, by their ids."""
        if not ids:
            return {}
        found = await connection.execute(self._by_ids, {"ids": list(ids)})
        return {row["id"]: _notice(row) for row in found.mappings()}

    async def find_expanding(self, connection: AsyncConnection, count: int) -> list[Notice]:
        """The notices whose deliveries are not all made, the oldest first."""
        found = await connection.execute(self._expanding, {"count": count})
        return [_notice(row) for row in found.mappings()]

    async def advance(
        self, connection: AsyncConnection, notice_id: int, *, seen: int, reached: int
    ) -> bool:
        """
        Move the cursor over a notice's audience, if it still stands where it was seen.

        False if another daemon has moved it, or the notice was paused or cancelled.
        """
        done = await connection.execute(
            self._advance, {"notice_id": notice_id, "seen": seen, "reached": reached}
        )
        return done.rowcount == 1

    async def change_state(
        self,
        connection: AsyncConnection,
        notice_id: int,
        *,
        former: Sequence[str],
        wanted: str,
        cursor_id: int,
        expanded_at: datetime | None = None,
    ) -> bool:
        """
        Bring a notice from one of the former states into another, with its cursor at `cursor_id`.

        False if it was in none of them.
        """
        done = await connection.execute(
            self._change_state,
            {
                "notice_id": notice_id,
                "former": list(former),
                "wanted": wanted,
                "cursor": cursor_id,
                "expanded": None if expanded_at is None else naive_utc(expanded_at),
            },
        )
        return done.rowcount == 1


def _notice(row: RowMapping) -> Notice:
    return Notice(
        id=row["id"],
        kind=row["kind"],
        audience=row["audience"],
        audience_details=row["audience_details"],
        content=row["content"],
        state=row["state"],
        priority=row["priority"],
        is_silent=bool(row["is_silent"]),
        cursor_id=row["cursor_id"],
        last_id=row["last_id"],
        accepted_at=known_instant(row["accepted_at"]),
        expires_at=known_instant(row["expires_at"]),
        expanded_at=instant(row["expanded_at"]),
        folded=row["folded"],
    )
