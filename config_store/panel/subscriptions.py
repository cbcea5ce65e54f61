"""
Subscription tokens: rows of the panel's `link`, one an account, made at first use.

A reset is a new row: the old one is deleted by its token, so that of two resets of the same token
one happens. A token opens the account's whole configuration to whoever holds it: it is a secret.
"""

from sqlalchemy import BigInteger, String, bindparam, delete, insert, select
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
        self._token_of_account = (
            select(link.token)
            .select_from(tables.user.outerjoin(tables.link, link.userid == user.id))
            .where(user.id == its_account)
        )
        self._delete = (
            delete(tables.link)
            .where(link.userid == its_account)
            .where(link.token == bindparam("old_token", type_=String()))
        )

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

    async def find_token(self, connection: AsyncConnection, account_id: int) -> str | None:
        """
        An account's token; None until one is made.

        Raises:
            AccountGoneError: the panel has deleted the account.
        """
        found = await connection.execute(self._token_of_account, {"account_id": account_id})
        row = found.first()
        if row is None:
            raise AccountGoneError(account_id)
        return row.token or None

    async def replace_token(
        self, tx: AsyncConnection, account_id: int, *, old: str, new: str
    ) -> bool:
        """
        Put `new` in place of `old`, within the caller's transaction.

        False if `old` is not the account's any more. After an error the transaction must be taken
        back.

        Raises:
            AccountGoneError: the panel has deleted the account.
            TokenTakenError: `new` is another account's.
        """
        done = await tx.execute(self._delete, {"account_id": account_id, "old_token": old})
        if done.rowcount != 1:
            return False
        try:
            made = await tx.execute(self._insert, {"account_id": account_id, "new_token": new})
        except IntegrityError:
            raise TokenTakenError from None  # the database's words show the token
        if made.rowcount != 1:
            raise AccountGoneError(account_id)
        return True
