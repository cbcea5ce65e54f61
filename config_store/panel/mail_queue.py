"""
The panel's own mail queue: rows of `email_queue`, which its cron sends one at a time.

A row is an address, a subject, a template of the panel and the template's variables as JSON. The
templates print their variables as they are, so what goes in is HTML already. Rows that are a day
old are removed by the panel, sent or not.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.panel.tables import PanelTables

SUBJECT_LENGTH = 255  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """
    A mail as the panel takes it. `variables`: the template's, their texts HTML.
    """

    to: str
    subject: str
    template: str
    variables: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Addressee:
    """An account as a mail names it."""

    name: str
    email: str


class MailQueue:
    """Statements on `email_queue`, and on `user` for whom mails go to, built once."""

    def __init__(self, tables: PanelTables) -> None:
        queue, user = tables.email_queue, tables.user.c
        self._add = insert(queue)
        some = select(queue.c.id).limit(bindparam("most")).subquery()
        self._count = select(func.count()).select_from(some)
        self._addressees = select(user.id, user.user_name, user.email).where(
            user.id.in_(bindparam("ids", expanding=True))
        )

    async def count(self, connection: AsyncConnection, *, most: int) -> int:
        """How many mails wait there, counted up to `most`."""
        return (await connection.execute(self._count, {"most": most})).scalar() or 0

    async def find_addressees(
        self, connection: AsyncConnection, account_ids: Collection[int]
    ) -> dict[int, Addressee]:
        """Those of these accounts that there are, by their ids."""
        if not account_ids:
            return {}
        found = await connection.execute(self._addressees, {"ids": sorted(account_ids)})
        return {row.id: Addressee(row.user_name, row.email) for row in found}

    async def add(
        self, connection: AsyncConnection, mails: Sequence[Mail], *, at: datetime
    ) -> None:
        """Have the panel send these, within the caller's transaction. `at`: aware."""
        if not mails:
            return
        rows = [
            {
                "to_email": mail.to,
                "subject": mail.subject[:SUBJECT_LENGTH],
                "template": mail.template,
                "array": json.dumps(mail.variables, ensure_ascii=False),
                "time": int(at.timestamp()),
            }
            for mail in mails
        ]
        await connection.execute(self._add, rows)
