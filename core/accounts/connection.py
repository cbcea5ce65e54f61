"""
The connection of an account: its port, its password and its encryption method.

The password is a secret. A new one is put in place of the very one that was asked about, so that
what comes twice, or late, changes nothing more; the database sees to it that no two accounts have
the same. Clients must be set up anew after either change.
"""

import string
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from secrets import choice
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database
from config_store.panel.connections import ConnectionDetails, ConnectionTable, PasswordTakenError
from core.accounts.binding.people import PersonKey
from core.accounts.drawing import use_new
from core.accounts.encryption import EncryptionMethod
from core.accounts.fingerprints import fingerprint

log = structlog.get_logger(__name__)

_PASSWORD_LENGTH = 16  # characters, as the panel's own
_PASSWORD_CHARACTERS = string.ascii_letters + string.digits  # fit for every client and address


class ConnectionChangedError(Exception):
    """The account or its password is not as it was when it was asked about. Nothing was done."""


class PasswordNotices(Protocol):
    """Tells an account's owner, within the transaction of the change."""

    async def password_changed(
        self, tx: AsyncConnection, account_id: int, by: PersonKey
    ) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """
    What clients connect with. `method`: the panel's, which may be none of `EncryptionMethod`;
    `fingerprint`: which password this is; `is_banned`: nobody is to be shown any of it.
    """

    port: int
    method: str
    password: str = field(repr=False)
    fingerprint: str
    is_banned: bool


def new_password() -> str:
    """A random password."""
    return "".join(choice(_PASSWORD_CHARACTERS) for _ in range(_PASSWORD_LENGTH))


class Connections:
    """Shows connections and changes them."""

    def __init__(
        self,
        *,
        database: Database,
        table: ConnectionTable,
        notices: PasswordNotices,
        make_password: Callable[[], str] = new_password,
    ) -> None:
        self._database = database
        self._table = table
        self._notices = notices
        self._make_password = make_password

    async def get(self, account_id: int) -> Connection:
        """
        The connection of an account, in one statement.

        Raises:
            AccountGoneError: the panel has deleted the account.
        """
        return await self._database.run(lambda connection: self._get(connection, account_id))

    async def get_with(
        self, account_id: int, also: Callable[[AsyncConnection], Awaitable[None]]
    ) -> Connection:
        """
        The connection of an account, once `also` is done in one transaction with looking.

        Raises:
            AccountGoneError: the panel has deleted the account; `also` is not done then.
        """

        async def work(tx: AsyncConnection) -> Connection:
            connection = await self._get(tx, account_id)
            await also(tx)
            return connection

        return await self._database.transact(work)

    async def change_method(
        self, account_id: int, method: EncryptionMethod, *, by: PersonKey
    ) -> None:
        """
        Choose the encryption method, in one statement.

        Raises:
            ConnectionChangedError: the account was banned or deleted meanwhile.
        """
        is_done = await self._database.run(
            lambda connection: self._table.set_method(connection, account_id, method.value)
        )
        if not is_done:
            raise ConnectionChangedError
        log.info(
            "encryption method changed",
            account=account_id,
            method=method.value,
            platform=by.platform.value,
            user=by.id,
        )

    async def change_password(
        self, account_id: int, asked_about: str, *, by: PersonKey
    ) -> Connection:
        """
        Give an account a new password. `asked_about`: the fingerprint of the one that is to go.

        Raises:
            ConnectionChangedError: the password is another one by now, or the account was banned.
            AccountGoneError: the panel has deleted the account.
        """
        changed = await use_new(
            self._make_password,
            lambda new: self._try_password(account_id, asked_about, new, by),
            taken=PasswordTakenError,
        )
        log.info("password changed", account=account_id, platform=by.platform.value, user=by.id)
        return changed

    async def _try_password(
        self, account_id: int, asked_about: str, new: str, by: PersonKey
    ) -> Connection:
        async def work(tx: AsyncConnection) -> Connection:
            before = await self._table.get(tx, account_id)
            if fingerprint(account_id, before.password) != asked_about:
                raise ConnectionChangedError
            if not await self._table.replace_password(tx, account_id, old=before.password, new=new):
                raise ConnectionChangedError
            await self._notices.password_changed(tx, account_id, by)
            return _connection(account_id, replace(before, password=new))

        return await self._database.transact(work)

    async def _get(self, connection: AsyncConnection, account_id: int) -> Connection:
        return _connection(account_id, await self._table.get(connection, account_id))


def _connection(account_id: int, details: ConnectionDetails) -> Connection:
    return Connection(
        port=details.port,
        method=details.method,
        password=details.password,
        fingerprint=fingerprint(account_id, details.password),
        is_banned=details.is_banned,
    )
