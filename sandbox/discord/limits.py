"""
The local Discord's rate limits: a budget a route and channel, one for the whole bot, one for DMs.

Discord publishes 50 calls a second for a bot and tells every other budget in the headers of its
answers; the numbers here are those that its answers usually name. Seconds are those of a monotonic
clock; `Reset` in the headers is seconds since 1970.
"""

import hashlib
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sandbox.discord.errors import RefusedError

VIA = "1.1 google"  # the header by which clients tell Discord's own 429 from a proxy's


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordLimits:
    """
    How much a bot may do. A budget is (calls, seconds).

    `identify_pause`: seconds between two logins at the gateway. `nonce_memory`: seconds for which
    a message's nonce is kept.
    """

    messages: tuple[int, float] = (5, 5.0)
    other: tuple[int, float] = (10, 1.0)
    whole_bot: tuple[int, float] = (50, 1.0)
    direct_messages_opened: tuple[int, float] = (100, 600.0)
    gateway_events: tuple[int, float] = (120, 60.0)
    identify_pause: float = 5.0
    identifies_a_day: int = 1000
    nonce_memory: float = 300.0

    def faster(self, times: float) -> "DiscordLimits":
        """The same budgets of calls where time goes so many times as fast."""

        def scaled(budget: tuple[int, float]) -> tuple[int, float]:
            calls, seconds = budget
            return calls, seconds / times

        return replace(
            self,
            messages=scaled(self.messages),
            other=scaled(self.other),
            whole_bot=scaled(self.whole_bot),
            direct_messages_opened=scaled(self.direct_messages_opened),
        )


@dataclass(slots=True)
class Budget:
    """So many calls in a window that opens with the first of them."""

    calls: int
    seconds: float
    used: int = 0
    ends_at: float = field(default=-math.inf)

    def take(self, now: float) -> float | None:
        """Use one call: None, or the seconds to wait if there is none left."""
        if now >= self.ends_at:
            self.used, self.ends_at = 0, now + self.seconds
        if self.used >= self.calls:
            return self.ends_at - now
        self.used += 1
        return None


class RateLimits:
    """The budgets of one bot."""

    def __init__(
        self, limits: DiscordLimits, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._whole_bot = Budget(*limits.whole_bot)
        self._opened = Budget(*limits.direct_messages_opened)
        self._budgets: dict[str, Budget] = {}
        self.refusals: deque[str] = deque(maxlen=1000)

    def admit(self, route: str, major: str) -> dict[str, str]:
        """
        Let a call through and return the headers that tell what is left.

        `route` names the kind of call, `major` the channel, server or webhook it is about.

        Raises:
            RefusedError: 429 with the seconds to wait.
        """
        now = self._clock()
        budget = self._budget(route, major)
        wait = budget.take(now)
        headers = self._headers(budget, route, now)
        if wait is not None:
            self.refusals.append(route)
            raise _wait(wait, headers | {"X-RateLimit-Scope": "user"}, is_global=False)
        wait = self._whole_bot.take(now)
        if wait is not None:
            self.refusals.append("global")
            raise _wait(
                wait, {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}, is_global=True
            )
        return headers

    def may_open_direct_message(self) -> bool:
        """Whether one more direct message may be opened now; if so, it counts."""
        return self._opened.take(self._clock()) is None

    def _budget(self, route: str, major: str) -> Budget:
        key = f"{route} {major}"
        if key not in self._budgets:
            is_message = route == "POST /channels/{channel_id}/messages"
            self._budgets[key] = Budget(
                *(self._limits.messages if is_message else self._limits.other)
            )
        return self._budgets[key]

    def _headers(self, budget: Budget, route: str, now: float) -> dict[str, str]:
        left = max(0.0, budget.ends_at - now)
        return {
            "X-RateLimit-Limit": str(budget.calls),
            "X-RateLimit-Remaining": str(budget.calls - budget.used),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(route.encode()).hexdigest()[:32],
        }


def _wait(seconds: float, headers: dict[str, str], *, is_global: bool) -> RefusedError:
    return RefusedError(
        429,
        {
            "message": "You are being rate limited.",
            "retry_after": round(seconds, 3),
            "global": is_global,
        },
        headers=headers | {"Retry-After": str(math.ceil(seconds)), "Via": VIA},
    )
