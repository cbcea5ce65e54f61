"""
Claiming deliveries: which are due, who has them, and what becomes of those whose owner ended.

A claim is a token in the rows, and holds once its COMMIT is known to have been done: what was
claimed is read by the token afterwards, which also answers an unknown COMMIT. A claim takes heads
of lanes by (platform, state, priority) and `not_before`, so that it costs the same whatever waits.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.json_rows import Dialect, instant, known_instant, moment
from config_store.own.tables import OwnTables

PRIORITIES = ("action", "alert", "notice", "broadcast")
"""The most urgent first."""
JOINED_AT_ONCE = 200  # deliveries that are put together into one message at most
MOST_LOST_SENDS = 5  # times a delivery may take a daemon with it before it is set aside


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """
    A delivery that is ours. Instants are aware; `im_deliveries` says what the columns mean.

    `language`: that the target has chosen, None for no choice. `locale`: the account's, None
    without an account. `direct_channel`: where the target is written to, if that was learned
    before.
    """

    id: int
    token: int
    platform: str
    target: str
    priority: str
    lane_id: int
    notice_id: int | None
    account_id: int | None
    way: int
    expires_at: datetime
    attempts: int
    first_tried_at: datetime | None
    lost_claims: int
    lost_sends: int
    let_pass: bool
    follows: bool
    message_ids: str | None = field(repr=False)
    action: str | None
    arguments: str | None = field(repr=False)
    language: str | None
    locale: str | None
    direct_channel: str | None


class Claims:
    """Statements that take deliveries and give them back, built once."""

    def __init__(self, tables: OwnTables, user_table: str, dialect: Dialect) -> None:
        own, user = tables.deliveries.name, user_table
        locking = {"mysql": " FOR UPDATE SKIP LOCKED", "sqlite": ""}[dialect]
        self._due = text(
            f"SELECT id, lane_id, seq, joins_others, joined_to FROM {own}"  # noqa: S608 - names of our own tables
            " WHERE platform = :platform AND state = 'waiting' AND priority = :priority"
            f" AND not_before <= :now ORDER BY not_before LIMIT :count{locking}"
        )
        self._followers = text(
            f"SELECT id, joins_others, joined_to FROM {own}"  # noqa: S608 - names of our own tables
            " WHERE behind_lane = :lane AND seq > :seq AND state = 'queued'"
            f" ORDER BY seq LIMIT {JOINED_AT_ONCE}{locking}"
        )
        self._count_joined = text(
            f"SELECT COUNT(*) FROM {own}"  # noqa: S608 - names of our own tables
            " WHERE behind_lane = :lane AND seq > :seq AND state = 'queued' AND joined_to = :joined"
        )
        self._set_joined = _with_ids(
            f"UPDATE {own} SET joined_to = :head WHERE id IN :ids"  # noqa: S608
        )
        self._take = _with_ids(
            f"UPDATE {own} SET state = 'sending', claim_token = :token, is_marked = 0"  # noqa: S608
            " WHERE id IN :ids"
        )
        self._read = _with_ids(
            "SELECT delivery.id, delivery.platform, target, priority, lane_id,"  # noqa: S608
            " notice_id, account_id, way, expires_at, attempts, first_tried_at,"
            " lost_claims, lost_sends, let_pass, behind_lane, message_ids,"
            " action, arguments, person.language, account.locale, channel_id"
            f" FROM {own} AS delivery"
            f" LEFT JOIN {user} AS account ON account.id = delivery.account_id"
            f" LEFT JOIN {tables.people.name} AS person"
            " ON person.platform = delivery.platform AND person.platform_user = delivery.target"
            f" LEFT JOIN {tables.direct_channels.name} AS channel"
            " ON channel.platform = delivery.platform AND channel.user_id = delivery.target"
            " WHERE delivery.id IN :ids AND claim_token = :token ORDER BY seq"
        )
        self._mark = _with_ids(
            f"UPDATE {own} SET is_marked = 1 WHERE id IN :ids AND claim_token = :token"  # noqa: S608
        )
        self._sending = text(
            f"SELECT id, claim_token FROM {own}"  # noqa: S608 - names of our own tables
            " WHERE platform = :platform AND state = 'sending'"
        )
        self._free = text(
            f"UPDATE {own} SET lost_sends = lost_sends + is_marked,"  # noqa: S608
            " lost_claims = lost_claims + 1, may_be_double = 1, claim_token = NULL,"
            " state = CASE WHEN behind_lane IS NULL THEN 'waiting' ELSE 'queued' END"
            " WHERE id IN :ids AND claim_token IN :tokens AND state = 'sending'"
        ).bindparams(bindparam("ids", expanding=True), bindparam("tokens", expanding=True))
        self._count_waiting = text(
            f"SELECT COUNT(*) FROM (SELECT 1 FROM {own}"  # noqa: S608 - names of our own tables
            " WHERE platform = :platform AND state = 'waiting' AND priority = :priority"
            " LIMIT :most) AS counted"
        )
        dues = " UNION ALL ".join(
            f"SELECT * FROM (SELECT '{priority}' AS priority, not_before FROM {own}"  # noqa: S608
            f" WHERE platform = :platform AND state = 'waiting' AND priority = '{priority}'"
            " ORDER BY not_before LIMIT 1) AS first_of_" + priority
            for priority in PRIORITIES
        )
        self._next_due = text(dues)

    async def count_waiting(
        self, connection: AsyncConnection, platform: str, priority: str, *, most: int
    ) -> int:
        """How many wait on a platform in a priority, counted up to `most`."""
        found = await connection.execute(
            self._count_waiting, {"platform": platform, "priority": priority, "most": most}
        )
        return found.scalar() or 0

    async def next_due(
        self, connection: AsyncConnection, platform: str
    ) -> Sequence[tuple[str, datetime]]:
        """The priorities in which something waits on a platform, and since or until when."""
        found = await connection.execute(self._next_due, {"platform": platform})
        return [(row.priority, known_instant(row.not_before)) for row in found]

    async def take(
        self,
        connection: AsyncConnection,
        *,
        platform: str,
        priority: str,
        count: int,
        token: int,
        now: datetime,
    ) -> list[int]:
        """
        Claim up to `count` due heads of lanes, and what joins them; their ids.

        To be run in a transaction, and believed only by what `read` finds after its COMMIT.
        """
        found = await connection.execute(
            self._due,
            {"platform": platform, "priority": priority, "now": moment(now), "count": count},
        )
        ids: list[int] = []
        for head in found.all():
            ids += await self._join(connection, head) if head.joins_others else [head.id]
        if ids:
            await connection.execute(self._take, {"token": token, "ids": ids})
        return ids

    async def read(
        self, connection: AsyncConnection, ids: Collection[int], token: int
    ) -> list[Claimed]:
        """Those of `ids` that are claimed by this token, in the order of their lanes."""
        if not ids:
            return []
        found = await connection.execute(self._read, {"ids": list(ids), "token": token})
        return [_claimed(row, token) for row in found.mappings()]

    async def mark(self, connection: AsyncConnection, ids: Collection[int], token: int) -> bool:
        """Write down that these are being sent now; whether they are still ours."""
        done = await connection.execute(self._mark, {"ids": list(ids), "token": token})
        return done.rowcount == len(ids)

    async def find_sending(
        self, connection: AsyncConnection, platform: str
    ) -> list[tuple[int, int]]:
        """All that is claimed on a platform: id and token."""
        found = await connection.execute(self._sending, {"platform": platform})
        return [(row.id, row.claim_token) for row in found]

    async def free(self, connection: AsyncConnection, lost: Collection[tuple[int, int]]) -> int:
        """
        Give claims back whose owner is gone, each named by id and token; how many there were.

        One that was being sent counts as a possible double. To be run in a transaction that has
        fenced the role, so that an owner who only slept frees nothing.
        """
        if not lost:
            return 0
        given = {"ids": [id_ for id_, _ in lost], "tokens": [token for _, token in lost]}
        return (await connection.execute(self._free, given)).rowcount

    async def _join(self, connection: AsyncConnection, head: Any) -> list[int]:
        """
        Join what stands right behind a lane's head to it; the ids of all of these.

        What was tried together before stays together, without more or less: a platform that
        recognises the repeat would not show what has been added, and show once more what was left
        out. None of it while somebody holds a lock on a part, as a daemon does that was away and
        still tries to write down what came of it.
        """
        joining: list[int] = []
        behind = {"lane": head.lane_id, "seq": head.seq}
        for row in await connection.execute(self._followers, behind):
            if not row.joins_others or row.joined_to != head.joined_to:
                break
            joining.append(row.id)
        together = [head.id, *joining]
        if head.joined_to is None:
            await connection.execute(self._set_joined, {"head": head.id, "ids": together})
            return together
        joined = await connection.scalar(self._count_joined, {**behind, "joined": head.joined_to})
        return together if joined == len(joining) else []


def _with_ids(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("ids", expanding=True))


def _claimed(row: RowMapping, token: int) -> Claimed:
    return Claimed(
        id=row["id"],
        token=token,
        platform=row["platform"],
        target=row["target"],
        priority=row["priority"],
        lane_id=row["lane_id"],
        notice_id=row["notice_id"],
        account_id=row["account_id"],
        way=row["way"],
        expires_at=known_instant(row["expires_at"]),
        attempts=row["attempts"],
        first_tried_at=instant(row["first_tried_at"]),
        lost_claims=row["lost_claims"],
        lost_sends=row["lost_sends"],
        let_pass=bool(row["let_pass"]),
        follows=row["behind_lane"] is not None,
        message_ids=row["message_ids"],
        action=row["action"],
        arguments=row["arguments"],
        language=row["language"],
        locale=row["locale"],
        direct_channel=row["channel_id"],
    )
