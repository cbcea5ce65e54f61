"""
Which messages show a password at the moment: marks among the rows of `im_conversations`.

A mark stands in the message's chat under a name of the message's own, so that it meets no dialogue
of a person there. A message that shows a password once more gets a new mark: what was to hide the
former finds another one and leaves it alone.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.conversations import ConversationTable
from config_store.own.json_rows import Dialect
from config_store.own.tables import OwnTables

STEP = "password_shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPassword:
    """A message of a chat. `target`: the chat."""

    platform: str
    target: str
    message_id: str

    @property
    def key(self) -> dict[str, str]:
        """Its mark's key."""
        name = f"message {self.message_id}"
        return {"platform": self.platform, "target": self.target, "person": name}


class ShownPasswordTable:
    """Statements on marks, built once."""

    def __init__(self, tables: OwnTables, dialect: Dialect) -> None:
        self._conversations = ConversationTable(tables, dialect)
        column = tables.conversations.c
        self._revision = (
            select(column.revision)
            .where(column.platform == bindparam("platform"))
            .where(column.target == bindparam("target"))
            .where(column.person == bindparam("person"))
            .where(column.step == STEP)
        )

    async def mark(
        self, connection: AsyncConnection, shown: ShownPassword, *, expires_at: datetime
    ) -> int:
        """Note that a message shows a password; the mark's number."""
        marked = await self._conversations.begin(
            connection, **shown.key, step=STEP, details={}, expires_at=expires_at
        )
        return marked.revision

    async def has_mark(self, connection: AsyncConnection, shown: ShownPassword, mark: int) -> bool:
        """Whether a message shows what it was given this mark for."""
        return (await connection.execute(self._revision, shown.key)).scalar() == mark

    async def unmark(self, connection: AsyncConnection, shown: ShownPassword) -> None:
        """Note that a message shows no password any more."""
        await self._conversations.drop(connection, **shown.key)
