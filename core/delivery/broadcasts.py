"""
Broadcasts: notices to everyone or to a part of all accounts, as an operator writes and stops them.

A broadcast is a notice like any other; what stands here looks before it is sent, and gives orders
afterwards. That nobody is told twice, whatever is ordered in between, is kept by the database's
unique key on notice and account.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import (
    CommitUnknownError,
    Database,
    DatabaseMisfitError,
    DatabaseUnavailableError,
)
from config_store.own.broadcasts import GOES_ON, BroadcastTable
from config_store.own.folding import Folding
from config_store.own.notices import Notice, NoticeTable
from core.clock import SiteClock
from core.delivery.audience import EVERYBODY, AudienceFilter
from core.delivery.content import LiteralContent
from core.delivery.model import (
    EXPIRES_AFTER,
    UNFINISHED,
    Kind,
    NoticeState,
    ToAdmins,
    ToChat,
    ToEveryone,
    kind_of,
)
from core.delivery.notifier import TELLING_EVERYONE_TAKES, Accepted, Notifier
from core.delivery.orders import NoticeOrders
from core.delivery.previews import Preview, Previews
from core.delivery.progress import RATE_OVER, Progress, progress_of
from core.delivery.wakening import Wakening

_PATIENCE = 30.0  # seconds for counting the deliveries of one broadcast
_COUNTING = 1.5  # seconds for counting accounts where the answer is not waited for
_TRIES = 5  # at an order while the expansion goes on

Decision = tuple[NoticeState, datetime | None]
"""The state that a notice is to have, and until when deliveries are made of it, if that changes."""


class NoSuchBroadcastError(Exception):
    """There is no broadcast with this id: it never was, or was removed after its time."""

    def __init__(self, notice_id: int) -> None:
        super().__init__(f"there is no broadcast {notice_id}")
        self.notice_id = notice_id


class BroadcastStateError(Exception):
    """What was ordered does not go with the state that a broadcast is in: `state`."""

    def __init__(self, notice: Notice, said: str) -> None:
        super().__init__(f"broadcast {notice.id} {said}")
        self.state = NoticeState(notice.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A broadcast that may be sent. `by_email`: also to those who are reached by mail alone."""

    content: LiteralContent
    kind: Kind = Kind.CUSTOM
    only: AudienceFilter = EVERYBODY
    by_email: bool = False


