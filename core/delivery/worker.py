"""
The worker of one platform: claims what is due, paces it, has it sent, and notes what became of it.

It works while this daemon holds the platform's role and has a bot there. More is claimed only as it
can be sent soon, so that what is more urgent finds room; everything that is claimed is known here,
and what the database shows as being sent beyond that was lost by somebody and goes back.
"""

import asyncio
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import DatabaseUnavailableError
from config_store.own.claims import PRIORITIES, Claimed
from core.clock import SiteClock
from core.delivery.counting import DeliveryCounts
from core.delivery.model import QueuePriority
from core.delivery.moves import MovedTargets
from core.delivery.outages import Outage
from core.delivery.outcomes import Outcome, OutcomeWriter
from core.delivery.queue import DeliveryQueue
from core.delivery.reading import Reading
from core.delivery.sending import Flight, Sending
from core.pacing import Pacer
from core.platform import Bot
from core.roles.role import RoleLostError
from core.supervision import first_of, growing_pauses, wait_for

log = structlog.get_logger(__name__)

_LOOK = 0.3  # seconds between looks at an idle queue
_RECOVER = 5.0  # seconds between looks for lost claims
_WORTH_A_SLOT = 1.0  # seconds; whoever has to wait longer for his target's limits waits aside
_FINISHING = 4.0  # seconds for what is on its way when told to stop
_CLAIMED_AT_ONCE = 100


class HeldRole(Protocol):
    """The platform's role, as far as a worker needs it."""

    @property
    def is_held(self) -> bool: ...

    async def fence(self, connection: AsyncConnection) -> None: ...


class Check(Protocol):
    """What has to be seen to in each tenure before anything is claimed; soon over later on."""

    async def check(self) -> None: ...


class BotOnDuty(Protocol):
    """Whoever runs the platform's bot."""

    @property
    def bot(self) -> Bot | None: ...


