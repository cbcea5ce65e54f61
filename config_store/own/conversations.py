"""
Dialogues: the step that a person is at in a chat, kept so that any daemon goes on with it.

Each step is one conditional statement: of two answers to the same step one counts. A revision is
drawn at random, so that a step of a dialogue that was begun anew is never taken for one of the old.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import randbits
from typing import Any, cast

from sqlalchemy import bindparam, delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import is_rerun
from config_store.own.json_rows import Dialect, known_instant, moment, naive_utc
from config_store.own.tables import OwnTables

_OVER = datetime(1970, 1, 1, tzinfo=UTC)
_REVISION_BITS = 62  # a BIGINT


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """
    A step of a dialogue. `details` is the step's own, and may hold what nobody else should see.

    `target`: the chat, `person`: the platform's id of who talks there.
    """

    platform: str
    target: str
    person: str
    step: str
    details: Mapping[str, Any] = field(repr=False)
    revision: int = field(repr=False)
    expires_at: datetime


class ConversationTable:
    """Statements on `im_conversations`, built once."""

    def __init__(self, tables: OwnTables, dialect: Dialect) -> None:
        table, name = tables.conversations.c, tables.conversations.name
        replacing = {"mysql": "REPLACE", "sqlite": "INSERT OR REPLACE"}[dialect]
        self._put = text(
            f"{replacing} INTO {name}"
            " (platform, target, person, step, details, revision, expires_at)"
            " VALUES (:platform, :target, :person, :step, :details, :revision, :expires_at)"
        )
        its_key = (
            (table.platform == bindparam("its_platform"))
            & (table.target == bindparam("its_target"))
            & (table.person == bindparam("its_person"))
        )
        its_step = its_key & (table.revision == bindparam("its_revision"))
        self._advance = (
            update(tables.conversations)
            .where(its_step)
            .values(
                step=bindparam("new_step"),
                details=bindparam("new_details"),
                revision=bindparam("new_revision"),
                expires_at=bindparam("new_expires_at"),
            )
        )
        self._revision = select(table.revision).where(its_key)
        self._end = delete(tables.conversations).where(its_step)
        self._drop = delete(tables.conversations).where(its_key)

    async def begin(
        self,
        connection: AsyncConnection,
        *,
        platform: str,
        target: str,
        person: str,
        step: str,
        details: Mapping[str, Any],
        expires_at: datetime,
    ) -> Conversation:
        """Begin a dialogue, in place of whatever was going on there."""
        begun = Conversation(
            platform=platform,
            target=target,
            person=person,
            step=step,
            details=details,
            revision=randbits(_REVISION_BITS),
            expires_at=expires_at,
        )
        await connection.execute(
            self._put,
            {
                "platform": platform,
                "target": target,
                "person": person,
                "step": step,
                "details": _written(details),
                "revision": begun.revision,
                "expires_at": moment(expires_at),
            },
        )
        return begun

    async def advance(
        self,
        connection: AsyncConnection,
        conversation: Conversation,
        *,
        step: str,
        details: Mapping[str, Any],
        expires_at: datetime,
    ) -> Conversation | None:
        """Go on to a step; None if the dialogue is not at `conversation` any more."""
        next_one = Conversation(
            platform=conversation.platform,
            target=conversation.target,
            person=conversation.person,
            step=step,
            details=details,
            revision=randbits(_REVISION_BITS),
            expires_at=expires_at,
        )
        done = await connection.execute(
            self._advance,
            {
                **_key(conversation),
                "its_revision": conversation.revision,
                "new_step": step,
                "new_details": _written(details),
                "new_revision": next_one.revision,
                "new_expires_at": naive_utc(expires_at),
            },
        )
        if done.rowcount == 1:
            return next_one
        if not is_rerun(connection):
            return None
        # The first run broke off after it was sent, and may have been done.
        found = await connection.execute(self._revision, _key(conversation))
        return next_one if found.scalar() == next_one.revision else None

    async def end(self, connection: AsyncConnection, conversation: Conversation) -> bool:
        """End a dialogue; False if it is not at `conversation` any more."""
        keys = {**_key(conversation), "its_revision": conversation.revision}
        return (await connection.execute(self._end, keys)).rowcount == 1

    async def drop(
        self, connection: AsyncConnection, *, platform: str, target: str, person: str
    ) -> None:
        """End whatever dialogue is going on there."""
        keys = {"its_platform": platform, "its_target": target, "its_person": person}
        await connection.execute(self._drop, keys)


def read_conversation(platform: str, target: str, person: str, row: Any) -> Conversation:
    """
    The conversation of a row with `step`, `details`, `revision` and `expires_at`.

    Details that cannot be read are none, and their step is over: whatever wrote them, the person is
    answered.
    """
    details = _read(row.details)
    return Conversation(
        platform=platform,
        target=target,
        person=person,
        step=row.step,
        details=details or {},
        revision=int(row.revision),
        expires_at=_OVER if details is None else known_instant(row.expires_at),
    )


def _read(written: str) -> Mapping[str, Any] | None:
    try:
        details: object = json.loads(written)
    except ValueError:
        return None
    return cast("Mapping[str, Any]", details) if isinstance(details, dict) else None


def _key(conversation: Conversation) -> dict[str, str]:
    return {
        "its_platform": conversation.platform,
        "its_target": conversation.target,
        "its_person": conversation.person,
    }


def _written(details: Mapping[str, Any]) -> str:
    return json.dumps(dict(details), ensure_ascii=False)
