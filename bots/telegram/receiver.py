"""
Fetching updates by long polling so that none is lost, also across kill -9.

Telegram forgets an update when the next `getUpdates` names a higher offset (Bot API). So the offset
is raised only past updates that are answered: while one is still being answered the fetching goes
on from it, and what comes again is passed over. The first poll, also after a failure, does not wait
for updates: its answer tells that the bot receives. What one person does is answered in its order,
different people at the same time. Times are in seconds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from aiogram.methods import TelegramMethod

from core.platform import (
    BotState,
    OtherReceiverError,
    PlatformError,
    PlatformUnreachableError,
    Report,
)
from core.supervision import first_of, growing_pauses, wait_for

RawUpdate = Mapping[str, Any]

POLL_SECONDS = 25
_LATE = 5  # for the answer of a poll beyond its own time
_FETCHED_AT_ONCE = 100  # Bot API: the most that one call hands out
_GLANCE = 0.25  # between looks for new updates while an answer is under way
_FINISHING = 10.0  # for what is being answered when told to stop
_LANE_LENGTH = 10  # updates of one person that may wait; more are a flood and are left unanswered


class GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """`getUpdates` without reading the updates: one that is not understood must not hide others."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int | None = None
    timeout: int | None = None
    allowed_updates: list[str] | None = None


class Call(Protocol):
    async def __call__(self, method: GetRawUpdates, *, timeout: int) -> list[dict[str, Any]]: ...


class UpdateReceiver:
    """
    Fetches the updates of one bot and has each dealt with.

    `deal` never raises; `lane` names whose update one is.
    """

    def __init__(
        self,
        *,
        call: Call,
        deal: Callable[[RawUpdate], Awaitable[None]],
        lane: Callable[[RawUpdate], str],
        allowed_updates: list[str],
        label: str,
    ) -> None:
        self._call = call
        self._deal = deal
        self._lane = lane
        self._allowed_updates = allowed_updates
        self._label = label
        self._answering: dict[int, asyncio.Task[None]] = {}
        self._lanes: dict[str, list[asyncio.Task[None]]] = {}
        self._is_heard = False  # whether Telegram answered the last poll
        self._next = 0  # the update after the highest one that was seen

    async def run(self, stop: asyncio.Event, report: Report) -> None:
        """
        Receive until `stop` is set, then finish what is being answered.

        Raises:
            OtherReceiverError: somebody else receives this bot's updates, twice in a row.
            PlatformError: fetching can't go on; what was being answered has been finished.
        """
        failure: Exception | None = None
        async with asyncio.TaskGroup() as tasks:
            try:
                await self._receive(tasks, stop, report)
            except Exception as error:  # noqa: BLE001 - raised again once the answers are out
                failure = error
            if self._answering:
                await asyncio.wait(self._answering.values(), timeout=_FINISHING)
            for task in self._answering.values():
                task.cancel()
        if failure is not None:
            raise failure
        await self._confirm()

    async def _receive(self, tasks: asyncio.TaskGroup, stop: asyncio.Event, report: Report) -> None:
        pauses = growing_pauses(0.5, 30.0)
        failures = 0
        while not stop.is_set():
            try:
                fetched = await self._fetch(stop)
            except PlatformUnreachableError as error:
                self._is_heard = False
                failures += 1
                if failures > 1:  # a single lost poll is ordinary
                    if isinstance(error, OtherReceiverError):
                        raise
                    report(BotState.FAILING, str(error))
                await wait_for(stop, error.retry_after or next(pauses))
                continue
            if failures:
                failures, pauses = 0, growing_pauses(0.5, 30.0)
            self._is_heard = True
            report(BotState.RUNNING, self._label)
            for update in fetched:
                self._start(tasks, update)
            if self._answering:
                await first_of(stop.wait(), self._glance())

    async def _fetch(self, stop: asyncio.Event) -> list[dict[str, Any]]:
        """The updates from the first that is not answered on; nothing once `stop` is set."""
        fetched: list[dict[str, Any]] = []
        failure: list[PlatformError] = []

        async def fetch() -> None:
            seconds = POLL_SECONDS if self._is_heard and not self._answering else 0
            try:
                fetched.extend(
                    await self._call(
                        GetRawUpdates(
                            offset=self._offset() or None,
                            limit=_FETCHED_AT_ONCE,
                            timeout=seconds or None,
                            allowed_updates=self._allowed_updates,
                        ),
                        timeout=seconds + _LATE,
                    )
                )
            except PlatformError as error:
                failure.append(error)

        await first_of(stop.wait(), fetch())
        if failure:
            raise failure[0]
        return fetched

    def _offset(self) -> int:
        return min(self._answering, default=self._next)

    def _start(self, tasks: asyncio.TaskGroup, update: RawUpdate) -> None:
        update_id = int(update["update_id"])
        if update_id < self._next:
            return
        self._next = update_id + 1
        lane = self._lanes.setdefault(self._lane(update), [])
        if len(lane) >= _LANE_LENGTH:
            return
        before = lane[-1] if lane else None
        task = tasks.create_task(self._in_turn(update, before))
        lane.append(task)
        self._answering[update_id] = task
        task.add_done_callback(lambda _: self._finished(update, update_id, task))

    async def _in_turn(self, update: RawUpdate, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        await self._deal(update)

    def _finished(self, update: RawUpdate, update_id: int, task: asyncio.Task[None]) -> None:
        if not task.cancelled():  # one that was cut off stays unconfirmed, and is handed out again
            del self._answering[update_id]
        name = self._lane(update)
        self._lanes[name].remove(task)
        if not self._lanes[name]:
            del self._lanes[name]

    async def _glance(self) -> None:
        """Wait until all is answered, but not for long: others may have written meanwhile."""
        if not self._answering:  # answered while this was about to begin
            return
        oldest = self._answering[min(self._answering)]
        is_full = self._next - min(self._answering) >= _FETCHED_AT_ONCE
        waiting = {oldest} if is_full else set(self._answering.values())
        await asyncio.wait(waiting, timeout=None if is_full else _GLANCE)

    async def _confirm(self) -> None:
        """Tell Telegram what is answered, so that the next start does not answer it again."""
        if self._next:
            try:
                await self._call(GetRawUpdates(offset=self._offset(), limit=1), timeout=2)
            except PlatformError:
                return  # it will be answered twice rather than not at all
