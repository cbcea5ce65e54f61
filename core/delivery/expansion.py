"""
Turning notices to many into deliveries, a page of accounts at a time.

The audience is fixed when the notice is accepted: all accounts up to the highest key then. A cursor
over the key moves in the transaction that writes a page's deliveries; a second time round finds who
was missed, and a unique key in the database keeps anyone from being told twice. No more is written
than can be sent soon, as long as a platform has enough to do; memory does not grow with a site.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Sequence

import structlog
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.catalogue import SiteSettings
from config_store.database import Database, DatabaseUnavailableError
from config_store.live_settings import LiveSettings
from config_store.own.claims import Claims
from config_store.own.enqueuing import Enqueuing, NewDelivery
from config_store.own.notices import Notice, NoticeTable
from config_store.panel.recipients import Recipient, RecipientTable
from core.clock import SiteClock
from core.delivery.audience import AudienceError
from core.delivery.backlogs import ENOUGH, Backlogs
from core.delivery.model import (
    EXPIRES_AFTER,
    NoticeState,
    QueuePriority,
    ToAdmins,
    ToEveryone,
    kind_of,
)
from core.delivery.notifier import delivery_of
from core.delivery.ways import Ways
from core.supervision import first_of, growing_pauses, wait_for

log = structlog.get_logger(__name__)

_LOOK = 0.3  # seconds between looks for notices
_PAGE = 1000  # accounts in one transaction
_AT_ONCE = 20  # notices that are looked at in one round

Narrowing = Callable[[Notice], Sequence[ColumnElement[bool]]]
"""
The conditions under which an account belongs to a notice's audience.

Raises:
    AudienceError: it is of a later version; a daemon of that one makes its deliveries.
"""


class Expansion:
    """Makes the deliveries of notices to the administrators and to everyone."""

    def __init__(
        self,
        *,
        database: Database,
        notices: NoticeTable,
        recipients: RecipientTable,
        enqueuing: Enqueuing,
        claims: Claims,
        ways: Ways,
        narrowing: Narrowing,
        settings: LiveSettings,
        clock: SiteClock,
        is_on_duty: Callable[[], bool],
        made: Callable[[], None],
    ) -> None:
        self._database = database
        self._notices = notices
        self._recipients = recipients
        self._enqueuing = enqueuing
        self._claims = claims
        self._ways = ways
        self._narrowing = narrowing
        self._settings = settings
        self._clock = clock
        self._is_on_duty = is_on_duty
        self._made = made
        self._backlogs = Backlogs()
        self._woken = asyncio.Event()
        self._not_understood: set[int] = set()

    def wake(self) -> None:
        """A notice may have been accepted: look at once."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work while this daemon is on duty, until `stop` is set."""
        pauses = growing_pauses(_LOOK, 5.0)
        while not stop.is_set():
            self._woken.clear()
            try:
                has_more = self._is_on_duty() and await self._round()
                pauses = growing_pauses(_LOOK, 5.0)
            except DatabaseUnavailableError:
                await wait_for(stop, next(pauses))
                continue
            if not has_more:
                await first_of(stop.wait(), wait_for(self._woken, _LOOK))

    async def _round(self) -> bool:
        """Take each notice a step further; whether there is more to be done at once."""
        settings = self._settings.current
        expanding = await self._database.run(
            lambda connection: self._notices.find_expanding(connection, _AT_ONCE)
        )
        if not expanding or settings is None:
            return False
        to_admins = [notice for notice in expanding if notice.audience == "admins"]
        if to_admins:
            await self._tell_admins(to_admins, settings)
            self._made()
        to_everyone = [notice for notice in expanding if notice.audience == "everyone"]
        if not to_everyone or await self._have_enough(settings):
            return False
        has_turned = False
        for notice in to_everyone:
            try:
                await self._turn_page(notice, settings)
            except AudienceError as error:
                if notice.id not in self._not_understood:
                    self._not_understood.add(notice.id)
                    log.warning("audience not understood", notice=notice.id, reason=str(error))
                continue
            self._made()
            has_turned = True
        return has_turned

    async def _tell_admins(self, notices: Sequence[Notice], settings: SiteSettings) -> None:
        """All of them by one look for the administrators, which reads the whole table."""

        async def tell(tx: AsyncConnection) -> None:
            admins: list[Recipient] | None = None
            deliveries: list[NewDelivery] = []
            for notice in notices:
                if not await self._end(tx, notice):
                    continue
                admins = await self._recipients.find_admins(tx) if admins is None else admins
                deliveries += self._deliveries(notice, admins, settings)
            await self._enqueuing.add(tx, deliveries, now=self._clock.now())

        await self._database.transact(tell, timeout=30.0)

    async def _turn_page(self, notice: Notice, settings: SiteSettings) -> None:
        """The next page of a notice to everyone, in one transaction."""

        async def turn(tx: AsyncConnection) -> None:
            is_sweep = notice.state == NoticeState.SWEEPING
            page, reached = await self._recipients.find_page(
                tx,
                after=notice.cursor_id,
                up_to=notice.last_id,
                count=_PAGE,
                conditions=self._narrowing(notice),
                untold_by=notice.id,  # one that was paused in its sweep begins a second time
            )
            if not await self._notices.advance(
                tx, notice.id, seen=notice.cursor_id, reached=reached
            ):
                return
            if self._clock.now() < notice.expires_at:
                deliveries = list(self._deliveries(notice, page, settings))
                await self._enqueuing.add(tx, deliveries, now=self._clock.now())
            if reached < notice.last_id:
                return
            if is_sweep:
                await self._end(tx, notice)
            else:
                await self._notices.change_state(
                    tx,
                    notice.id,
                    former=[NoticeState.EXPANDING],
                    wanted=NoticeState.SWEEPING,
                    cursor_id=0,
                )

        # An account of the audience may be on its way to this node of a cluster.
        await self._database.transact(turn, timeout=30.0, in_step=True)

    async def _end(self, tx: AsyncConnection, notice: Notice) -> bool:
        return await self._notices.change_state(
            tx,
            notice.id,
            former=[notice.state],
            wanted=NoticeState.EXPANDED,
            cursor_id=notice.last_id,
            expanded_at=self._clock.now(),
        )

    def _deliveries(
        self, notice: Notice, recipients: Iterable[Recipient], settings: SiteSettings
    ) -> list[NewDelivery]:
        is_to_admins = notice.audience == "admins"
        by_email = is_to_admins or bool(json.loads(notice.audience_details).get("by_email"))
        now = self._clock.now()
        longest = EXPIRES_AFTER[kind_of(notice.kind)]
        expires_at = notice.expires_at if is_to_admins else min(notice.expires_at, now + longest)
        return [
            delivery_of(
                way,
                audience=ToAdmins() if is_to_admins else ToEveryone(),
                notice_id=notice.id,
                account_id=recipient.id,
                now=now,
                expires_at=expires_at,
            )
            for recipient in recipients
            if (way := self._ways.first_to_account(recipient, settings, by_email=by_email))
        ]

    async def _have_enough(self, settings: SiteSettings) -> bool:
        """Whether the platforms in use have enough to do for the moment."""
        in_use = sorted(self._ways.in_use(settings))

        async def count(connection: AsyncConnection) -> dict[str, int]:
            return {
                platform: await self._claims.count_waiting(
                    connection, platform, QueuePriority.BROADCAST, most=2 * ENOUGH
                )
                for platform in in_use
            }

        waiting = await self._database.run(count)
        return self._backlogs.are_enough(waiting, at=time.monotonic())
