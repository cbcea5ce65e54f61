"""
The local Slack's rate limits: a message a second and channel with short bursts, tiers for the rest.

Source: Slack's page Rate limits. Seconds are those of a monotonic clock.
"""

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.slack.errors import RefusedError

TIERS = {"t1": 1, "t2": 20, "t3": 50, "t4": 100, "t5": 600}
"""Calls a minute; t5 stands for methods with a rule of their own, which is a generous one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackLimits:
    """`messages`: (messages a second and channel, messages in a burst). `tiers`: calls a minute."""

    messages: tuple[float, int] = (1.0, 5)
    tiers: dict[str, int] = field(default_factory=lambda: dict(TIERS))

    def faster(self, times: float) -> "SlackLimits":
        """The same limits where time goes so many times as fast; bursts stay as they are."""
        rate, burst = self.messages
        tiers = {tier: int(calls * times) for tier, calls in self.tiers.items()}
        return SlackLimits(messages=(rate * times, burst), tiers=tiers)


@dataclass(slots=True)
class _Bucket:
    """Fills at `rate` a second up to `size`; a call takes one."""

    rate: float
    size: float
    level: float
    filled_at: float

    def take(self, now: float) -> float | None:
        """None, or the seconds until there is one."""
        self.level = min(self.size, self.level + (now - self.filled_at) * self.rate)
        self.filled_at = now
        if self.level < 1:
            return (1 - self.level) / self.rate
        self.level -= 1
        return None


class RateLimits:
    """The budgets of one app in the workspace."""

    def __init__(self, limits: SlackLimits, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}
        self.refusals: deque[str] = deque(maxlen=1000)

    def admit(self, method: str, tier: str) -> None:
        """
        Raises:
            RefusedError: too many calls of this method.
        """
        calls = self._limits.tiers[tier]
        self._take(method, calls / 60, calls)

    def admit_message(self, channel_id: str) -> None:
        """
        Raises:
            RefusedError: too many messages in this channel.
        """
        rate, burst = self._limits.messages
        self._take(f"chat.postMessage {channel_id}", rate, burst)

    def _take(self, key: str, rate: float, size: float) -> None:
        now = self._clock()
        bucket = self._buckets.setdefault(key, _Bucket(rate, size, size, now))
        wait = bucket.take(now)
        if wait is not None:
            self.refusals.append(key)
            raise RefusedError(
                "ratelimited", status=429, headers={"Retry-After": str(math.ceil(wait))}
            )
