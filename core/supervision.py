"""
Keeping the parts of the daemon running: one that fails never stops another.

A part is anything that runs until it is told to stop. One that ends in an exception is started
again after a pause; pauses are in seconds, grow, and are jittered so that many daemons do not come
back at once.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from typing import Any

import structlog

log = structlog.get_logger(__name__)

Pauses = Callable[[], Iterator[float]]
"""Makes a fresh run of growing pauses, in seconds."""


def growing_pauses(first: float, longest: float) -> Iterator[float]:
    """Pauses in seconds that double from `first` to `longest`, each 75–125 % of its length."""
    length = first
    while True:
        yield length * random.uniform(0.75, 1.25)  # noqa: S311 - jitter, not a secret
        length = min(length * 2, longest)


async def wait_for(event: asyncio.Event, seconds: float | None) -> bool:
    """Wait for `event` at most so long; whether it is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


async def first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Return when the first of these is done; the others are cancelled, and over by then."""
    async with asyncio.TaskGroup() as tasks:
        started = [tasks.create_task(wait) for wait in waits]
        await asyncio.wait(started, return_when=asyncio.FIRST_COMPLETED)
        for task in started:
            task.cancel()


async def keep_running(
    name: str, run: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event, pauses: Pauses
) -> None:
    """Run a part until `stop` is set, starting it again whenever it ends in an exception."""
    waiting = pauses()
    while not stop.is_set():
        try:
            await run(stop)
        except Exception:
            log.exception("part crashed", part=name)
            await wait_for(stop, next(waiting))
