"""
Ending deliveries, or putting them back, and letting the next one of each lane go.

What several tries came to is written as one transaction, however many they are: who is still ours
is found by id and token, the rest was another's meanwhile and is left alone.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.json_rows import Dialect, moment
from config_store.own.tables import OwnTables, using_index

ERROR_LENGTH = 500  # characters of `last_error`
_FEW = 40  # rows of which much is written: the statement names what is given a dozen times


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """
    What is to be written of one claimed delivery. Instants are aware.

    `state`: an end, or `waiting` for another try from `not_before` on. `was_tried`: the platform
    saw it. `let_pass`: later ones of its lane need not wait for it any more. `splits`: it is not
    put together with others again. What is None stays.
    """

    id: int
    token: int
    state: str
    was_tried: bool = True
    not_before: datetime | None = None
    error: str | None = None
    message_ids: str | None = None
    target: str | None = None
    may_be_double: bool = False
    let_pass: bool = False
    splits: bool = False

    @property
    def is_end(self) -> bool:
        return self.state != "waiting"


@dataclass(frozen=True, slots=True)
class Row:
    """An unfinished delivery whose row is locked, with what its lane says."""

    id: int
    token: int | None
    lane_id: int
    let_pass: bool


class Settling:
    """Statements that end deliveries, built once."""

    def __init__(self, tables: OwnTables, dialect: Dialect) -> None:
        own, lanes = tables.deliveries.name, tables.lanes.name
        locking = " FOR UPDATE" if dialect == "mysql" else ""
        self._lock_claimed = _with_ids(
            f"SELECT id, claim_token, lane_id, let_pass FROM {own}"  # noqa: S608
            f" WHERE id IN :ids AND state = 'sending' ORDER BY id{locking}"
        )
        self._lock_unclaimed = _with_ids(
            f"SELECT id, claim_token, lane_id, let_pass FROM {own}"  # noqa: S608
            f" WHERE id IN :ids AND state IN :states ORDER BY id{locking}"
        ).bindparams(bindparam("states", expanding=True))
        self._settle = _with_ids(_updating(dialect, own, _SETTLED))
        self._settle_sent = _with_ids(_updating(dialect, own, _SENT))
        self._change_lanes = _with_ids(
            f"UPDATE {lanes} SET unfinished = unfinished - :ended, passed = passed + :passed"  # noqa: S608
            " WHERE id IN :ids"
        )
        self._find_unfinished = _with_ids(
            f"SELECT id, unfinished, passed FROM {lanes} WHERE id IN :ids AND unfinished > 0"  # noqa: S608
        )
        self._find_next = _with_ids(
            "SELECT behind_lane, COUNT(*) AS behind, SUM(let_pass) AS passed,"  # noqa: S608
            " MIN(CASE WHEN state = 'queued' AND let_pass = 0 THEN seq END) AS first_unpassed,"
            " MIN(CASE WHEN state = 'queued' THEN seq END) AS first"
            f" FROM {own}{using_index(dialect, own, 'behind')}"
            " WHERE behind_lane IN :ids GROUP BY behind_lane"
        )
        self._let_go = text(
            f"UPDATE {own} SET state = 'waiting', behind_lane = NULL"  # noqa: S608
            " WHERE behind_lane = :lane AND seq = :seq AND state = 'queued'"
        )
        self._end_unclaimed = _with_ids(
            f"UPDATE {own} SET state = :state, behind_lane = NULL, finished_at = :now,"  # noqa: S608
            " last_error = COALESCE(:error, last_error) WHERE id IN :ids"
        )

        self._pause = _with_ids(
            f"UPDATE {own} SET state = 'paused', behind_lane = NULL, let_pass = 1"  # noqa: S608
            " WHERE id IN :ids"
        )
        is_head = "lane.unfinished - lane.passed = 1"
        back = (
            f"state = CASE WHEN {is_head} THEN 'waiting' ELSE 'queued' END,"
            f" behind_lane = CASE WHEN {is_head} THEN NULL ELSE lane.id END, let_pass = 0,"
            " expires_at = CASE WHEN expires_at < :expires_at THEN :expires_at ELSE expires_at END"
        )
        self._resume = _with_ids(
            {
                "mysql": f"UPDATE {own} AS own JOIN {lanes} AS lane ON lane.id = own.lane_id"  # noqa: S608
                f" SET {back} WHERE own.id IN :ids",
                "sqlite": f"UPDATE {own} AS own SET {back} FROM {lanes} AS lane"  # noqa: S608
                " WHERE lane.id = own.lane_id AND own.id IN :ids",
            }[dialect]
        )

    async def settle(
        self, connection: AsyncConnection, settlements: Sequence[Settlement], *, now: datetime
    ) -> set[int]:
        """
        Write what tries came to; the ids of those that were still ours.

        Within the caller's transaction. Deliveries that were put together into one message are
        settled by the same call.
        """
        tokens = {each.id: each.token for each in settlements}
        found = await connection.execute(self._lock_claimed, {"ids": list(tokens)})
        ours = {row.id: row for row in _rows(found) if row.token == tokens[row.id]}
        written = [each for each in settlements if each.id in ours]
        await self._write(connection, written, now)
        ended = [ours[each.id] for each in written if each.is_end]
        passing = [
            ours[each.id]
            for each in written
            if not each.is_end and each.let_pass and not ours[each.id].let_pass
        ]
        await self._leave(connection, ended, passing)
        return set(ours)

    async def end_unclaimed(
        self,
        connection: AsyncConnection,
        ids: Collection[int],
        *,
        state: str,
        error: str | None,
        now: datetime,
    ) -> int:
        """End deliveries that nobody is sending, within the caller's transaction; how many."""
        rows = await self._lock(connection, ids, ("waiting", "queued", "paused"))
        if not rows:
            return 0
        await connection.execute(
            self._end_unclaimed,
            {
                "ids": [row.id for row in rows],
                "state": state,
                "error": error,
                "now": moment(now),
            },
        )
        await self._leave(connection, rows, ())
        return len(rows)

    async def pause(self, connection: AsyncConnection, ids: Collection[int]) -> int:
        """
        Hold deliveries back that nobody is sending, within the caller's transaction; how many.

        Later ones of their lanes need not wait for them.
        """
        rows = await self._lock(connection, ids, ("waiting", "queued"))
        if rows:
            await connection.execute(self._pause, {"ids": [row.id for row in rows]})
            await self._leave(connection, (), [row for row in rows if not row.let_pass])
        return len(rows)

    async def resume(
        self, connection: AsyncConnection, ids: Collection[int], *, expires_at: datetime
    ) -> int:
        """
        Let deliveries go that were held back, within the caller's transaction; how many.

        Each takes its old place in its lane. `expires_at`: until when they are worth being told,
        if that is later than before.
        """
        rows = await self._lock(connection, ids, ("paused",))
        if not rows:
            return 0
        unpassed = Counter(row.lane_id for row in rows)
        await self._change(connection, {lane: (0, -count) for lane, count in unpassed.items()})
        done = await connection.execute(
            self._resume, {"ids": [row.id for row in rows], "expires_at": moment(expires_at)}
        )
        await self._let_heads_go(connection, sorted(unpassed))
        return done.rowcount

    async def _write(
        self, connection: AsyncConnection, settlements: Sequence[Settlement], now: datetime
    ) -> None:
        """What was sent, which is most of it, by a statement that reads little of each row."""
        sent = [each for each in settlements if _is_plainly_sent(each)]
        others = [each for each in settlements if not _is_plainly_sent(each)]
        few = [others[start : start + _FEW] for start in range(0, len(others), _FEW)]
        for statement, group in ((self._settle_sent, sent), *((self._settle, g) for g in few)):
            if group:
                given = {
                    "ids": [each.id for each in group],
                    "rows": json.dumps({each.id: _given(each) for each in group}),
                    "now": moment(now),
                }
                await connection.execute(statement, given)

    async def _change(
        self, connection: AsyncConnection, changes: Mapping[int, tuple[int, int]]
    ) -> None:
        """Change the counts of lanes: by how many fewer are unfinished, and how many more pass."""
        alike: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        for lane in sorted(changes):
            alike[changes[lane]].append(lane)
        for (ended, passed), ids in alike.items():
            await connection.execute(
                self._change_lanes, {"ids": ids, "ended": ended, "passed": passed}
            )

    async def _lock(
        self, connection: AsyncConnection, ids: Collection[int], states: Sequence[str]
    ) -> list[Row]:
        given = {"ids": list(ids), "states": states}
        return _rows(await connection.execute(self._lock_unclaimed, given))

    async def _leave(
        self, connection: AsyncConnection, ended: Iterable[Row], passing: Iterable[Row]
    ) -> None:
        """Take ended deliveries out of their lanes' counts, and let the next ones go."""
        ends, passes = Counter[int](), Counter[int]()
        for row in ended:
            ends[row.lane_id] += 1
            passes[row.lane_id] -= row.let_pass
        for row in passing:
            passes[row.lane_id] += 1
        lanes = sorted(ends.keys() | passes.keys())
        if not lanes:
            return
        await self._change(connection, {lane: (ends[lane], passes[lane]) for lane in lanes})
        await self._let_heads_go(connection, lanes)

    async def _let_heads_go(self, connection: AsyncConnection, lanes: Sequence[int]) -> None:
        """
        Let the next one go in each of these lanes that has none before it.

        What let others pass and waits behind another was put together with that one. It goes when
        there is nothing before it at all.
        """
        lanes_in_use = {
            row.id: row
            for row in await connection.execute(self._find_unfinished, {"ids": list(lanes)})
        }
        if not lanes_in_use:
            return
        for row in await connection.execute(self._find_next, {"ids": list(lanes_in_use)}):
            lane = lanes_in_use[row.behind_lane]
            heads = lane.unfinished - row.behind
            unpassed_heads = heads - (lane.passed - row.passed)
            next_one = None
            if unpassed_heads == 0:
                next_one = row.first_unpassed
            if next_one is None and heads == 0:
                next_one = row.first
            if next_one is not None:
                await connection.execute(self._let_go, {"lane": lane.id, "seq": next_one})


