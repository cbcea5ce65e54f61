"""
One message on its way: what it says, its turn, the platform's answer, and what that comes to.

Several deliveries may be one message; what becomes of it becomes of all of them.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ParamSpec, Protocol, TypeVar

import structlog

from config_store.database import DatabaseUnavailableError
from config_store.own.claims import MOST_LOST_SENDS, Claimed
from config_store.own.settling import Settlement
from core.clock import SiteClock
from core.delivery.actions import DeferredActions
from core.delivery.content import UnreadableContentError, put_together
from core.delivery.counting import ACCEPTED, DeliveryCounts, outcome_of
from core.delivery.judging import Judge
from core.delivery.model import QueuePriority, State
from core.delivery.moves import MovedTargets
from core.delivery.outages import Outage
from core.delivery.outcomes import DirectChannel, Move, Outcome
from core.delivery.reading import Notices, Reading
from core.message import Message
from core.pacing import Pacer, Priority
from core.platform import (
    Bot,
    ContentRefusedError,
    Covers,
    CredentialsRefusedError,
    Platform,
    PlatformError,
    PlatformUnreachableError,
    Posting,
    Sent,
    TargetError,
    TargetMovedError,
)

log = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_LONG = 8000  # characters of notices; to put more into words keeps others waiting
_PATIENCE = 5.0  # seconds that a message waits for the pace before it gives its place to others
_GLANCE = 0.02  # seconds between looks whether the database has caught up
_STEP_ASIDE = timedelta(seconds=1)
_SUSPICIOUS = timedelta(seconds=20)  # refusals of several targets within it mean the whole bot

_PACE = {
    QueuePriority.ACTION: Priority.REPLY,
    QueuePriority.ALERT: Priority.NOTICE,
    QueuePriority.NOTICE: Priority.NOTICE,
    QueuePriority.BROADCAST: Priority.BROADCAST,
}


class RefuseToken(Protocol):
    """Ends the bot whose token the platform has refused."""

    def __call__(self, error: CredentialsRefusedError, *, bot: Bot | None = None) -> None: ...


class GaveWayError(PlatformError):
    """The message was not sent now: it may later, or somebody else has it."""


class ClaimLostError(PlatformError):
    """The delivery is not ours any more."""


@dataclass(slots=True)
class Flight:
    """
    One message on its way. The first of its deliveries leads.

    `notices`: what they say. `has_begun`: the platform may have got some of it.
    `accepted`: ids of the parts that it has.
    """

    members: Sequence[Claimed]
    notices: Notices
    has_begun: bool = False
    accepted: list[str] = field(default_factory=list[str])
    outcome: "Outcome | None" = None


class Sending:
    """Sends for one platform. It answers with outcomes and never raises."""

    def __init__(
        self,
        *,
        platform: Platform,
        reading: Reading,
        actions: DeferredActions,
        judge: Judge,
        moves: MovedTargets,
        may_send: Callable[[], bool],
        is_behind: Callable[[], bool],
        mark: Callable[[Claimed], Awaitable[bool]],
        refuse_token: RefuseToken,
        outage: Outage,
        clock: SiteClock,
        counts: DeliveryCounts,
    ) -> None:
        self._platform = platform
        self._pacer: Pacer = platform.pacer
        self._reading = reading
        self._actions = actions
        self._judge = judge
        self._moves = moves
        self._may_send = may_send
        self._is_behind = is_behind
        self._mark = mark
        self._refuse_token = refuse_token
        self._outage = outage
        self._clock = clock
        self._counts = counts
        self._refused: dict[str, float] = {}

    async def send(self, flight: Flight, bot: Bot) -> Outcome | None:
        """
        Send one message and say what became of all its deliveries.

        None if they are not ours any more.
        """
        live, ends = await self._beside_if_long(flight, self._sort_out, flight)
        if not live:
            return Outcome(settlements=tuple(ends))
        try:
            outcome = await self._try(live, bot, flight)
        except DatabaseUnavailableError:
            return self._back(live, ends)
        if outcome is None:
            return None
        return Outcome(
            settlements=(*outcome.settlements, *ends),
            unreached=outcome.unreached,
            direct_channel=outcome.direct_channel,
            move=outcome.move,
        )

    def must_wait(self, flight: Flight) -> float:
        """Seconds for which the target's own limits leave no room: others go first meanwhile."""
        target = self._moves.now(flight.members[0].target)
        return self._pacer.full_for(self._platform.budget_of(target))

    def postpone(self, flight: Flight, seconds: float) -> Outcome:
        """It waits on for so long without having been tried."""
        again_at = self._clock.now() + timedelta(seconds=seconds)
        return Outcome(
            settlements=tuple(
                self._judge.not_tried(each, again_at=again_at) for each in flight.members
            )
        )

    async def keep_apart(self, flight: Flight) -> None:
        """Wait for as long as what is suspected of ending daemons keeps away from others."""
        seconds = max(self._judge.seconds_apart(each) for each in flight.members)
        if seconds:
            await asyncio.sleep(seconds)

    def put_back(self, flight: Flight) -> Outcome:
        """What was cut off waits on; if it had begun, the platform may have got it."""
        members, now = flight.members, self._clock.now()
        if not flight.has_begun:
            return self._back(members, ())
        error = PlatformUnreachableError("cut off when the daemon stopped", may_have_arrived=True)
        if flight.accepted:
            error.sent = (*_ids(members[0]), *flight.accepted)
        return Outcome(settlements=self._settle(members, error, now))

    def _sort_out(self, flight: Flight) -> tuple[list[Claimed], list[Settlement]]:
        """
        What is to be sent, and the ends of what is not.

        What was tried together before is repeated as it was: a platform may have some of it.
        """
        members = flight.members
        over = [self._over(each) for each in members]
        was_tried = any(each.attempts or each.lost_claims for each in members)
        if len(members) > 1 and was_tried and None in over:
            return list(members), []
        over = [
            end or self._unsayable(each, flight) for each, end in zip(members, over, strict=True)
        ]
        live = [each for each, end in zip(members, over, strict=True) if end is None]
        return live, [end for end in over if end is not None]

    def _unsayable(self, claimed: Claimed, flight: Flight) -> Settlement | None:
        """Its end if it says nothing that can be said; no other need end with it."""
        if claimed.action is not None:
            return None
        try:
            self._reading.message(claimed, flight.notices)
        except UnreadableContentError as error:
            return self._judge.ended(claimed, State.FAILED, str(error))
        return None

    def _over(self, claimed: Claimed) -> Settlement | None:
        if claimed.lost_sends >= MOST_LOST_SENDS:
            return self._judge.ended(
                claimed,
                State.SET_ASIDE,
                f"the daemon ended {claimed.lost_sends} times while sending this",
            )
        if self._clock.now() >= claimed.expires_at:
            return self._judge.ended(claimed, State.EXPIRED, "it was too late to be told")
        return None

    def _back(self, members: Sequence[Claimed], ends: Sequence[Settlement]) -> Outcome:
        again_at = self._clock.now() + _STEP_ASIDE
        back = (self._judge.not_tried(each, again_at=again_at) for each in members)
        return Outcome(settlements=(*back, *ends))

    async def _try(self, members: Sequence[Claimed], bot: Bot, flight: Flight) -> Outcome | None:
        head = members[0]
        target = self._moves.now(head.target)
        try:
            return self._sent(members, await self._do(members, target, bot, flight))
        except UnreadableContentError as error:
            end = [self._judge.ended(each, State.FAILED, str(error)) for each in members]
            return Outcome(settlements=tuple(end))
        except ClaimLostError:
            return None
        except GaveWayError as error:
            return self._gave_way(members, error)
        except PlatformError as error:
            return self._failed(members, target, error, bot, flight.notices)
        except DatabaseUnavailableError:
            raise
        except Exception:
            log.exception("delivery crashed", platform=self._platform.name.value, delivery=head.id)
            fault = PlatformError("a fault of this program: see the log")
            return self._failed(members, target, fault, bot, flight.notices)

    async def _do(self, members: Sequence[Claimed], target: str, bot: Bot, flight: Flight) -> Sent:
        head = members[0]
        if head.action is None:
            message = await self._beside_if_long(flight, self._message, members, flight.notices)
            return await bot.send(self._posting(members, target, message, flight))
        await self._turn_of(head, target, flight)()
        await self._actions.do(head, target, bot)
        return Sent(())

    async def _beside_if_long(
        self, flight: Flight, work: Callable[P, T], *of: P.args, **by: P.kwargs
    ) -> T:
        """What puts a flight into words; if it is long in a thread, while all else goes on."""
        ids = {each.notice_id for each in flight.members if each.notice_id is not None}
        known = (flight.notices[each] for each in ids if each in flight.notices)
        if sum(len(notice.content) for notice in known) <= _LONG:
            return work(*of, **by)
        return await asyncio.to_thread(work, *of, **by)

    def _posting(
        self, members: Sequence[Claimed], target: str, message: Message, flight: Flight
    ) -> Posting:
        head = members[0]
        return Posting(
            target=target,
            message=message,
            key=f"{head.id:x}",
            sent=_ids(head),
            direct_channel=head.direct_channel,
            is_broadcast=head.priority == QueuePriority.BROADCAST,
            turn=self._turn_of(head, target, flight),
            accepted=flight.accepted.append,
        )

    def _message(self, members: Sequence[Claimed], notices: Notices) -> Message:
        message = put_together([self._reading.message(each, notices) for each in members])
        if not message.blocks:
            raise UnreadableContentError("the notice says nothing that could be shown")
        return message

    def _turn_of(self, head: Claimed, target: str, flight: Flight) -> Callable[[], Awaitable[None]]:
        budget = self._platform.budget_of(target)
        priority = _PACE[QueuePriority(head.priority)]

        async def turn() -> None:
            with suppress(TimeoutError):
                async with asyncio.timeout(None if flight.has_begun else _PATIENCE):
                    while self._is_behind() and not flight.has_begun:  # noqa: ASYNC110 - nobody tells
                        await asyncio.sleep(_GLANCE)
                    await self._pacer.wait(budget, priority)
                if head.lost_claims and not flight.has_begun:
                    await self._ensure_marked(head)
                if self._may_send() and (flight.has_begun or self._outage.take_turn()):
                    flight.has_begun = True
                    return
            raise GaveWayError("others go first")

        return turn

    async def _ensure_marked(self, head: Claimed) -> None:
        """What a daemon has ended with is marked right before it is sent, not while it waits."""
        if not await self._mark(head):
            raise ClaimLostError("another daemon has this delivery")

    def _sent(self, members: Sequence[Claimed], sent: Sent) -> Outcome:
        self._counts.tried(ACCEPTED)
        self._outage.answered()
        head, channel = members[0], sent.direct_channel
        learned = None
        if channel is not None and channel != head.direct_channel:
            learned = DirectChannel(platform=head.platform, user_id=head.target, channel_id=channel)
        return Outcome(
            settlements=tuple(
                self._judge.sent(each, sent.ids if each is head else ()) for each in members
            ),
            direct_channel=learned,
        )

    def _gave_way(self, members: Sequence[Claimed], error: GaveWayError) -> Outcome:
        again_at = self._clock.now() + _STEP_ASIDE
        return Outcome(
            settlements=tuple(
                self._judge.not_tried(each, again_at=again_at, sent=error.sent) for each in members
            )
        )

    def _failed(
        self,
        members: Sequence[Claimed],
        target: str,
        error: PlatformError,
        bot: Bot,
        notices: Notices,
    ) -> Outcome:
        self._counts.tried(outcome_of(error))
        if isinstance(error, TargetError | ContentRefusedError):
            self._outage.answered()
        head, now = members[0], self._clock.now()
        move = None
        if isinstance(error, TargetMovedError):
            move = Move(
                platform=head.platform,
                target=self._platform.budget_of(target),
                new_target=error.target,
            )
            self._moves.learn(move.target, move.new_target)
        elif isinstance(error, CredentialsRefusedError):
            self._refuse_token(error, bot=bot)
        elif isinstance(error, PlatformUnreachableError):
            if error.retry_after is None:
                self._outage.failed()
            self._keep_pause(self._platform.budget_of(target), error)
        settlements = self._settle(members, error, now)
        tell = log.info if settlements[0].is_end else log.debug
        tell(
            "delivery not made",
            platform=head.platform,
            delivery=head.id,
            state=settlements[0].state,
            reason=str(error),
        )
        return Outcome(
            settlements=settlements,
            unreached=tuple(self._unreached(members, error, notices)),
            move=move,
        )

    def _settle(
        self, members: Sequence[Claimed], error: PlatformError, now: datetime
    ) -> tuple[Settlement, ...]:
        """What is written of a failed try. The parts that were accepted stand in the first row."""
        if isinstance(error, ContentRefusedError) and len(members) > 1:
            return tuple(self._judge.apart(each, error, now=now) for each in members)
        first, *others = (self._judge.failed(each, error, now=now) for each in members)
        return (first, *(replace(each, message_ids=None) for each in others))

    def _unreached(
        self, members: Sequence[Claimed], error: PlatformError, notices: Notices
    ) -> list[Claimed]:
        """Those whose recipients are to be reached another way."""
        if not isinstance(error, TargetError) or isinstance(error, TargetMovedError):
            return []
        return [
            each
            for each in members
            if each.account_id is not None and self._reading.may_take_detours(each, notices)
        ]

    def _keep_pause(self, budget: str, error: PlatformUnreachableError) -> None:
        """Have everything wait that the platform's pause covers; two targets at once mean all."""
        if error.retry_after is None:
            return
        self._counts.asked_to_pause()
        now = self._clock.now().timestamp()
        recent = {
            target: at
            for target, at in self._refused.items()
            if now - at < _SUSPICIOUS.total_seconds()
        }
        self._refused = {**recent, budget: now}
        is_of_bot = error.covers is Covers.BOT or (error.covers is None and len(self._refused) > 1)
        self._pacer.penalise(None if is_of_bot else budget, error.retry_after)


def _ids(claimed: Claimed) -> tuple[str, ...]:
    return tuple(json.loads(claimed.message_ids)) if claimed.message_ids else ()
