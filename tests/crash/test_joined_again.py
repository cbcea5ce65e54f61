"""
A message of several notices that is sent again after a crash.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database
from config_store.own.claims import Claims
from config_store.own.tables import OwnTables

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LANE, HEAD, LAST = 9, 1, 5


def _row(number: int) -> dict[str, Any]:
    """A delivery of the lane that was tried together with the others before."""
    is_head = number == HEAD
    return {
        "id": number,
        "platform": "discord",
        "target": "1",
        "priority": "notice",
        "state": "waiting" if is_head else "queued",
        "lane_id": LANE,
        "behind_lane": None if is_head else LANE,
        "seq": number,
        "not_before": NOW.replace(tzinfo=None),
        "expires_at": (NOW + timedelta(hours=1)).replace(tzinfo=None),
        "created_at": NOW.replace(tzinfo=None),
        "joins_others": True,
        "joined_to": HEAD,
    }


@pytest.mark.parametrize("panel_url", ["mariadb"], indirect=True)
async def test_what_was_tried_together_is_never_taken_in_part(database: Database):
    """
    While another daemon holds a lock on a part of it, nothing of it is claimed: the rest would come
    as a message of its own, and a platform that knows the repeat could not tell.
    """
    own = OwnTables()
    claims = Claims(own, "user", database.dialect)
    await database.run(lambda it: it.run_sync(own.metadata.create_all))
    rows = [_row(number) for number in range(HEAD, LAST + 1)]
    await database.transact(lambda tx: tx.execute(insert(own.deliveries), rows))

    async def take(tx: AsyncConnection) -> list[int]:
        return await claims.take(
            tx, platform="discord", priority="notice", count=10, token=7, now=NOW
        )

    async def take_beside_a_lock(tx: AsyncConnection) -> list[int]:
        await tx.execute(text("SELECT id FROM im_deliveries WHERE id = 3 FOR UPDATE"))
        return await database.transact(take)

    meanwhile = await database.transact(take_beside_a_lock)
    afterwards = await database.transact(take)

    assert meanwhile == []
    assert afterwards == [row["id"] for row in rows]