class Broadcasts:
    """Looks at broadcasts beforehand, sends them, watches and stops them."""

    def __init__(
        self,
        *,
        database: Database,
        notices: NoticeTable,
        broadcasts: BroadcastTable,
        folding: Folding,
        notifier: Notifier,
        previews: Previews,
        orders: NoticeOrders,
        wakening: Wakening,
        clock: SiteClock,
    ) -> None:
        self._database = database
        self._notices = notices
        self._broadcasts = broadcasts
        self._folding = folding
        self._notifier = notifier
        self._previews = previews
        self._orders = orders
        self._wakening = wakening
        self._clock = clock

    async def preview(self, draft: Draft) -> Preview:
        """
        Whom it would reach, how long that takes, and how each platform shows it.

        Raises:
            DatabaseUnavailableError: as it says.
        """
        return await self._previews.preview(draft.content, only=draft.only, by_email=draft.by_email)

    async def test(self, draft: Draft, targets: Sequence[ToChat]) -> list[int]:
        """
        Tell the same to these targets, or else to the administrators; the notices' ids.

        Raises:
            DatabaseUnavailableError: as it says.
        """
        return [
            (await self._notifier.accept(target, draft.content, kind=draft.kind)).id
            for target in targets or [ToAdmins()]
        ]

    async def send(self, draft: Draft, *, dedupe_key: str | None = None) -> Accepted:
        """
        Accept a broadcast.

        Raises:
            DatabaseMisfitError: the accounts of this audience cannot be found.
            DatabaseUnavailableError: it is not known to be accepted; the same `dedupe_key` may be
                offered again.
        """
        expected = await self._expected(draft)
        audience = ToEveryone(by_email=draft.by_email, only=draft.only, expected=expected)
        return await self._notifier.accept(
            audience, draft.content, kind=draft.kind, dedupe_key=dedupe_key
        )

    async def show(self, notice_id: int) -> Progress:
        """
        How far a broadcast has come, and what became of it.

        Raises:
            NoSuchBroadcastError: there is none.
        """
        now = self._clock.now()

        async def look(connection: AsyncConnection) -> Progress:
            notice = await self._get(connection, notice_id)
            tally = await self._folding.tally(connection, notice_id)
            recent = await self._broadcasts.find_recent(
                connection, notice_id, since=now - RATE_OVER
            )
            return progress_of(notice, tally, recent, now=now)

        return await self._database.run(look, timeout=_PATIENCE)

    async def pause(self, notice_id: int, *, seconds: float | None = None) -> NoticeState:
        """
        Hold a broadcast up; its state then.

        `seconds`: how long to hold waiting deliveries back here, as long as it takes if None; who
        is on duty does the rest.

        Raises:
            NoSuchBroadcastError: there is none.
            BroadcastStateError: there is nothing left of it to be held up.
        """
        return await self._order(notice_id, self._pausing, seconds)

    async def resume(self, notice_id: int, *, seconds: float | None = None) -> NoticeState:
        """
        Go on with a broadcast where it was held up; its state then. `seconds`: as for `pause`.

        Raises:
            NoSuchBroadcastError: there is none.
            BroadcastStateError: it was cancelled, or it is too late to be told.
        """
        return await self._order(notice_id, self._resuming, seconds)

    async def cancel(self, notice_id: int, *, seconds: float | None = None) -> NoticeState:
        """
        End a broadcast: what is not being sent yet will not be. `seconds`: as for `pause`.

        Raises:
            NoSuchBroadcastError: there is none.
            BroadcastStateError: there is nothing left of it to be ended.
        """
        return await self._order(notice_id, self._cancelling, seconds)

    async def _expected(self, draft: Draft) -> dict[str, int] | None:
        """How many will be told by each platform; None if counting them takes too long."""
        try:
            reach = await self._previews.count(
                draft.only, by_email=draft.by_email, patience=_COUNTING
            )
        except DatabaseMisfitError:
            raise
        except DatabaseUnavailableError:
            return None
        return dict(reach.told)

    async def _order(
        self,
        notice_id: int,
        decide: Callable[[AsyncConnection, Notice], Awaitable[Decision | None]],
        seconds: float | None,
    ) -> NoticeState:
        async def change(tx: AsyncConnection) -> NoticeState:
            notice = await self._get(tx, notice_id)
            for _ in range(_TRIES):
                decision = await decide(tx, notice)
                if decision is None:
                    return NoticeState(notice.state)
                wanted, expires_at = decision
                if await self._broadcasts.change(
                    tx, notice_id, former=[notice.state], wanted=wanted, expires_at=expires_at
                ):
                    return wanted
                notice = await self._get(tx, notice_id)
            raise BroadcastStateError(notice, "changes all the time: try again")

        try:
            state = await self._database.transact(change)
        except CommitUnknownError:  # ordered twice is ordered once
            state = await self._database.transact(change)
        self._wakening.wake()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._orders.carry_out(notice_id)
        return state

    async def _pausing(self, tx: AsyncConnection, notice: Notice) -> Decision | None:
        if notice.state == NoticeState.PAUSED:
            return None
        await self._ensure_unfinished(tx, notice)
        return NoticeState.PAUSED, None

    async def _cancelling(self, tx: AsyncConnection, notice: Notice) -> Decision | None:
        if notice.state == NoticeState.CANCELLED:
            return None
        await self._ensure_unfinished(tx, notice)
        return NoticeState.CANCELLED, None

    async def _resuming(self, _tx: AsyncConnection, notice: Notice) -> Decision | None:
        if notice.state in GOES_ON:
            return None
        if notice.state == NoticeState.CANCELLED:
            raise BroadcastStateError(notice, "was cancelled: send it anew")
        now = self._clock.now()
        if now >= notice.expires_at:
            raise BroadcastStateError(notice, "was paused until it was too late: send it anew")
        lasts = EXPIRES_AFTER[kind_of(notice.kind)] >= EXPIRES_AFTER[Kind.CUSTOM]
        expires_at = max(notice.expires_at, now + TELLING_EVERYONE_TAKES) if lasts else None
        is_expanded = notice.expanded_at is not None
        return NoticeState.EXPANDED if is_expanded else NoticeState.EXPANDING, expires_at

    async def _ensure_unfinished(self, tx: AsyncConnection, notice: Notice) -> None:
        if notice.state == NoticeState.CANCELLED:
            raise BroadcastStateError(notice, "was cancelled")
        if notice.state != NoticeState.EXPANDED:
            return
        if not await self._broadcasts.find_deliveries(tx, notice.id, UNFINISHED, 1):
            raise BroadcastStateError(notice, "is over: nothing of it waits")

    async def _get(self, connection: AsyncConnection, notice_id: int) -> Notice:
        notice = (await self._notices.find(connection, [notice_id])).get(notice_id)
        if notice is None or notice.audience != "everyone":
            raise NoSuchBroadcastError(notice_id)
        return notice