class DeliveryWorker:
    """Sends the deliveries of one platform. `in_flight`: messages on their way at once."""

    def __init__(
        self,
        *,
        platform: str,
        queue: DeliveryQueue,
        writer: OutcomeWriter,
        sending: Sending,
        reading: Reading,
        moves: MovedTargets,
        pacer: Pacer,
        role: HeldRole,
        first: Check,
        duty: BotOnDuty,
        outage: Outage,
        in_flight: int,
        clock: SiteClock,
        counts: DeliveryCounts,
    ) -> None:
        self._platform = platform
        self._queue = queue
        self._writer = writer
        writer.written = self._settled
        self._sending = sending
        self._reading = reading
        self._moves = moves
        self._pacer = pacer
        self._role = role
        self._first = first
        self._duty = duty
        self._outage = outage
        self._clock = clock
        self._counts = counts
        self._open = OpenClaims(in_flight=in_flight)
        self._all_slots = asyncio.Semaphore(in_flight)
        self._broadcast_slots = asyncio.Semaphore(max(1, in_flight - in_flight // 5))
        self._flights: dict[asyncio.Task[None], Flight] = {}
        self._woken = asyncio.Event()
        self._recover_at = -math.inf
        self._has_backlog = False
        self._look_at = -math.inf

    def wake(self) -> None:
        """Something may have been added: look at once."""
        self._look_at = -math.inf
        self._woken.set()

    def _settled(self, outcome: Outcome) -> None:
        """The database has an outcome."""
        self._open.drop(outcome.ids)
        if not self._has_backlog or self._open.room(QueuePriority.BROADCAST):
            self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work whenever this daemon has the role and a bot, until `stop` is set."""
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(self._writer.run())
            pauses = growing_pauses(_LOOK, 5.0)
            while not stop.is_set():
                try:
                    await self._work(tasks, stop)
                    pauses = growing_pauses(_LOOK, 5.0)
                except DatabaseUnavailableError:
                    await wait_for(stop, next(pauses))
                except RoleLostError:
                    log.info("role lost", role=self._platform)
                if not self._role.is_held:
                    await self._end_flights(0)
                    self._recover_at = -math.inf
                await wait_for(stop, _LOOK)
            await self._end_flights(_FINISHING)
            await self._writer.flush(_FINISHING)
            writing.cancel()

    async def _work(self, tasks: asyncio.TaskGroup, stop: asyncio.Event) -> None:
        """
        Claim and send until told to stop, or until role, bot or database are gone.

        Raises:
            DatabaseUnavailableError: as it says.
            RoleLostError: another daemon has the platform.
        """
        while not stop.is_set() and self._role.is_held and not self._writer.is_stuck:
            await self._first.check()
            await self._recover()
            bot = self._duty.bot
            if bot is None:
                return
            if pause := self._pacer.paused_for():
                await wait_for(stop, min(pause, _LOOK))
                continue
            self._woken.clear()
            if not await self._claim_due(tasks, bot):
                await first_of(stop.wait(), wait_for(self._woken, _LOOK))

    async def _claim_due(self, tasks: asyncio.TaskGroup, bot: Bot) -> bool:
        """Claim and start what is due, the most urgent first; whether there was anything."""
        has_started = False
        for priority in await self._due():
            room = self._room(priority)
            if not room:
                continue
            claimed = await self._queue.claim(priority, room)
            if priority == QueuePriority.BROADCAST:
                self._has_backlog = len(claimed) == room
            self._open.add(each.id for each in claimed)
            try:
                notices = await self._reading.learn(claimed)
            except BaseException:
                self._open.drop(each.id for each in claimed)
                raise
            for members in _messages(claimed):
                self._start(tasks, Flight(members=members, notices=notices), bot)
            has_started |= bool(claimed)
        return has_started

    def _room(self, priority: str) -> int:
        """How many are worth claiming: one while the platform does not answer."""
        if not self._outage.is_on:
            return self._open.room(priority)
        return int(self._outage.is_time_to_try and not self._open.ids)

    async def _due(self) -> Sequence[str]:
        """
        In which priorities something can be claimed, the most urgent first.

        In the middle of a broadcast the more urgent ones are asked about only so often.
        """
        now = time.monotonic()
        if self._has_backlog and now < self._look_at:
            return (QueuePriority.BROADCAST,)
        self._look_at = now + _LOOK
        at_present = self._clock.now()
        due = {priority for priority, at in await self._queue.next_due() if at <= at_present}
        return [priority for priority in PRIORITIES if priority in due]

    def _start(self, tasks: asyncio.TaskGroup, flight: Flight, bot: Bot) -> None:
        task = tasks.create_task(self._fly(flight, bot))
        self._flights[task] = flight
        task.add_done_callback(self._landed)

    async def _fly(self, flight: Flight, bot: Bot) -> None:
        try:
            await self._have_sent(flight, bot)
        except Exception:  # its claim is given back as a lost one
            log.exception("delivery crashed", platform=self._platform)

    async def _have_sent(self, flight: Flight, bot: Bot) -> None:
        wait = self._sending.must_wait(flight)
        if wait > _WORTH_A_SLOT:
            flight.outcome = self._sending.postpone(flight, wait)
            return
        await self._sending.keep_apart(flight)
        if flight.members[0].priority != QueuePriority.BROADCAST:
            async with self._all_slots:
                flight.outcome = await self._sending.send(flight, bot)
            return
        async with self._broadcast_slots, self._all_slots:
            flight.outcome = await self._sending.send(flight, bot)

    def _landed(self, task: asyncio.Task[None]) -> None:
        flight = self._flights.pop(task)
        outcome = flight.outcome
        if task.cancelled():
            outcome = self._sending.put_back(flight)
        if outcome is None:
            self._open.drop(each.id for each in flight.members)
        else:
            self._writer.put(outcome)

    async def _end_flights(self, seconds: float) -> None:
        """Put back what has not begun; give the rest so long to land."""
        for task, flight in self._flights.items():
            if not flight.has_begun:
                task.cancel()
        if self._flights:
            await asyncio.wait(self._flights, timeout=seconds)
        late = list(self._flights)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)

    async def _recover(self) -> None:
        """Every few seconds: give back the claims that nobody here knows of."""
        now = time.monotonic()
        if now < self._recover_at:
            return
        self._moves.know(await self._queue.find_moves())
        freed = await self._queue.free_lost(self._open.ids, self._role.fence)
        self._recover_at = now + _RECOVER
        if freed:
            self._counts.claims_freed(freed)
            log.warning("lost claims freed", platform=self._platform, deliveries=freed)


class OpenClaims:
    """What is claimed and not settled yet, and how much more is worth claiming."""

    def __init__(self, *, in_flight: int) -> None:
        self._most = {
            QueuePriority.ACTION: 7 * in_flight,
            QueuePriority.ALERT: 7 * in_flight,
            QueuePriority.NOTICE: 6 * in_flight,
            QueuePriority.BROADCAST: 5 * in_flight,
        }
        self.ids: set[int] = set()

    def room(self, priority: str) -> int:
        """How many may be claimed now; of a broadcast none until it is worth a statement."""
        most = self._most[QueuePriority(priority)]
        room = most - len(self.ids)
        if priority == QueuePriority.BROADCAST and room < most // 2:
            return 0
        return max(0, min(room, _CLAIMED_AT_ONCE))

    def add(self, ids: Iterable[int]) -> None:
        self.ids.update(ids)

    def drop(self, ids: Iterable[int]) -> None:
        self.ids.difference_update(ids)


def _messages(claimed: Sequence[Claimed]) -> Iterator[list[Claimed]]:
    """The deliveries that go together: each head of a lane, and what follows it."""
    lanes: dict[int, list[list[Claimed]]] = {}
    for each in claimed:  # in the order of their lanes
        messages = lanes.setdefault(each.lane_id, [])
        if each.follows and messages:
            messages[-1].append(each)
        else:
            messages.append([each])
    for messages in lanes.values():
        yield from messages
