"""
How an account's notices reach it, as its owner chooses: by mail or in chat.
"""

from dataclasses import dataclass

from config_store.catalogue import SiteSettings
from config_store.database import Database
from config_store.panel.contact import ContactTable
from core.delivery.mail import has_mail
from core.platform import PlatformName


class ContactChangedError(Exception):
    """The choice was made for what is not so any more: made already, or another binding holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeWay:
    """
    How notices reach an account. `platform`: where in chat, None if the panel knows of no binding;
    `has_email`: whether the site sends mail at all.
    """

    by_email: bool
    platform: PlatformName | None
    has_email: bool


class ContactChoices:
    """Shows and changes how accounts are told things, one statement each."""

    def __init__(self, *, database: Database, table: ContactTable) -> None:
        self._database = database
        self._table = table

    async def get(self, account_id: int, settings: SiteSettings) -> NoticeWay:
        """
        How an account is told things.

        Raises:
            AccountGoneError: the panel has deleted it.
        """
        contact = await self._database.run(
            lambda connection: self._table.get(connection, account_id)
        )
        platform = contact.platform
        return NoticeWay(
            by_email=contact.by_email,
            platform=None if platform is None else PlatformName(platform),
            has_email=has_mail(settings),
        )

    async def choose(
        self, account_id: int, settings: SiteSettings, *, by_email: bool, platform: PlatformName
    ) -> NoticeWay:
        """
        Have an account told things by mail, or in chat. `platform`: where in chat, as it was shown
        to who chooses.

        Raises:
            ContactChangedError: it is so already, the account's binding is another one by now, or
                the site sends no mail.
        """
        has_email = has_mail(settings)
        if by_email and not has_email:
            raise ContactChangedError
        is_chosen = await self._database.run(
            lambda connection: self._table.choose(
                connection, account_id, by_email=by_email, platform=platform.value
            )
        )
        if not is_chosen:
            raise ContactChangedError
        return NoticeWay(by_email=by_email, platform=platform, has_email=has_email)
