"""Looking at the database again and again while this daemon is on duty."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from config_store.database import DatabaseUnavailableError
from core.supervision import growing_pauses, wait_for

_LONGEST_PAUSE = 30.0  # seconds between tries while the database is away
_SHARE = 20  # a round takes this part of the time at most, also where it is slow


async def make_rounds(
    stop: asyncio.Event,
    make_round: Callable[[], Awaitable[None]],
    *,
    every: float,
    is_on_duty: Callable[[], bool],
) -> None:
    """Make a round every so many seconds until `stop` is set; none while not on duty."""
    pauses = growing_pauses(every, _LONGEST_PAUSE)
    while not stop.is_set():
        began = time.monotonic()
        try:
            if is_on_duty():
                await make_round()
            pauses = growing_pauses(every, _LONGEST_PAUSE)
        except DatabaseUnavailableError:
            await wait_for(stop, next(pauses))
            continue
        await wait_for(stop, max(every, (time.monotonic() - began) * _SHARE))
