"""
The languages that users of platforms have chosen, bound or not. Each change is one statement.
"""

from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import is_rerun
from config_store.own.json_rows import Dialect
from config_store.own.tables import OwnTables


class PeopleTable:
    """Statements on `im_people`, built once."""

    def __init__(self, tables: OwnTables, dialect: Dialect) -> None:
        table, name = tables.people.c, tables.people.name
        its_key = (table.platform == bindparam("platform")) & (
            table.platform_user == bindparam("platform_user")
        )
        clash = {
            "mysql": "ON DUPLICATE KEY UPDATE language = VALUES(language)",
            "sqlite": "ON CONFLICT DO UPDATE SET language = excluded.language",
        }[dialect]
        self._language = select(table.language).where(its_key)
        self._choose = text(
            f"INSERT INTO {name} (platform, platform_user, language)"  # noqa: S608 - our own table
            f" SELECT :platform, :platform_user, :language WHERE NOT EXISTS (SELECT 1 FROM {name}"
            " WHERE platform = :platform AND platform_user = :platform_user"
            f" AND language = :language) {clash}"
        )
        self._forget = delete(tables.people).where(its_key)

    async def find_language(
        self, connection: AsyncConnection, platform: str, user_id: str
    ) -> str | None:
        """The language that a user of a platform has chosen, None for no choice."""
        return await connection.scalar(
            self._language, {"platform": platform, "platform_user": user_id}
        )

    async def choose(
        self, connection: AsyncConnection, platform: str, user_id: str, language: str
    ) -> bool:
        """Keep a person's choice; False if it was that one already."""
        done = await connection.execute(
            self._choose, {"platform": platform, "platform_user": user_id, "language": language}
        )
        # What broke off after it was sent may have been done: then nothing is left to be changed.
        return done.rowcount > 0 or is_rerun(connection)

    async def forget(self, connection: AsyncConnection, platform: str, user_id: str) -> bool:
        """Forget a person's choice; False if there was none."""
        keys = {"platform": platform, "platform_user": user_id}
        done = await connection.execute(self._forget, keys)
        return done.rowcount > 0 or is_rerun(connection)
