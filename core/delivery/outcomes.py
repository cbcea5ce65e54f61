"""
Writing down what became of deliveries, soon and together.

What a try came to waits here until the database has it; what waits at the same moment is one
transaction. While the database is away nothing is forgotten: outcomes are kept and written when it
is back, and whoever sends asks `is_stuck` first, so that nothing more is sent meanwhile.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import CommitUnknownError, Database, DatabaseUnavailableError
from config_store.own.claims import Claimed
from config_store.own.learned import LearnedTargets
from config_store.own.settling import Settlement, Settling
from core.clock import SiteClock
from core.delivery.counting import DeliveryCounts
from core.delivery.detours import Detours
from core.platform import PlatformName
from core.supervision import growing_pauses, wait_for

log = structlog.get_logger(__name__)

_BEHIND = 0.2  # seconds of writing after which nothing more is begun
_PROMPT = 1.0  # seconds within which the database is expected to take outcomes
_TOGETHER = 0.012  # seconds that an outcome waits for others
_AT_ONCE = 300  # outcomes in one transaction at most
_TIMEOUT = 10.0  # seconds; a cluster that loses a node answers nobody for seven


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectChannel:
    """Where a user of a platform is written to."""

    platform: str
    user_id: str
    channel_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A target of a platform has another id from now on."""

    platform: str
    target: str
    new_target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What one message came to: all deliveries that went into it.

    `unreached`: deliveries whose recipients are to be reached another way, if they were still ours.
    """

    settlements: tuple[Settlement, ...]
    unreached: tuple[Claimed, ...] = ()
    direct_channel: DirectChannel | None = None
    move: Move | None = None
    ids: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", frozenset(each.id for each in self.settlements))


def _nobody_asks(_: Outcome) -> None:
    """Until a worker registers itself."""


class OutcomeWriter:
    """
    Writes outcomes of one platform.

    `written` is called with each outcome that the database has. `made`: called when deliveries
    were added, those of other ways.
    """

    def __init__(
        self,
        *,
        database: Database,
        settling: Settling,
        detours: Detours,
        learned: LearnedTargets,
        clock: SiteClock,
        made: Callable[[], None],
        counts: DeliveryCounts,
    ) -> None:
        self._database = database
        self._settling = settling
        self._detours = detours
        self._learned = learned
        self._clock = clock
        self._made = made
        self._counts = counts
        self.written: Callable[[Outcome], None] = _nobody_asks
        self._waiting: deque[Outcome] = deque()
        self._news = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._asking_since: float | None = None

    @property
    def is_stuck(self) -> bool:
        """The database does not take outcomes just now: nothing more should be sent."""
        since = self._asking_since
        return since is not None and time.monotonic() - since > _PROMPT

    @property
    def is_behind(self) -> bool:
        """The database takes its time: what is not on its way yet should wait for it."""
        since = self._asking_since
        return since is not None and time.monotonic() - since > _BEHIND

    def put(self, outcome: Outcome) -> None:
        """Have an outcome written."""
        self._waiting.append(outcome)
        self._empty.clear()
        self._news.set()

    async def run(self) -> None:
        """Write until cancelled."""
        pauses = growing_pauses(0.2, 2.0)
        while True:
            await self._news.wait()
            await asyncio.sleep(_TOGETHER)
            self._asking_since = self._asking_since or time.monotonic()
            batch = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
            done: list[Outcome] = []
            try:
                await self._write(batch, done)
            finally:
                self._waiting.extendleft(reversed(batch[len(done) :]))
            self._tell(done)
            if len(done) < len(batch):
                self._asking_since = min(self._asking_since, time.monotonic() - _PROMPT)
                await asyncio.sleep(next(pauses))
                continue
            self._asking_since, pauses = None, growing_pauses(0.2, 2.0)

    async def flush(self, seconds: float) -> bool:
        """Wait until all is written, but not longer; whether it is."""
        return await wait_for(self._empty, seconds)

    def _tell(self, done: Sequence[Outcome]) -> None:
        for outcome in done:
            self.written(outcome)
        if any(outcome.unreached for outcome in done):
            self._made()
        if not self._waiting:
            self._news.clear()
            self._empty.set()

    async def _write(self, batch: Sequence[Outcome], done: list[Outcome]) -> None:
        """Write them together. `done` gets those that need no more care, in their order."""
        try:
            await self._commit(batch)
        except DatabaseUnavailableError:
            return
        except Exception:
            log.exception("outcomes not written together", outcomes=len(batch))
            await self._write_singly(batch, done)
        else:
            done.extend(batch)

    async def _write_singly(self, batch: Sequence[Outcome], done: list[Outcome]) -> None:
        """One that cannot be written must not hold up the others: its claim is lost instead."""
        for outcome in batch:
            try:
                await self._commit([outcome])
            except DatabaseUnavailableError:
                return
            except Exception:
                log.exception("outcome not written", deliveries=sorted(outcome.ids))
            done.append(outcome)

    async def _commit(self, batch: Sequence[Outcome]) -> None:
        """
        One transaction; it changes nothing twice. What it did not find to be ours, or was perhaps
        done by a COMMIT that was not answered, is tried again in step with a cluster's other nodes.
        """
        lost: Sequence[Outcome] = ()
        try:
            lost = await self._settle_all(batch)
        except CommitUnknownError:  # if it was done, nothing is found to be ours any more
            await self._settle_all(batch, in_step=True)
        if lost:
            lost = await self._settle_all(lost, in_step=True)
        if ids := sorted(id_ for outcome in lost for id_ in outcome.ids):
            log.info("claims were lost meanwhile", deliveries=ids)
            self._counts.claims_lost(len(ids))
        self._count(batch, lost)
        for move in (outcome.move for outcome in batch if outcome.move):
            if move.platform == PlatformName.TELEGRAM:
                await self._rename_site_group(move)

    def _count(self, batch: Sequence[Outcome], lost: Sequence[Outcome]) -> None:
        self._counts.wrote(len(batch))
        for settlement in (each for outcome in batch for each in outcome.settlements):
            if settlement.is_end and not any(settlement.id in each.ids for each in lost):
                self._counts.ended(settlement.state)

    async def _settle_all(
        self, batch: Sequence[Outcome], *, in_step: bool = False
    ) -> Sequence[Outcome]:
        return await self._database.transact(
            lambda tx: self._settle(tx, batch), timeout=_TIMEOUT, in_step=in_step
        )

    async def _settle(self, tx: AsyncConnection, batch: Sequence[Outcome]) -> Sequence[Outcome]:
        """Write these; the ones of which not all was ours."""
        now = self._clock.now()
        settlements = [each for outcome in batch for each in outcome.settlements]
        ours = await self._settling.settle(tx, settlements, now=now)
        unreached = [
            claimed for outcome in batch for claimed in outcome.unreached if claimed.id in ours
        ]
        await self._detours.take(tx, unreached, now=now)
        await self._learn(tx, batch, now)
        return [outcome for outcome in batch if not outcome.ids <= ours]

    async def _learn(self, tx: AsyncConnection, batch: Sequence[Outcome], now: datetime) -> None:
        channels = [outcome.direct_channel for outcome in batch if outcome.direct_channel]
        if channels:
            await self._learned.keep_channels(
                tx, [(each.platform, each.user_id, each.channel_id) for each in channels]
            )
        for move in (outcome.move for outcome in batch if outcome.move):
            await self._learned.keep_move(
                tx,
                platform=move.platform,
                target=move.target,
                new_target=move.new_target,
                now=now,
            )

    async def _rename_site_group(self, move: Move) -> None:
        """Have the panel's own setting follow; if it does not, notices arrive all the same."""
        try:
            await self._database.run(
                lambda connection: self._learned.move_site_group(
                    connection, target=move.target, new_target=move.new_target
                )
            )
        except DatabaseUnavailableError as error:
            log.warning(
                "setting not changed",
                setting="telegram_chatid",
                reason=error.reason,
                mend=f"set it to {move.new_target} in the panel",
            )
