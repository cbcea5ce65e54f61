"""
The threads in which SQLite's connections live, and how they end.

Each connection of aiosqlite has a thread of its own. Where a file cannot be opened, and where a
connection is given up, the thread is told to end and is not waited for. It still answers then, to
an event loop that may be closed meanwhile, and dies of that with a traceback on stderr. So who
closes an engine waits for those that were told to end, a bounded time: a file system can hang.
"""

import asyncio
import time
from collections.abc import Iterable
from threading import Thread
from typing import Any
from weakref import WeakSet

import aiosqlite

_LONGEST_END = 2.0  # seconds; what waits for a lock gives up before


class SqliteThreads:
    """Opens connections and knows whose threads are ending."""

    def __init__(self) -> None:
        self._connections: WeakSet[aiosqlite.Connection] = WeakSet()

    async def open(self, *arguments: Any, **options: Any) -> aiosqlite.Connection:
        """What `aiosqlite.connect` gives, opened."""
        connection = aiosqlite.connect(*arguments, **options)
        _thread(connection).daemon = True  # one that hangs does not keep the process
        self._connections.add(connection)
        return await connection

    async def ended(self) -> None:
        """Wait for the threads of connections that are closed or were never opened."""
        threads = [_thread(it) for it in self._connections if _is_closed(it)]
        if any(thread.is_alive() for thread in threads):
            await asyncio.to_thread(_join, threads)


def _thread(connection: Any) -> Thread:
    return connection._thread  # noqa: SLF001 - as SQLAlchemy's own dialect does


def _is_closed(connection: Any) -> bool:
    return not connection._running  # noqa: SLF001 - aiosqlite tells it nowhere else


def _join(threads: Iterable[Thread]) -> None:
    end = time.monotonic() + _LONGEST_END
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
