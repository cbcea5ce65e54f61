"""
Accepting what is to be said: written to the queue, in the caller's transaction if there is one.

Whoever notifies never waits for a platform. Accepted is what the database has committed; a caller
who does not know whether it has offers the same dedupe key again.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.catalogue import SiteSettings
from config_store.database import CommitUnknownError, Database
from config_store.live_settings import LiveSettings
from config_store.own.enqueuing import Enqueuing, NewDelivery
from config_store.own.notices import NewNotice, NoticeTable
from config_store.panel.recipients import RecipientTable
from core.clock import SiteClock
from core.delivery.audience import encode as encode_filter
from core.delivery.content import Content, LiteralContent, encode
from core.delivery.model import (
    CLOCKS_DIFFER,
    EXPIRES_AFTER,
    SILENT,
    Kind,
    NoticeState,
    QueuePriority,
    ToAdmins,
    ToChat,
    ToEveryone,
    ToGroup,
    ToUser,
)
from core.delivery.wakening import Wakening
from core.delivery.ways import Way, Ways

JOINING_FOR = timedelta(seconds=3)
"""Group notices that come within this time are put together into one message."""

TELLING_EVERYONE_TAKES = timedelta(days=7)
"""The longest time in which a notice to everyone is still turned into deliveries."""

_TIMEOUT = 10.0  # seconds; a cluster that loses a node answers nobody for seven

Audience = ToAdmins | ToGroup | ToEveryone | ToUser | ToChat


class NoSuchAccountError(Exception):
    """There is no account with this id in the panel."""

    def __init__(self, account_id: int) -> None:
        super().__init__(f"there is no account {account_id} in the panel: check the id")
        self.account_id = account_id


@dataclass(frozen=True, slots=True)
class Accepted:
    """A notice that is in the queue. `is_new`: False if its dedupe key was there already."""

    id: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Offer:
    audience: Audience
    content: Content
    kind: Kind
    dedupe_key: str


class Notifier:
    """Puts notices into the queue."""

    def __init__(
        self,
        *,
        database: Database,
        notices: NoticeTable,
        enqueuing: Enqueuing,
        recipients: RecipientTable,
        ways: Ways,
        settings: LiveSettings,
        clock: SiteClock,
        wakening: Wakening,
    ) -> None:
        self._database = database
        self._notices = notices
        self._enqueuing = enqueuing
        self._recipients = recipients
        self._ways = ways
        self._settings = settings
        self._clock = clock
        self._wakening = wakening

    async def notify_admins(
        self, title: str, text: str, *, kind: Kind = Kind.CUSTOM, tx: AsyncConnection | None = None
    ) -> int:
        """Tell the site's administrators; the notice's id."""
        content = LiteralContent(title=title, text=text)
        return (await self.accept(ToAdmins(), content, kind=kind, tx=tx)).id

    async def notify_user(
        self,
        user_id: int,
        title: str,
        text: str,
        *,
        kind: Kind = Kind.CUSTOM,
        tx: AsyncConnection | None = None,
    ) -> int:
        """
        Tell one account; the notice's id.

        Raises:
            NoSuchAccountError: there is none with this id.
        """
        content = LiteralContent(title=title, text=text)
        return (await self.accept(ToUser(user_id), content, kind=kind, tx=tx)).id

    async def notify_group(
        self, text: str, *, kind: Kind = Kind.CUSTOM, tx: AsyncConnection | None = None
    ) -> int:
        """Tell the site's group on each platform; the notice's id."""
        return (await self.accept(ToGroup(), LiteralContent(text=text), kind=kind, tx=tx)).id

    async def notify_everyone(
        self, title: str, text: str, *, kind: Kind = Kind.CUSTOM, tx: AsyncConnection | None = None
    ) -> int:
        """Tell all accounts there are now; the notice's id."""
        content = LiteralContent(title=title, text=text)
        return (await self.accept(ToEveryone(), content, kind=kind, tx=tx)).id

    async def accept(
        self,
        audience: Audience,
        content: Content,
        *,
        kind: Kind = Kind.CUSTOM,
        dedupe_key: str | None = None,
        tx: AsyncConnection | None = None,
    ) -> Accepted:
        """
        Put a notice into the queue.

        `tx`: the caller's transaction; it is accepted when that one commits.

        Raises:
            NoSuchAccountError: it is for an account that there is not.
            DatabaseUnavailableError: it is not known to be accepted; the same `dedupe_key` may be
                offered again.
        """
        settings = self._settings.current or await self._settings.look()
        # A key of our own lets a COMMIT that was not answered be looked up as well.
        key = dedupe_key or f"own:{token_hex(16)}"
        offer = _Offer(audience, content, kind, key)

        async def write(connection: AsyncConnection) -> Accepted:
            return await self._write(connection, offer, settings)

        if tx is not None:
            return await write(tx)
        try:
            accepted = await self._database.transact(write, timeout=_TIMEOUT)
        except CommitUnknownError:
            accepted = await self._database.transact(write, timeout=_TIMEOUT, in_step=True)
        self._wakening.wake()
        return accepted

    async def _write(self, tx: AsyncConnection, offer: _Offer, settings: SiteSettings) -> Accepted:
        now, audience, kind = self._clock.now(), offer.audience, offer.kind
        ways, account_id = await self._ways_to(tx, audience, kind, settings)
        is_expanded = ways is not None
        expires_at = now + EXPIRES_AFTER[kind]
        last_id = 0
        if not is_expanded:
            last_id = await self._recipients.find_highest_id(tx)
        notice_id, is_new = await self._notices.add(
            tx,
            NewNotice(
                kind=kind,
                audience=_NAMES[type(audience)],
                audience_details=json.dumps(_details(audience)),
                content=encode(offer.content),
                dedupe_key=offer.dedupe_key,
                state=NoticeState.EXPANDED if is_expanded else NoticeState.EXPANDING,
                priority=priority_of(audience),
                is_silent=kind in SILENT,
                last_id=last_id,
                accepted_at=now,
                expires_at=_accepting_until(audience, expires_at, now),
            ),
        )
        if is_new and ways:
            deliveries = [
                delivery_of(
                    way,
                    audience=audience,
                    notice_id=notice_id,
                    account_id=account_id,
                    now=now,
                    expires_at=expires_at,
                )
                for way in ways
            ]
            await self._enqueuing.add(tx, deliveries, now=now)
        return Accepted(notice_id, is_new)

    async def _ways_to(
        self, tx: AsyncConnection, audience: Audience, kind: Kind, settings: SiteSettings
    ) -> tuple[Sequence[Way] | None, int | None]:
        """Where a notice goes and whose account that is; None if that is found out later."""
        match audience:
            case ToUser(account_id, by_email):
                recipient = await self._recipients.find(tx, account_id)
                if recipient is None:
                    raise NoSuchAccountError(account_id)
                if by_email:
                    return self._ways.by_email(recipient), account_id
                return self._ways.to_account(recipient, settings)[:1], account_id
            case ToChat(platform, target, account_id):
                return [Way(platform.value, target)], account_id
            case ToGroup():
                return self._ways.to_group(kind, settings), None
            case ToAdmins():
                return self._ways.to_admins() or None, None
            case ToEveryone():
                return None, None


