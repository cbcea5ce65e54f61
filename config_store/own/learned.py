"""
What platforms taught us about targets: a user's direct channel, a group's new id.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.json_rows import Dialect, json_rows, json_table, moment
from config_store.own.tables import OwnTables

_CHANNEL = {
    "platform": "VARCHAR(16)",
    "user_id": "VARCHAR(64)",
    "channel_id": "VARCHAR(64)",
}


class LearnedTargets:
    """
    Statements on `im_direct_channels` and `im_moved_targets`, built once.

    `config_table`: the panel's, which names the site's Telegram group.
    """

    def __init__(self, tables: OwnTables, config_table: str, dialect: Dialect) -> None:
        channels, moved = tables.direct_channels.name, tables.moved_targets.name
        replacing = {"mysql": "REPLACE", "sqlite": "INSERT OR REPLACE"}[dialect]
        self._keep_channels = text(
            f"{replacing} INTO {channels} (platform, user_id, channel_id)"  # noqa: S608
            f" SELECT platform, user_id, channel_id FROM {json_table(dialect, 'rows', _CHANNEL)}"
        )
        self._keep_move = text(
            f"{replacing} INTO {moved} (platform, target, new_target, moved_at)"
            " VALUES (:platform, :target, :new_target, :now)"
        )
        self._move_site_group = text(
            f"UPDATE {config_table} SET value = :new"  # noqa: S608 - the name of a table
            " WHERE item = 'telegram_chatid' AND value = :old"
        )
        table = tables.moved_targets.c
        self._moves = select(table.target, table.new_target).where(
            table.platform == bindparam("platform")
        )

    async def keep_channels(
        self, connection: AsyncConnection, channels: Sequence[tuple[str, str, str]]
    ) -> None:
        """Keep where users are written to: platform, user id and channel id of each."""
        rows = json_rows(
            {"platform": platform, "user_id": user_id, "channel_id": channel_id}
            for platform, user_id, channel_id in sorted(set(channels))
        )
        await connection.execute(self._keep_channels, {"rows": rows})

    async def keep_move(
        self,
        connection: AsyncConnection,
        *,
        platform: str,
        target: str,
        new_target: str,
        now: datetime,
    ) -> None:
        """Keep that a target has another id now."""
        await connection.execute(
            self._keep_move,
            {
                "platform": platform,
                "target": target,
                "new_target": new_target,
                "now": moment(now),
            },
        )

    async def move_site_group(
        self, connection: AsyncConnection, *, target: str, new_target: str
    ) -> None:
        """Have the panel's setting name the site's Telegram group by its new id."""
        await connection.execute(self._move_site_group, {"old": target, "new": new_target})

    async def find_moves(self, connection: AsyncConnection, platform: str) -> Mapping[str, str]:
        """The targets of a platform that have another id now, and which."""
        found = await connection.execute(self._moves, {"platform": platform})
        return {row.target: row.new_target for row in found}
