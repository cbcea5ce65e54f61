"""
Codes that the site hands out for binding, kept as hashes. An account has one code at a time.

Of two codes that are made for an account at the same moment neither is the older one, and both
hold: with the first that is used both are gone.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.json_rows import known_instant, naive_utc
from config_store.own.tables import OwnTables
from config_store.panel.accounts import AccountGoneError
from config_store.panel.tables import PanelTables


@dataclass(frozen=True, slots=True)
class KeptCode:
    """Whose a code is, and until when it holds."""

    account_id: int
    expires_at: datetime


class BindCodeTable:
    """Statements on `im_bind_codes`, built once."""

    def __init__(self, tables: OwnTables, panel: PanelTables) -> None:
        codes, user = tables.bind_codes.c, panel.user.c
        self._insert = insert(tables.bind_codes).from_select(
            ["code_hash", "account_id", "expires_at"],
            select(
                bindparam("new_hash", type_=codes.code_hash.type),
                user.id,
                bindparam("new_end", type_=codes.expires_at.type),
            ).where(user.id == bindparam("its_account", type_=BigInteger())),
        )
        self._hold = (
            select(codes.account_id, codes.expires_at)
            .where(codes.code_hash == bindparam("its_hash"))
            .with_for_update()
        )
        self._remove_of = delete(tables.bind_codes).where(
            codes.account_id == bindparam("its_account")
        )

    async def add(
        self, tx: AsyncConnection, code_hash: str, account_id: int, *, expires_at: datetime
    ) -> None:
        """
        Keep a code of an account in place of its older ones.

        Raises:
            AccountGoneError: there is no such account.
        """
        await self.remove_of(tx, account_id)
        done = await tx.execute(
            self._insert,
            {
                "new_hash": code_hash,
                "its_account": account_id,
                "new_end": naive_utc(expires_at),
            },
        )
        if done.rowcount != 1:
            raise AccountGoneError(account_id)

    async def hold(self, tx: AsyncConnection, code_hash: str) -> KeptCode | None:
        """
        The code with this hash, which nobody else uses until the transaction ends.

        On a Galera cluster two nodes may hold it; one of them is run again when it removes it.
        """
        row = (await tx.execute(self._hold, {"its_hash": code_hash})).first()
        return None if row is None else KeptCode(row.account_id, known_instant(row.expires_at))

    async def remove_of(self, tx: AsyncConnection, account_id: int) -> None:
        """Remove all codes of an account."""
        await tx.execute(self._remove_of, {"its_account": account_id})
