"""
What has changed since a browser last looked, for the page's stream of server-sent events.

Each part of the page has a number that rises. A stream remembers the numbers it told, so that a
change between two looks is never missed and many at once are told as one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

Wait = Callable[[int], Awaitable[int]]
"""Waits until a part's number is above the given one, and gives the new number."""

_GATHER = 0.05  # seconds in which changes are told together


class Changes:
    """The parts' numbers. `follow` is one part's task; `end` lets every stream finish."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._turned = asyncio.Event()
        self._is_over = False

    @property
    def numbers(self) -> Mapping[str, int]:
        return dict(self._numbers)

    @property
    def is_over(self) -> bool:
        return self._is_over

    async def follow(self, part: str, wait: Wait) -> None:
        """Pass on the changes of one part, for ever."""
        number = 0
        while True:
            number = await wait(number)
            self._numbers[part] = number
            self._turn()
            await asyncio.sleep(_GATHER)

    async def since(self, seen: Mapping[str, int]) -> Mapping[str, int]:
        """Wait until something differs from `seen`, or all is over; gives the numbers then."""
        while self._numbers == seen and not self._is_over:
            await self._turned.wait()
        return dict(self._numbers)

    def end(self) -> None:
        self._is_over = True
        self._turn()

    def _turn(self) -> None:
        turned, self._turned = self._turned, asyncio.Event()
        turned.set()
