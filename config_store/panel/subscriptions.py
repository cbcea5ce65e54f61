"""
Subscription tokens: rows of the panel's `link`, one an account, made at first use.

A token opens the account's whole configuration to whoever holds it: it is a secret.
"""

from sqlalchemy import BigInteger, String, bindparam, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.panel.accounts import AccountGoneError
from config_store.panel.tables import PanelTables


class TokenTakenError(Exception):
    """The token is another account's, by a chance that is next to none: draw another one."""


class SubscriptionTable:
    """Statements on `link`, built once."""

    def __init__(self, tables: PanelTables) -> None:
        user, link = tables.user.c, tables.link.c
        its_account = bindparam("account_id", type_=BigInteger())
        self._insert = insert(tables.link).from_select(
            ["token", "userid"],
            select(bindparam("new_token", type_=String()), user.id).where(user.id == its_account),
        )
        self._token = select(link.token).where(link.userid == its_account)

    async def add_token(self, connection: AsyncConnection, account_id: int, token: str) -> str:
        """
        Give an account its token and return it: `token`, or the one that others gave it meanwhile.

        Raises:
            AccountGoneError: the panel has deleted the account.
            TokenTakenError: `token` is another account's.
        """
        try:
            done = await connection.execute(
                self._insert, {"account_id": account_id, "new_token": token}
            )
        except IntegrityError:
            row = (await connection.execute(self._token, {"account_id": account_id})).first()
            if row is None:
                raise TokenTakenError from None  # the database's words show the token
            return row.token
        if done.rowcount != 1:
            raise AccountGoneError(account_id)
        return token
