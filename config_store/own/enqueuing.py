"""
Putting deliveries into the queue, each at the end of its lane.

A lane is what one recipient gets on one platform with one priority, in the order in which it was
accepted: its sequence is a counter in the lane's row, since ids follow no order on a cluster. Only
a lane's head is `waiting`, what stands behind it is `queued`. The lane's row is changed in the same
transaction, which makes those who add to one lane at the same moment wait for each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.json_rows import Dialect, json_rows, json_table, moment
from config_store.own.tables import OwnTables


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """
    A delivery that is to be made; `im_deliveries` says what its columns mean.

    `recipient`: whose lane it joins, the target if not given. Instants are aware.
    """

    platform: str
    target: str
    priority: str
    not_before: datetime
    expires_at: datetime
    notice_id: int | None = None
    account_id: int | None = None
    way: int = 0
    joins_others: bool = False
    action: str | None = None
    arguments: str | None = None
    recipient: str | None = None

    @property
    def lane(self) -> tuple[str, str, str]:
        return (self.platform, self.recipient or self.target, self.priority)


ARGUMENTS_LENGTH = 1000  # characters; a text without a limit would put each batch on disk

_LANE = {"platform": "VARCHAR(16)", "recipient": "VARCHAR(128)", "priority": "VARCHAR(16)"}
_GIVEN = {
    **_LANE,
    "target": "VARCHAR(128)",
    "notice_id": "BIGINT",
    "account_id": "BIGINT",
    "way": "INT",
    "not_before": "VARCHAR(32)",
    "expires_at": "VARCHAR(32)",
    "joins_others": "INT",
    "action": "VARCHAR(32)",
    "arguments": f"VARCHAR({ARGUMENTS_LENGTH})",
}


class Enqueuing:
    """Statements that put deliveries into lanes; two for any number to different recipients."""

    def __init__(self, tables: OwnTables, dialect: Dialect) -> None:
        lanes, deliveries = tables.lanes.name, tables.deliveries.name
        conflict = {
            "mysql": "ON DUPLICATE KEY UPDATE",
            "sqlite": "ON CONFLICT (platform, recipient, priority) DO UPDATE SET",
        }[dialect]
        self._join_lanes = text(
            f"INSERT INTO {lanes}"  # noqa: S608 - names of our own tables
            " (platform, recipient, priority, last_seq, unfinished, passed, used_at)"
            " SELECT platform, recipient, priority, 1, 1, 0, :now"
            f" FROM {json_table(dialect, 'rows', _LANE)} WHERE 1=1"
            f" {conflict} last_seq = {lanes}.last_seq + 1, unfinished = {lanes}.unfinished + 1,"
            " used_at = :now"
        )
        # A lane in which every unfinished one lets others pass has no head at the moment.
        self._add = text(
            f"INSERT INTO {deliveries}"  # noqa: S608 - names of our own tables
            " (notice_id, account_id, way, platform, target, priority, state, lane_id, seq,"
            " behind_lane, not_before, expires_at, joins_others, action, arguments, created_at)"
            " SELECT given.notice_id, given.account_id, given.way, given.platform, given.target,"
            " given.priority,"
            " CASE WHEN lane.unfinished - lane.passed = 1 THEN 'waiting' ELSE 'queued' END,"
            " lane.id, lane.last_seq,"
            " CASE WHEN lane.unfinished - lane.passed = 1 THEN NULL ELSE lane.id END,"
            " given.not_before, given.expires_at, given.joins_others, given.action,"
            " given.arguments, :now"
            f" FROM {json_table(dialect, 'rows', _GIVEN)}"
            f" {'STRAIGHT_JOIN' if dialect == 'mysql' else 'CROSS JOIN'} {lanes} AS lane"
            " ON lane.platform = given.platform AND lane.recipient = given.recipient"
            " AND lane.priority = given.priority"
        )
        locking = " FOR UPDATE" if dialect == "mysql" else ""
        self._ended = text(
            "SELECT delivery.platform, delivery.target, delivery.priority, lane.recipient"  # noqa: S608
            f" FROM {deliveries} AS delivery LEFT JOIN {lanes} AS lane"
            " ON lane.id = delivery.lane_id"
            f" WHERE delivery.id = :id AND delivery.state IN :former{locking}"
        ).bindparams(bindparam("former", expanding=True))
        self._has = text(
            f"SELECT 1 FROM {deliveries} WHERE notice_id = :notice_id"  # noqa: S608
            " AND account_id = :account_id AND way = :way"
        )
        its_lane = (
            f"FROM {lanes} AS lane WHERE lane.platform = :platform"
            " AND lane.recipient = :recipient AND lane.priority = :priority"
        )
        is_head = f"(SELECT lane.unfinished - lane.passed {its_lane}) = 1"
        self._back = text(
            f"UPDATE {deliveries} SET"  # noqa: S608 - names of our own tables
            f" state = CASE WHEN {is_head} THEN 'waiting' ELSE 'queued' END,"
            f" behind_lane = CASE WHEN {is_head} THEN NULL ELSE (SELECT lane.id {its_lane}) END,"
            f" lane_id = (SELECT lane.id {its_lane}), seq = (SELECT lane.last_seq {its_lane}),"
            " not_before = :now, expires_at = :expires_at, attempts = 0, first_tried_at = NULL,"
            " lost_claims = 0, lost_sends = 0, let_pass = 0, last_error = NULL, finished_at = NULL,"
            # What was put together with others begins anew, alone.
            " message_ids = CASE WHEN joined_to IS NULL THEN message_ids ELSE NULL END,"
            " joined_to = NULL WHERE id = :id"
        )

    async def has(
        self, connection: AsyncConnection, notice_id: int, account_id: int, *, way: int
    ) -> bool:
        """Whether there is a delivery of a notice to an account by a way already."""
        found = await connection.execute(
            self._has, {"notice_id": notice_id, "account_id": account_id, "way": way}
        )
        return found.first() is not None

    async def requeue(
        self,
        connection: AsyncConnection,
        delivery_id: int,
        *,
        former: Sequence[str],
        now: datetime,
        expires_at: datetime,
    ) -> bool:
        """
        Put a delivery that has ended in one of the `former` states to the end of its lane again.

        Within the caller's transaction; False if it is in none of them.
        """
        found = await connection.execute(self._ended, {"id": delivery_id, "former": list(former)})
        row = found.first()
        if row is None:
            return False
        lane = {
            "platform": row.platform,
            "recipient": row.recipient or row.target,
            "priority": row.priority,
        }
        await connection.execute(self._join_lanes, {"rows": json_rows([lane]), "now": moment(now)})
        done = await connection.execute(
            self._back,
            {**lane, "id": delivery_id, "now": moment(now), "expires_at": moment(expires_at)},
        )
        return done.rowcount == 1

    async def add(
        self, connection: AsyncConnection, deliveries: Sequence[NewDelivery], *, now: datetime
    ) -> None:
        """
        Add deliveries within the caller's transaction, in the order in which they are given.

        Raises:
            sqlalchemy.exc.IntegrityError: one of its notice and account is there already.
        """
        for round_ in _rounds(deliveries):
            rows = json_rows(_row(delivery) for delivery in round_)
            given = {"rows": rows, "now": moment(now)}
            await connection.execute(self._join_lanes, given)
            await connection.execute(self._add, given)


def _rounds(deliveries: Iterable[NewDelivery]) -> list[list[NewDelivery]]:
    """The deliveries in as few groups as hold each lane once; in one order for all who add."""
    rounds: list[list[NewDelivery]] = []
    depth: dict[tuple[str, str, str], int] = {}
    for delivery in deliveries:
        place = depth[delivery.lane] = depth.get(delivery.lane, -1) + 1
        if place == len(rounds):
            rounds.append([])
        rounds[place].append(delivery)
    for round_ in rounds:  # whoever locks lanes in the same order meets no deadlock
        round_.sort(key=lambda delivery: delivery.lane)
    return rounds


def _row(delivery: NewDelivery) -> dict[str, Any]:
    platform, recipient, priority = delivery.lane
    return {
        "platform": platform,
        "recipient": recipient,
        "priority": priority,
        "target": delivery.target,
        "notice_id": delivery.notice_id,
        "account_id": delivery.account_id,
        "way": delivery.way,
        "not_before": moment(delivery.not_before),
        "expires_at": moment(delivery.expires_at),
        "joins_others": int(delivery.joins_others),
        "action": delivery.action,
        "arguments": delivery.arguments,
    }
