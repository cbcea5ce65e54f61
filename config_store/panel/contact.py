"""
How an account is told things: `user.contact_method`, by mail or on the platform that it is bound to
in the panel.

A choice is one conditional UPDATE: it holds for the binding that the person was shown, or nothing
happens.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import is_rerun
from config_store.panel.accounts import (
    CONTACT_BY_CHAT,
    CONTACT_BY_EMAIL,
    IM_TYPES,
    PLATFORMS_OF_IM_TYPES,
    AccountGoneError,
)
from config_store.panel.tables import PanelTables


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """
    How an account is told things: by mail or in chat. `platform`: on which it is told in chat, None
    if the panel knows of no binding.
    """

    by_email: bool
    platform: str | None


class ContactTable:
    """Statements on `user`, built once."""

    def __init__(self, tables: PanelTables) -> None:
        user = tables.user.c
        its_row = user.id == bindparam("account_id")
        self._contact = select(user.contact_method, user.im_type, user.im_value).where(its_row)
        self._choose = (
            update(tables.user)
            .where(its_row)
            .where(user.im_type == bindparam("shown_type"))
            .where(user.im_value != "")
            .where(user.contact_method != bindparam("new_method"))
            .values(contact_method=bindparam("new_method"))
        )

    async def get(self, connection: AsyncConnection, account_id: int) -> Contact:
        """
        How an account is told things.

        Raises:
            AccountGoneError: the panel has deleted it.
        """
        row = (await connection.execute(self._contact, {"account_id": account_id})).first()
        if row is None:
            raise AccountGoneError(account_id)
        return Contact(
            by_email=row.contact_method == CONTACT_BY_EMAIL,
            platform=PLATFORMS_OF_IM_TYPES.get(row.im_type) if row.im_value else None,
        )

    async def choose(
        self, connection: AsyncConnection, account_id: int, *, by_email: bool, platform: str
    ) -> bool:
        """
        Have an account told things this way. False if that is so already, or if the panel does not
        have it bound to `platform` any more.
        """
        done = await connection.execute(
            self._choose,
            {
                "account_id": account_id,
                "shown_type": IM_TYPES[platform],
                "new_method": CONTACT_BY_EMAIL if by_email else CONTACT_BY_CHAT,
            },
        )
        if done.rowcount == 1:
            return True
        if not is_rerun(connection):
            return False
        # The first run broke off after it was sent, and may have been done.
        wanted = Contact(by_email=by_email, platform=platform)
        return await self.get(connection, account_id) == wanted
