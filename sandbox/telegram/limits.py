"""
Flood limits: how fast a bot may write, in the platform's published numbers.

Telegram publishes 30 messages a second for a bot, 1 a second to a chat with short bursts, 20 a
minute to a group; who is over gets 429 with whole seconds to wait, and what was refused did not
count. Each limit is a bucket that holds a burst and fills steadily.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.telegram.errors import too_many_requests


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` calls at once, then `per_second` of them."""

    per_second: float
    burst: float

    def faster(self, times: float) -> "Rate":
        return Rate(self.per_second * times, self.burst)


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodLimits:
    """The limits of a bot. `paid`: all messages that carry `allow_paid_broadcast`."""

    bot: Rate = Rate(30, 30)
    paid: Rate = Rate(1000, 1000)
    chat: Rate = Rate(1, 3)
    group: Rate = Rate(20 / 60, 20)

    def faster(self, times: float) -> "FloodLimits":
        """
        The same limits where time goes so many times as fast. Bursts stay as they are, and so do
        the whole seconds that who is over has to wait.
        """
        return FloodLimits(
            bot=self.bot.faster(times),
            paid=self.paid.faster(times),
            chat=self.chat.faster(times),
            group=self.group.faster(times),
        )


@dataclass(slots=True)
class _Bucket:
    rate: Rate
    tokens: float
    filled_at: datetime

    def fill(self, now: datetime) -> None:
        passed = max((now - self.filled_at).total_seconds(), 0.0)
        self.tokens = min(self.tokens + passed * self.rate.per_second, self.rate.burst)
        self.filled_at = now

    @property
    def wait(self) -> float:
        """Seconds until one call is free."""
        return max(1 - self.tokens, 0.0) / self.rate.per_second


@dataclass(slots=True)
class FloodControl:
    """Counts the messages of all bots against their limits."""

    limits: FloodLimits
    clock: Callable[[], datetime]
    refused: int = 0
    _buckets: dict[tuple[int, str, int], _Bucket] = field(
        default_factory=dict[tuple[int, str, int], _Bucket]
    )

    def spend(self, *, bot_id: int, chat_id: int, paid: bool = False) -> None:
        """
        Count one message of a bot to a chat.

        Raises:
            ApiError: 429, nothing was counted.
        """
        buckets = list(self._buckets_of(bot_id, chat_id, paid=paid))
        now = self.clock()
        for bucket in buckets:
            bucket.fill(now)
        wait = max(bucket.wait for bucket in buckets)
        if wait > 1e-9:  # noqa: PLR2004 - rounding of floating-point seconds
            self.refused += 1
            raise too_many_requests(max(math.ceil(wait), 1))
        for bucket in buckets:
            bucket.tokens -= 1

    def _buckets_of(self, bot_id: int, chat_id: int, *, paid: bool) -> Iterable[_Bucket]:
        if paid:
            yield self._bucket((bot_id, "paid", 0), self.limits.paid)
        else:
            yield self._bucket((bot_id, "bot", 0), self.limits.bot)
        yield self._bucket((bot_id, "chat", chat_id), self.limits.chat)
        if chat_id < 0:
            yield self._bucket((bot_id, "group", chat_id), self.limits.group)

    def _bucket(self, key: tuple[int, str, int], rate: Rate) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(rate, rate.burst, self.clock())
        return bucket
