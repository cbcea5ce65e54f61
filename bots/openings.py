"""
How fast direct messages may be opened, for platforms where a person is written to in a channel.

Opening is limited more tightly than writing, and who goes on against the limit is shut out. Who has
to wait does not wait here, where it would hold up others, but is refused at once with the seconds
to wait: broadcasts one behind the other, so that each of many comes back when it is its turn.
Seconds are those of the event loop's clock.
"""

import asyncio
import math
from collections import deque

from core.platform import Covers, PlatformUnreachableError


class Openings:
    """
    At most `count` openings in any `seconds`, and none while the platform asked for a rest.

    A third of them is not for broadcasts.
    """

    def __init__(self, *, platform: str, count: int, seconds: float) -> None:
        self._platform = platform
        self._seconds = seconds
        self._usable = {False: count, True: count - count // 3}
        self._taken: deque[float] = deque(maxlen=count)
        self._rests_until = -math.inf
        self._promised = -math.inf  # the last moment that a broadcast was told to come back at

    def take(self, *, is_broadcast: bool) -> None:
        """
        Count one more.

        Raises:
            PlatformUnreachableError: not now; it says for how long.
        """
        now = asyncio.get_running_loop().time()
        free_at = self._free_at(self._usable[is_broadcast])
        if free_at <= now:
            self._taken.append(now)
            return
        if is_broadcast:
            pause = self._seconds / self._usable[is_broadcast]
            self._promised = free_at = max(free_at, self._promised + pause)
        raise PlatformUnreachableError(
            f"direct messages are being opened as fast as {self._platform} allows",
            retry_after=free_at - now,
            covers=Covers.TARGET,
        )

    def rest(self, seconds: float) -> None:
        """The platform asked to open none for so long."""
        until = asyncio.get_running_loop().time() + seconds
        self._rests_until = max(self._rests_until, until)

    def _free_at(self, usable: int) -> float:
        if len(self._taken) < usable:
            return self._rests_until
        return max(self._rests_until, self._taken[-usable] + self._seconds)
