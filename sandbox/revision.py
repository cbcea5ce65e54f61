"""
A number that grows with every change, and can be waited for.

Whoever looks at something remembers the number it saw; a change between the look and the wait is
never missed.
"""

import asyncio


class Revision:
    """Counts changes."""

    def __init__(self) -> None:
        self._number = 0
        self._changed = asyncio.Event()

    @property
    def number(self) -> int:
        return self._number

    def bump(self) -> None:
        """Something has changed."""
        self._number += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def beyond(self, seen: int) -> int:
        """Wait until there is a change after `seen`; gives the number then."""
        while self._number <= seen:
            await self._changed.wait()
        return self._number
