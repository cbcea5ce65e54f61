"""
The queue for those who look after it: what is in it, why, and doing it again or not at all.

What is changed here is changed by conditional statements: whoever sends at the same moment wins.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import CommitUnknownError, Database
from config_store.own.enqueuing import Enqueuing
from config_store.own.folding import Folding
from config_store.own.looking import Cursor, Delivery, Looking
from config_store.own.notices import Notice, NoticeTable
from config_store.own.settling import Settling
from core.clock import SiteClock
from core.delivery.census import PLATFORMS, Census, Counting
from core.delivery.model import EXPIRES_AFTER, RETRIABLE, UNFINISHED, NoticeState, State
from core.delivery.wakening import Wakening

_LASTS = timedelta(hours=24)  # an action, or what is of a kind that is not known
_CANCELLED = "cancelled by the operator"
_PATIENCE = 30.0  # seconds for counting all that ended in a day
_ENDED = tuple(state for state in State if state not in UNFINISHED)
_HELD = (State.PAUSED, State.SET_ASIDE)
_OPEN_NOTICES = tuple(
    state for state in NoticeState if state not in (NoticeState.EXPANDED, NoticeState.CANCELLED)
)


class NoSuchDeliveryError(Exception):
    """There is no delivery with this id: it never was, or was removed after its time."""

    def __init__(self, delivery_id: int) -> None:
        super().__init__(
            f"there is no delivery {delivery_id}: `queue list` shows which there are,"
            f" `queue list --notice N` those of notice N"
        )
        self.delivery_id = delivery_id


class NoSuchNoticeError(Exception):
    """There is no notice with this id: it never was, or was removed after its time."""

    def __init__(self, notice_id: int) -> None:
        super().__init__(f"there is no notice {notice_id}")
        self.notice_id = notice_id


class DeliveryStateError(Exception):
    """What was asked for does not go with the state that a delivery is in: `state`."""

    def __init__(self, delivery_id: int, state: str, said: str) -> None:
        super().__init__(f"delivery {delivery_id} is {state.replace('_', ' ')}: {said}")
        self.state = state


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeStory:
    """A notice, and its deliveries counted by state, those too that are only numbers by now."""

    notice: Notice
    deliveries: Mapping[State, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStory:
    """A delivery, its notice, and how many of its lane go before it."""

    delivery: Delivery
    notice: Notice | None
    ahead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPage:
    """Some deliveries, and where the next page begins if there is one."""

    deliveries: Sequence[Delivery]
    next: Cursor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStatistics:
    """
    What is in the queue now, and what became of the rest.

    `held`: what waits for an operator, by state. `ended`: in the last 24 hours, by platform and
    state. `notices`: those that are not turned into deliveries yet, by state.
    """

    census: Census
    held: Mapping[State, int]
    ended: Mapping[str, Mapping[str, int]]
    notices: Mapping[str, int]


class QueueOversight:
    """Looks into the queue, and takes an operator's decisions."""

    def __init__(
        self,
        *,
        database: Database,
        looking: Looking,
        counting: Counting,
        notices: NoticeTable,
        folding: Folding,
        enqueuing: Enqueuing,
        settling: Settling,
        wakening: Wakening,
        clock: SiteClock,
    ) -> None:
        self._database = database
        self._looking = looking
        self._counting = counting
        self._notices = notices
        self._folding = folding
        self._enqueuing = enqueuing
        self._settling = settling
        self._wakening = wakening
        self._clock = clock

    async def statistics(self) -> QueueStatistics:
        """How full it is, and what became of the last day's deliveries."""

        async def look(connection: AsyncConnection) -> QueueStatistics:
            held = await self._looking.count(connection, PLATFORMS, _HELD)
            return QueueStatistics(
                census=await self._counting.count(connection),
                held={
                    state: sum(each.number for each in held if each.state == state)
                    for state in _HELD
                },
                ended=await self._counting.count_ended(connection, _ENDED),
                notices=await self._looking.count_notices(connection, _OPEN_NOTICES),
            )

        return await self._database.run(look, timeout=_PATIENCE)

    async def find_notice(self, notice_id: int) -> NoticeStory:
        """
        A notice and what became of it.

        Raises:
            NoSuchNoticeError: there is none.
        """

        async def look(connection: AsyncConnection) -> NoticeStory:
            notice = (await self._notices.find(connection, [notice_id])).get(notice_id)
            if notice is None:
                raise NoSuchNoticeError(notice_id)
            counted = await self._folding.count(connection, notice_id)
            deliveries = {state: counted.get(state, 0) for state in State}
            return NoticeStory(notice=notice, deliveries=deliveries)

        return await self._database.run(look)

    async def find_page(
        self,
        *,
        state: State | None,
        platform: str | None,
        before: Cursor | None,
        limit: int,
        notice_id: int | None = None,
    ) -> DeliveryPage:
        """
        Deliveries by the time at which each is or was due last, the latest first.

        Those of one notice by the order in which they were made.
        """
        platforms = PLATFORMS if platform is None else (platform,)
        states = tuple(State) if state is None else (state,)

        async def look(connection: AsyncConnection) -> list[Delivery]:
            if notice_id is None:
                return await self._looking.find_page(
                    connection, platforms=platforms, states=states, before=before, limit=limit + 1
                )
            return await self._looking.find_page_of_notice(
                connection,
                notice_id,
                platforms=platforms,
                states=states,
                before=before,
                limit=limit + 1,
            )

        found = await self._database.run(look)
        page = found[:limit]
        has_more = len(found) > limit
        return DeliveryPage(
            deliveries=page,
            next=Cursor(page[-1].not_before, page[-1].id) if has_more else None,
        )

    async def find_delivery(self, delivery_id: int) -> DeliveryStory:
        """
        A delivery and all that explains it.

        Raises:
            NoSuchDeliveryError: there is none.
        """

        async def look(connection: AsyncConnection) -> DeliveryStory:
            delivery = await self._find(connection, delivery_id)
            notices = await self._notices.find(
                connection, [] if delivery.notice_id is None else [delivery.notice_id]
            )
            is_queued = delivery.state == State.QUEUED
            return DeliveryStory(
                delivery=delivery,
                notice=notices.get(delivery.notice_id or 0),
                ahead=await self._looking.count_ahead(connection, delivery) if is_queued else 0,
            )

        return await self._database.run(look)

    async def retry(self, delivery_id: int) -> State:
        """
        Put a delivery that has ended without being sent into the queue again; its state now.

        Raises:
            NoSuchDeliveryError: there is none.
            DeliveryStateError: it was sent, or has not ended.
        """

        async def requeue(tx: AsyncConnection, *, may_be_done: bool) -> State:
            delivery = await self._find(tx, delivery_id)
            state = State(delivery.state)
            if may_be_done and state in UNFINISHED:
                return state
            now = self._clock.now()
            lasts = next(
                (time for kind, time in EXPIRES_AFTER.items() if kind == delivery.kind), _LASTS
            )
            if not await self._enqueuing.requeue(
                tx, delivery_id, former=RETRIABLE, now=now, expires_at=now + lasts
            ):
                state = await self._state(tx, delivery_id)
                raise DeliveryStateError(delivery_id, state, _not_retriable(state))
            return await self._state(tx, delivery_id)

        state = await self._decide(requeue)
        self._wakening.wake()
        return state

    async def cancel(self, delivery_id: int) -> None:
        """
        End a delivery that has not been sent.

        Raises:
            NoSuchDeliveryError: there is none.
            DeliveryStateError: it is being sent at this moment, or has ended.
        """

        async def end(tx: AsyncConnection, *, may_be_done: bool) -> State:
            done = await self._settling.end_unclaimed(
                tx, [delivery_id], state=State.CANCELLED, error=_CANCELLED, now=self._clock.now()
            )
            state = await self._state(tx, delivery_id)
            if not done and not (may_be_done and state is State.CANCELLED):
                raise DeliveryStateError(delivery_id, state, _not_cancellable(state))
            return state

        await self._decide(end)
        self._wakening.wake()

    async def _decide(self, change: Callable[..., Awaitable[State]]) -> State:
        """Make a change, once more if its COMMIT was not answered."""
        try:
            return await self._database.transact(lambda tx: change(tx, may_be_done=False))
        except CommitUnknownError:
            return await self._database.transact(lambda tx: change(tx, may_be_done=True))

    async def _state(self, connection: AsyncConnection, delivery_id: int) -> State:
        return State((await self._find(connection, delivery_id)).state)

    async def _find(self, connection: AsyncConnection, delivery_id: int) -> Delivery:
        delivery = await self._looking.find(connection, delivery_id)
        if delivery is None:
            raise NoSuchDeliveryError(delivery_id)
        return delivery


def _not_retriable(state: State) -> str:
    if state in UNFINISHED:
        return "it has not ended yet"
    return "only what was not delivered can be retried"


def _not_cancellable(state: State) -> str:
    if state is State.SENDING:
        return "ask again in a moment"
    return "only what has not ended can be cancelled"
