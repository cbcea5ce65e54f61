"""
Accounts as those who are told something: how each is reached, found by key or page by page.

A page is what stands behind a cursor in the order of the key, so that all accounts are gone
through in narrow reads, whatever their number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, bindparam, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.panel.accounts import CONTACT_BY_EMAIL, PLATFORMS_OF_IM_TYPES
from config_store.panel.tables import PanelTables


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """
    An account to be told something.

    `platform`, `platform_user`: to what it is bound, None without a binding. `prefers_email`: it
    asked for mail even if it is bound.
    """

    id: int
    email: str
    platform: str | None
    platform_user: str | None
    prefers_email: bool


class RecipientTable:
    """
    Statements on `user` that find whom to tell, built once.

    `deliveries`: the table that shows who has been told already.
    """

    def __init__(self, tables: PanelTables, deliveries: Table) -> None:
        self.user = user = tables.user.c
        self._columns = select(
            user.id, user.email, user.im_type, user.im_value, user.contact_method
        )
        self._by_id = self._columns.where(user.id == bindparam("account_id"))
        self._admins = (
            self._columns.where(user.is_admin == 1).where(user.is_banned == 0).order_by(user.id)
        )
        told = deliveries.c
        self._is_untold = ~exists(
            select(1)
            .where(told.notice_id == bindparam("notice_id"))
            .where(told.account_id == user.id)
            .where(told.way == 0)
        )
        self._highest = select(func.max(user.id))

    async def find(self, connection: AsyncConnection, account_id: int) -> Recipient | None:
        """An account by its key."""
        found = (await connection.execute(self._by_id, {"account_id": account_id})).first()
        return None if found is None else _recipient(found)

    async def find_admins(self, connection: AsyncConnection) -> list[Recipient]:
        """The site's administrators that are not banned. Reads the whole table."""
        return [_recipient(row) for row in await connection.execute(self._admins)]

    async def find_highest_id(self, connection: AsyncConnection) -> int:
        """The highest account id there is, 0 without any."""
        return (await connection.execute(self._highest)).scalar() or 0

    async def find_page(
        self,
        connection: AsyncConnection,
        *,
        after: int,
        up_to: int,
        count: int,
        conditions: Sequence[ColumnElement[bool]] = (),
        untold_by: int | None = None,
    ) -> tuple[list[Recipient], int]:
        """
        The next `count` accounts not banned that meet `conditions`, and the key with which the
        page ends (`up_to` if it is the last one).

        `untold_by`: only those for whom this notice has no delivery.
        """
        page = self._columns.where(
            and_(self.user.id > after, self.user.id <= up_to, self.user.is_banned == 0, *conditions)
        )
        values: dict[str, Any] = {}
        if untold_by is not None:
            page = page.where(self._is_untold)
            values["notice_id"] = untold_by
        found = await connection.execute(page.order_by(self.user.id).limit(count), values)
        rows = found.all()
        end = rows[-1].id if len(rows) == count else up_to
        return [_recipient(row) for row in rows], end


def _recipient(row: Any) -> Recipient:
    platform = PLATFORMS_OF_IM_TYPES.get(row.im_type) if row.im_value else None
    return Recipient(
        id=row.id,
        email=row.email,
        platform=platform,
        platform_user=row.im_value.strip() if platform else None,
        prefers_email=row.contact_method == CONTACT_BY_EMAIL,
    )
