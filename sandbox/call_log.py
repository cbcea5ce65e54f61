"""
What a local platform was called, for tests to look at.

Seconds are those of a monotonic clock. What a log holds is bounded; what it counts is not.
"""

import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from aiohttp import web

MAX_LOGGED = 50_000
TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """
    One call. `target`: the channel it is about, if its address names one. `status`: the answer's,
    0 for a call that got none.
    """

    name: str
    target: str
    status: int
    at: float


class CallLog:
    """The latest calls, oldest first, and how many there were since the start."""

    def __init__(self) -> None:
        self._calls: deque[LoggedCall] = deque(maxlen=MAX_LOGGED)
        self._by_name: Counter[str] = Counter()
        self._by_status: Counter[int] = Counter()

    @property
    def refused(self) -> int:
        """How many were answered with 429."""
        return self._by_status[TOO_MANY]

    def of(self, name: str) -> list[LoggedCall]:
        return [call for call in self._calls if call.name == name]

    def count(self, name: str) -> int:
        return self._by_name[name]

    def count_status(self, status: int) -> int:
        return self._by_status[status]

    def clear(self) -> None:
        """Forget the calls, not their numbers."""
        self._calls.clear()

    async def noting(
        self, name: str, target: str, serve: Callable[[], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Serve a call and keep how it went."""
        at, status = time.monotonic(), 0
        try:
            response = await serve()
            status = 0 if isinstance(response, DroppedResponse) else response.status
        finally:
            self._calls.append(LoggedCall(name, target, status, at))
            self._by_name[name] += 1
            self._by_status[status] += 1
        return response

    def __iter__(self) -> Iterator[LoggedCall]:
        return iter(tuple(self._calls))

    def __len__(self) -> int:
        return len(self._calls)


class DroppedResponse(web.Response):
    """Stands for an answer that nobody gets, since its connection has been broken."""
