"""
Killing again and again at random instants: a daemon, or the database that it works on.
"""

import asyncio
from collections.abc import Callable

from tests.crash.daemons import Daemon
from tests.crash.harness import CrashSite
from tests.databases import PrivateMariaDB

_NOTHING_TO_SEND = 3.0  # seconds without a message after which it is killed all the same

Progress = Callable[[int], None]


def _untold(_: int) -> None:
    """Nobody wants to know."""


async def kill_daemon(
    site: CrashSite, daemon: Daemon, *, times: int, within: float, progress: Progress = _untold
) -> None:
    """
    Start it and kill it so often, each time within so many seconds of its first message.

    It runs when this is over. `progress`: told how often it was killed so far.
    """
    for number in range(times):
        await daemon.start()
        await _until_it_sends(site)
        await asyncio.sleep(site.random.uniform(0, within))
        await site.kill(daemon)
        progress(number + 1)
    await daemon.start()


async def kill_database(
    site: CrashSite,
    server: PrivateMariaDB,
    *,
    times: int,
    within: float,
    progress: Progress = _untold,
) -> None:
    """Kill and restart it so often, each time within so many seconds of a message."""
    for number in range(times):
        await _until_it_sends(site)
        await asyncio.sleep(site.random.uniform(0, within))
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(site.random.uniform(0, within / 2))
        await asyncio.to_thread(server.start)
        progress(number + 1)


async def _until_it_sends(site: CrashSite) -> None:
    try:
        await site.until_more_is_taken(seconds=_NOTHING_TO_SEND)
    except TimeoutError:
        return