_SETTLED = {
    "state": "CASE WHEN {is_end} = 0 AND behind_lane IS NOT NULL THEN 'queued' ELSE {state} END",
    "behind_lane": "CASE WHEN {is_end} = 1 THEN NULL ELSE behind_lane END",
    "claim_token": "NULL",
    "attempts": "attempts + {was_tried}",
    "first_tried_at": "CASE WHEN {was_tried} = 1 THEN COALESCE(first_tried_at, :now)"
    " ELSE first_tried_at END",
    "not_before": "COALESCE({not_before}, not_before)",
    "last_error": "COALESCE({error}, last_error)",
    "message_ids": "CASE WHEN {splits} = 1 THEN NULL ELSE COALESCE({message_ids}, message_ids) END",
    "joins_others": "CASE WHEN {splits} = 1 THEN 0 ELSE joins_others END",
    "joined_to": "CASE WHEN {splits} = 1 THEN NULL ELSE joined_to END",
    "target": "COALESCE({target}, target)",
    "may_be_double": "CASE WHEN {may_be_double} = 1 THEN 1 ELSE may_be_double END",
    "let_pass": "CASE WHEN {let_pass} = 1 THEN 1 ELSE let_pass END",
    "finished_at": "CASE WHEN {is_end} = 1 THEN :now ELSE NULL END",
}
"""None reads a column that stands before it: engines differ in which value it would see."""
_SENT = {
    "state": "'sent'",
    "behind_lane": "NULL",
    "claim_token": "NULL",
    "attempts": "attempts + 1",
    "first_tried_at": "COALESCE(first_tried_at, :now)",
    "message_ids": "{message_ids}",
    "finished_at": ":now",
}


