"""
What a client connects with: columns `port`, `passwd` and `method` of the panel's `user`.

The password is a secret, and the only one of its kind in the panel. Each change is one UPDATE of
one column by the row's key, on the condition that the account is not banned; a password is put only
in place of the one that was seen, so that of two changes at once one happens.
"""

from dataclasses import dataclass, field

from sqlalchemy import BigInteger, String, bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.panel.accounts import AccountGoneError
from config_store.panel.tables import PanelTables


class PasswordTakenError(Exception):
    """The password is another account's, by a chance that is next to none: draw another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionDetails:
    """
    What a client needs besides a node. `method`: the encryption, as clients call it; `is_banned`:
    nobody is to be shown any of it.
    """

    port: int
    method: str
    password: str = field(repr=False)
    is_banned: bool


class ConnectionTable:
    """Statements on the connection's columns of `user`, built once."""

    def __init__(self, tables: PanelTables) -> None:
        user = tables.user.c
        its_row = user.id == bindparam("account_id", type_=BigInteger())
        self._details = select(user.port, user.method, user.passwd, user.is_banned).where(its_row)
        unless_banned = update(tables.user).where(its_row).where(user.is_banned == 0)
        self._set_method = unless_banned.values(method=bindparam("new_method", type_=String()))
        self._set_password = unless_banned.where(
            user.passwd == bindparam("old_password", type_=String())
        ).values(passwd=bindparam("new_password", type_=String()))

    async def get(self, connection: AsyncConnection, account_id: int) -> ConnectionDetails:
        """
        What the account's clients connect with.

        Raises:
            AccountGoneError: the panel has deleted the account.
        """
        row = (await connection.execute(self._details, {"account_id": account_id})).first()
        if row is None:
            raise AccountGoneError(account_id)
        return ConnectionDetails(
            port=row.port,
            method=row.method,
            password=row.passwd,
            is_banned=bool(row.is_banned),
        )

    async def set_method(self, connection: AsyncConnection, account_id: int, method: str) -> bool:
        """Write the encryption method; False if the account is banned or gone."""
        done = await connection.execute(
            self._set_method, {"account_id": account_id, "new_method": method}
        )
        return done.rowcount == 1

    async def replace_password(
        self, tx: AsyncConnection, account_id: int, *, old: str, new: str
    ) -> bool:
        """
        Put `new` in place of `old`, within the caller's transaction.

        False if `old` is not the password any more, or the account is banned or gone.

        Raises:
            PasswordTakenError: `new` is another account's; the transaction must be taken back.
        """
        try:
            done = await tx.execute(
                self._set_password,
                {"account_id": account_id, "old_password": old, "new_password": new},
            )
        except IntegrityError:
            raise PasswordTakenError from None  # the database's words show the password
        return done.rowcount == 1
