"""
Invitations: the code of an account in `user_invite_code`, made at first use, and what it brought.

A code is no secret, but it is one account's: the database decides which one holds if two are drawn
at the same moment.
"""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import BigInteger, String, bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.panel.accounts import AccountGoneError
from config_store.panel.tables import PanelTables


class CodeTakenError(Exception):
    """The code is another account's, by a chance that is next to none: draw another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteRecord:
    """An account's code, None until one is made, and its rebates so far: their number and sum."""

    code: str | None
    rebates: int
    earned: Decimal


class InviteTable:
    """Statements on `user_invite_code` and `payback`, built once."""

    def __init__(self, tables: PanelTables) -> None:
        user, invite, rebate = tables.user.c, tables.user_invite_code.c, tables.payback.c
        its_account = bindparam("account_id", type_=BigInteger())
        self._code = select(invite.code).where(invite.user_id == its_account)
        self._record = select(
            self._code.scalar_subquery().label("code"),
            func.count().label("rebates"),
            func.sum(rebate.ref_get).label("earned"),
        ).where(rebate.ref_by == its_account)
        self._insert = insert(tables.user_invite_code).from_select(
            ["code", "user_id"],
            select(bindparam("new_code", type_=String()), user.id).where(user.id == its_account),
        )

    async def get_record(self, connection: AsyncConnection, account_id: int) -> InviteRecord:
        """An account's code and rebates, in one statement; nothing of either if it is unknown."""
        row = (await connection.execute(self._record, {"account_id": account_id})).one()
        return InviteRecord(
            code=row.code or None, rebates=row.rebates, earned=row.earned or Decimal(0)
        )

    async def add_code(self, connection: AsyncConnection, account_id: int, code: str) -> str:
        """
        Give an account its code and return it: `code`, or the one that it was given meanwhile.

        Raises:
            AccountGoneError: the panel has deleted the account.
            CodeTakenError: `code` is another account's.
        """
        try:
            done = await connection.execute(
                self._insert, {"account_id": account_id, "new_code": code}
            )
        except IntegrityError:
            kept = await connection.scalar(self._code, {"account_id": account_id})
            if kept is None:
                raise CodeTakenError from None
            return kept
        if done.rowcount != 1:
            raise AccountGoneError(account_id)
        return code