def priority_of(audience: Audience) -> QueuePriority:
    """How urgent a notice is, by whom it is for."""
    match audience:
        case ToAdmins():
            return QueuePriority.ALERT
        case ToEveryone():
            return QueuePriority.BROADCAST
        case _:
            return QueuePriority.NOTICE


def delivery_of(
    way: Way,
    *,
    audience: Audience,
    notice_id: int,
    account_id: int | None,
    now: datetime,
    expires_at: datetime,
) -> NewDelivery:
    """The delivery that takes a way."""
    is_joined = isinstance(audience, ToGroup)
    return NewDelivery(
        platform=way.platform,
        target=way.target,
        priority=priority_of(audience),
        not_before=now + JOINING_FOR if is_joined else now - CLOCKS_DIFFER,
        expires_at=expires_at,
        notice_id=notice_id,
        account_id=account_id,
        joins_others=is_joined,
    )


def _accepting_until(audience: Audience, expires_at: datetime, now: datetime) -> datetime:
    if isinstance(audience, ToEveryone) and expires_at >= now + EXPIRES_AFTER[Kind.CUSTOM]:
        return now + TELLING_EVERYONE_TAKES
    return expires_at


_NAMES: dict[type[Audience], str] = {
    ToAdmins: "admins",
    ToGroup: "group",
    ToEveryone: "everyone",
    ToUser: "user",
    ToChat: "chat",
}


def _details(audience: Audience) -> dict[str, Any]:
    match audience:
        case ToUser(account_id, by_email):
            return {"id": account_id, "by_email": True} if by_email else {"id": account_id}
        case ToChat(platform, target, _):
            return {"platform": platform.value, "target": target}
        case ToEveryone(by_email, only, expected):
            given = {"only": encode_filter(only), "expected": expected}
            return {"by_email": by_email, **{name: it for name, it in given.items() if it}}
        case _:
            return {}