def _updating(dialect: Dialect, table: str, values: dict[str, str]) -> str:
    """
    An update of rows by their ids, where `{name}` is what the object `rows` says of a row.

    Not a join with JSON_TABLE: MariaDB would write a temporary table to disk.
    """
    reading, joined = {
        "mysql": ("JSON_VALUE", "CONCAT('$.\"', id, '\".{}')"),
        "sqlite": ("json_extract", "'$.\"' || id || '\".{}'"),
    }[dialect]
    names = ("state", "is_end", "was_tried", "not_before", "error", "message_ids", "target")
    given = {
        name: f"{reading}(:rows, {joined.format(name)})"
        for name in (*names, "may_be_double", "let_pass", "splits")
    }
    sets = ", ".join(f"{column} = {value.format(**given)}" for column, value in values.items())
    return f"UPDATE {table} SET {sets} WHERE id IN :ids"  # noqa: S608 - text of this program


def _is_plainly_sent(settlement: Settlement) -> bool:
    return (
        settlement.state == "sent"
        and settlement.was_tried
        and settlement.error is None
        and settlement.target is None
    )


def _with_ids(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("ids", expanding=True))


def _rows(found: Any) -> list[Row]:
    return [Row(row.id, row.claim_token, row.lane_id, bool(row.let_pass)) for row in found]


def _given(settlement: Settlement) -> dict[str, Any]:
    error = settlement.error
    if _is_plainly_sent(settlement):
        return {"message_ids": settlement.message_ids}
    return {
        "state": settlement.state,
        "is_end": int(settlement.is_end),
        "was_tried": int(settlement.was_tried),
        "not_before": None if settlement.not_before is None else moment(settlement.not_before),
        "error": None if error is None else error[:ERROR_LENGTH],
        "message_ids": settlement.message_ids,
        "target": settlement.target,
        "may_be_double": int(settlement.may_be_double),
        "let_pass": int(settlement.let_pass),
        "splits": int(settlement.splits),
    }
