"""
What Discord's answers say of the channels' budgets: which takes no message until when.

discord.py keeps such budgets too, but it looks at all of them for each new channel once there are
256 (0.7 ms of processor at 10,000), and keeps the answer to a budget's last message back until the
next budget begins: neither suits a broadcast.
Seconds are those of the event loop's clock.
"""

import asyncio
from collections.abc import Mapping

from core.platform import Covers, PlatformUnreachableError

_LONGEST_WAIT = 6.0  # seconds; a channel's budget is usually renewed every five
_TIDY_ABOVE = 256  # channels


class ChannelBudgets:
    """The channels whose budget is used up."""

    def __init__(self) -> None:
        self._closed_until: dict[str, float] = {}

    async def wait(self, channel_id: str) -> None:
        """
        Wait until a channel takes a message again.

        Raises:
            PlatformUnreachableError: it would take long.
        """
        clock = asyncio.get_running_loop().time
        while (wait := self._closed_until.get(channel_id, 0.0) - clock()) > 0:
            if wait > _LONGEST_WAIT:
                raise PlatformUnreachableError(
                    f"Discord's budget for this channel is used up for {wait:.1f} s",
                    retry_after=wait,
                    covers=Covers.TARGET,
                )
            await asyncio.sleep(wait)

    def note(self, channel_id: str, headers: Mapping[str, str]) -> None:
        """Learn from the headers of an answer."""
        if headers.get("X-RateLimit-Remaining") != "0":
            return
        now = asyncio.get_running_loop().time()
        try:
            self._closed_until[channel_id] = now + float(headers["X-RateLimit-Reset-After"])
        except (KeyError, ValueError):
            return
        if len(self._closed_until) > _TIDY_ABOVE:
            self._closed_until = {
                channel: until for channel, until in self._closed_until.items() if until > now
            }
