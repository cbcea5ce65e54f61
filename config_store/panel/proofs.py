"""
Finding an account by what proves it: its e-mail address or its subscription token.

The panel's collation finds more than what is the very same, so what is found is compared here once
more: an address but for case and surrounding blanks, a token character by character. Whether there
is an account shows in nothing but the rows: a mail to an address that nobody has is the same
statement, and adds none.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, String, bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.panel.mail_queue import SUBJECT_LENGTH
from config_store.panel.tables import PanelTables

_NOBODY = 0  # an id that no account has


class ProofTable:
    """Statements on `user`, `link` and `email_queue`, built once."""

    def __init__(self, tables: PanelTables) -> None:
        user, link = tables.user.c, tables.link.c
        its_account = user.id == bindparam("account_id", type_=BigInteger())
        self._by_email = select(user.id, user.email).where(
            user.email == bindparam("email", type_=String())
        )
        self._by_token = (
            select(user.id, link.token)
            .select_from(tables.link.join(tables.user, user.id == link.userid))
            .where(link.token == bindparam("token", type_=String()))
        )
        self._add_mail = insert(tables.email_queue).from_select(
            ["to_email", "subject", "template", "array", "time"],
            select(
                user.email,
                bindparam("subject", type_=String()),
                bindparam("template", type_=String()),
                bindparam("variables", type_=String()),
                bindparam("at", type_=Integer()),
            ).where(its_account),
        )

    async def find_by_email(self, connection: AsyncConnection, email: str) -> int | None:
        """The account with an address, which is given in lower case and without blanks."""
        found = await connection.execute(self._by_email, {"email": email})
        ids = [row.id for row in found if row.email.strip().casefold() == email]
        return ids[0] if len(ids) == 1 else None

    async def find_by_token(self, connection: AsyncConnection, token: str) -> int | None:
        """The account with a subscription token."""
        found = await connection.execute(self._by_token, {"token": token})
        ids = [row.id for row in found if row.token == token]
        return ids[0] if len(ids) == 1 else None

    async def add_mail(
        self,
        tx: AsyncConnection,
        account_id: int | None,
        *,
        subject: str,
        template: str,
        variables: Mapping[str, Any],
        at: datetime,
    ) -> None:
        """
        Have the panel send a mail to an account's address; None: to nobody, at the same cost.

        `variables`: the template's, their texts HTML.
        """
        await tx.execute(
            self._add_mail,
            {
                "account_id": _NOBODY if account_id is None else account_id,
                "subject": subject[:SUBJECT_LENGTH],
                "template": template,
                "variables": json.dumps(variables, ensure_ascii=False),
                "at": int(at.timestamp()),
            },
        )
