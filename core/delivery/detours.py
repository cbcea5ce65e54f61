"""
The next way to an account that could not be reached: another platform, else mail.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.catalogue import SiteSettings
from config_store.live_settings import LiveSettings
from config_store.own.claims import Claimed
from config_store.own.enqueuing import Enqueuing, NewDelivery
from config_store.panel.recipients import RecipientTable
from core.delivery.model import CLOCKS_DIFFER
from core.delivery.ways import Ways


class Detours:
    """Makes the deliveries that take the next way."""

    def __init__(
        self,
        *,
        recipients: RecipientTable,
        enqueuing: Enqueuing,
        ways: Ways,
        settings: LiveSettings,
    ) -> None:
        self._recipients = recipients
        self._enqueuing = enqueuing
        self._ways = ways
        self._settings = settings

    async def take(
        self, tx: AsyncConnection, unreached: Sequence[Claimed], *, now: datetime
    ) -> None:
        """Have each reached by the next way, within the caller's transaction."""
        settings = self._settings.current
        if settings is None:
            return
        detours = [await self._find(tx, claimed, settings, now) for claimed in unreached]
        found = [detour for detour in detours if detour is not None]
        if found:
            await self._enqueuing.add(tx, found, now=now)

    async def _find(
        self, tx: AsyncConnection, claimed: Claimed, settings: SiteSettings, now: datetime
    ) -> NewDelivery | None:
        if claimed.account_id is None or await self._is_taken(tx, claimed):
            return None
        recipient = await self._recipients.find(tx, claimed.account_id)
        if recipient is None:
            return None
        ways = self._ways.to_account(recipient, settings)
        names = [way.platform for way in ways]
        next_one = names.index(claimed.platform) + 1 if claimed.platform in names else 0
        if next_one >= len(ways):
            return None
        return NewDelivery(
            platform=ways[next_one].platform,
            target=ways[next_one].target,
            priority=claimed.priority,
            not_before=now - CLOCKS_DIFFER,
            expires_at=claimed.expires_at,
            notice_id=claimed.notice_id,
            account_id=claimed.account_id,
            way=claimed.way + 1,
        )

    async def _is_taken(self, tx: AsyncConnection, claimed: Claimed) -> bool:
        """Whether the next way was taken before: this one was tried again by hand."""
        if claimed.notice_id is None or claimed.account_id is None:
            return False
        return await self._enqueuing.has(
            tx, claimed.notice_id, claimed.account_id, way=claimed.way + 1
        )
