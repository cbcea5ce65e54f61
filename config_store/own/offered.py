"""
People who were shown the site's page for binding, and accounts that the panel has bound since.

Those who wait are read by their step's index; whose they are by now, by the panel's index, a
statement for all users of a platform at once: texts of our tables and of the panel's have different
collations, and compared with each other they would use no index.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.conversations import Conversation, read_conversation
from config_store.own.json_rows import naive_utc
from config_store.own.tables import OwnTables
from config_store.panel.accounts import IM_TYPES
from config_store.panel.tables import PanelTables


@dataclass(frozen=True, slots=True)
class BoundInPanel:
    """An account whose columns in the panel name a user of a platform."""

    account_id: int
    user_name: str


class OfferedTable:
    """Statements on `im_conversations` and `user`, built once."""

    def __init__(self, tables: OwnTables, panel: PanelTables) -> None:
        table, user = tables.conversations.c, panel.user.c
        self._waiting = (
            select(tables.conversations)
            .where(table.step == bindparam("its_step"))
            .where(table.expires_at > bindparam("behind"))
            .order_by(table.expires_at)
            .limit(bindparam("count"))
        )
        self._bound = (
            select(user.id, user.user_name, user.im_value)
            .where(user.im_type == bindparam("im_type"))
            .where(user.im_value.in_(bindparam("users", type_=String(), expanding=True)))
        )

    async def find_waiting(
        self, connection: AsyncConnection, step: str, *, behind: datetime, count: int
    ) -> list[Conversation]:
        """Dialogues at a step that expire after `behind`, those that expire first."""
        found = await connection.execute(
            self._waiting, {"its_step": step, "behind": naive_utc(behind), "count": count}
        )
        return [read_conversation(row.platform, row.target, row.person, row) for row in found]

    async def find_bound(
        self, connection: AsyncConnection, platform: str, user_ids: Collection[str]
    ) -> dict[str, BoundInPanel]:
        """
        Those of these users of a platform that the panel has bound, each to one account.

        Of a user with several accounts it is not known who he is: he is left out.
        """
        values = {"im_type": IM_TYPES[platform], "users": sorted(set(user_ids))}
        bound: dict[str, list[BoundInPanel]] = {}
        for row in await connection.execute(self._bound, values):
            bound.setdefault(row.im_value, []).append(BoundInPanel(row.id, row.user_name))
        return {user: them[0] for user, them in bound.items() if len(them) == 1}
