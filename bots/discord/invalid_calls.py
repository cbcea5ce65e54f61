"""
How many calls of ours Discord found invalid, so that it does not shut this machine out.

Discord's page "Rate Limits": an address from which 10,000 calls within ten minutes are answered
with 401, 403 or 429 (but for those of a shared budget) is refused for a while, whatever it asks. A
broadcast to many people who take no messages comes near that. Seconds are those of the event loop's
clock.
"""

import asyncio
from collections import deque
from collections.abc import Mapping

from core.platform import Covers, PlatformUnreachableError

_MOST = 8000  # in the time below; other programs may call from this address as well
_SECONDS = 600.0
_INVALID = {401, 403, 429}


class InvalidCalls:
    """Counts them, and holds back once there are too many."""

    def __init__(self, *, most: int = _MOST, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._at: deque[float] = deque(maxlen=most)

    def check(self) -> None:
        """
        Let a call go.

        Raises:
            PlatformUnreachableError: there were so many that the bot has to pause.
        """
        if len(self._at) != self._at.maxlen:
            return
        wait = self._at[0] + self._seconds - asyncio.get_running_loop().time()
        if wait > 0:
            raise PlatformUnreachableError(
                "too many messages were refused of late (401, 403, 429): pausing, or Discord would"
                " shut this machine out",
                retry_after=wait,
                covers=Covers.BOT,
            )

    def note(self, status: int, headers: Mapping[str, str]) -> None:
        """Count the answer of a call."""
        if status in _INVALID and headers.get("X-RateLimit-Scope") != "shared":
            self._at.append(asyncio.get_running_loop().time())
