"""
Holding up notices to everyone, going on with them and ending them: their deliveries follow.

The order is the notice's state in the database. Whoever gives it begins to carry it out; the daemon
on duty does what is left, for as long as there are deliveries at odds with the state of their
notice. Those that are held back stand outside of their lanes, so that nothing else for the same
recipients waits. What a daemon has claimed by then, some seconds' worth, is still sent.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import CommitUnknownError, Database, DatabaseUnavailableError
from config_store.own.broadcasts import GOES_ON, BroadcastTable
from config_store.own.notices import Notice, NoticeTable
from config_store.own.settling import Settling
from core.clock import SiteClock
from core.delivery.model import EXPIRES_AFTER, NoticeState, State, kind_of
from core.supervision import growing_pauses, wait_for

_LOOK = 1.0  # seconds between looks for deliveries that are at odds with their notice
_BATCH = 500  # deliveries in one transaction
_AT_ONCE = 20  # notices in one round
_TIMEOUT = 20.0  # seconds for one transaction

_CANCELLED = "the broadcast was cancelled"
_TOO_LATE = "the broadcast was paused until it was too late to be told"


class NoticeOrders:
    """Has deliveries follow their notices. `made`: called when some may be sent now."""

    def __init__(
        self,
        *,
        database: Database,
        notices: NoticeTable,
        broadcasts: BroadcastTable,
        settling: Settling,
        clock: SiteClock,
        made: Callable[[], None],
    ) -> None:
        self._database = database
        self._notices = notices
        self._broadcasts = broadcasts
        self._settling = settling
        self._clock = clock
        self._made = made

    async def carry_out(self, notice_id: int, stop: asyncio.Event | None = None) -> None:
        """
        Have all deliveries follow their notice that are not being sent at the moment.

        Raises:
            DatabaseUnavailableError: some do; whoever is on duty goes on.
        """
        while (stop is None or not stop.is_set()) and await self._next_batch(notice_id):
            pass

    async def carry_out_all(self, stop: asyncio.Event) -> None:
        """
        As `carry_out`, for all notices that have deliveries at odds with them.

        Raises:
            DatabaseUnavailableError: as it says.
        """
        at_odds = await self._database.run(
            lambda connection: self._broadcasts.find_at_odds(
                connection, now=self._clock.now(), count=_AT_ONCE
            )
        )
        for notice_id in at_odds:
            await self.carry_out(notice_id, stop)

    async def _next_batch(self, notice_id: int) -> bool:
        """Some deliveries of a notice, by what it says now; whether there were any."""

        async def find(connection: AsyncConnection) -> tuple[Notice | None, list[int]]:
            notice = (await self._notices.find(connection, [notice_id])).get(notice_id)
            if notice is None:
                return None, []
            states = _at_odds(notice, self._clock.now())
            return notice, await self._broadcasts.find_deliveries(
                connection, notice_id, states, _BATCH
            )

        notice, ids = await self._database.run(find)
        if notice is None or not ids:
            return False

        async def follow(tx: AsyncConnection) -> int:
            return await self._follow(tx, notice, ids)

        try:
            followed = await self._database.transact(follow, timeout=_TIMEOUT)
        except CommitUnknownError:  # done twice is done once
            followed = await self._database.transact(follow, timeout=_TIMEOUT)
        if notice.state in GOES_ON:
            self._made()
        return followed > 0

    async def _follow(self, tx: AsyncConnection, notice: Notice, ids: Sequence[int]) -> int:
        now = self._clock.now()

        async def end(state: State, reason: str) -> int:
            return await self._settling.end_unclaimed(tx, ids, state=state, error=reason, now=now)

        match notice.state:
            case NoticeState.PAUSED if now >= notice.expires_at:
                return await end(State.EXPIRED, _TOO_LATE)
            case NoticeState.PAUSED:
                return await self._settling.pause(tx, ids)
            case NoticeState.CANCELLED:
                return await end(State.CANCELLED, _CANCELLED)
            case _:
                expires_at = min(notice.expires_at, now + EXPIRES_AFTER[kind_of(notice.kind)])
                return await self._settling.resume(tx, ids, expires_at=expires_at)


class OrderKeeper:
    """The part of a daemon that carries out what is left of orders, while it is on duty."""

    def __init__(self, *, orders: NoticeOrders, is_on_duty: Callable[[], bool]) -> None:
        self._orders = orders
        self._is_on_duty = is_on_duty

    async def run(self, stop: asyncio.Event) -> None:
        """Look for orders every second until `stop` is set."""
        pauses = growing_pauses(_LOOK, 10.0)
        while not stop.is_set():
            pause = _LOOK
            try:
                if self._is_on_duty():
                    await self._orders.carry_out_all(stop)
                pauses = growing_pauses(_LOOK, 10.0)
            except DatabaseUnavailableError:
                pause = next(pauses)
            await wait_for(stop, pause)


def _at_odds(notice: Notice, now: datetime) -> Sequence[State]:
    """The states of deliveries that do not go with that of their notice."""
    match notice.state:
        case NoticeState.PAUSED if now < notice.expires_at:
            return (State.WAITING, State.QUEUED)
        case NoticeState.PAUSED | NoticeState.CANCELLED:
            return (State.WAITING, State.QUEUED, State.PAUSED)
        case _:
            return (State.PAUSED,) if notice.state in GOES_ON else ()
