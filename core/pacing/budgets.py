"""
The arithmetic of limits: sliding windows, even spacing, and a pace that falls and recovers.

All times are seconds of one monotonic clock. Each class answers „from when on?" and is told what
was taken; none looks at a clock or waits. `share` is the part of the allowed rate that is used at
present, above 0 and at most 1: a smaller share stretches every period.
"""

import math
from collections import deque

from core.pacing.rules import Limit

SLOWEST = 0.2  # share of the allowed rate below which no number of refusals brings the pace
SLOW_DOWN = 0.75  # what a refusal leaves of the pace
RECOVERY = 0.004  # share of the allowed rate that comes back each second
_CATCH_UP = 0.05  # seconds of lateness, of timers and a busy loop, that are made up for


class Window:
    """
    What a limit still allows, counted exactly in a window that slides.

    The window is longer than the platform's by `margin` seconds: what is sent within its time may
    arrive closer together, by as much as the way there varies.
    """

    def __init__(self, limit: Limit, margin: float) -> None:
        self._count = limit.count
        self._period = limit.seconds + margin
        self._taken: deque[float] = deque(maxlen=limit.count)

    def free_at(self, share: float, *, left: int = 0) -> float:
        """From when on one more is allowed such that `left` further ones still are."""
        usable = self._count - left
        if usable <= 0:
            return math.inf
        if len(self._taken) < usable:
            return -math.inf
        return self._taken[-usable] + self._period / share

    def part(self, fraction: float) -> int:
        """How many a fraction of the limit is, rounded down."""
        return int(self._count * fraction)

    @property
    def period(self) -> float:
        return self._period

    def take(self, now: float) -> None:
        self._taken.append(now)

    def is_unused(self, now: float) -> bool:
        """Whether nothing that was taken matters any more, at the full rate."""
        return not self._taken or self._taken[-1] + self._period <= now


class Spacing:
    """Spreads a limit evenly over its period, so that nobody waits behind a burst."""

    def __init__(self, limit: Limit) -> None:
        self._interval = limit.seconds / limit.count
        self._due = -math.inf

    def free_at(self) -> float:
        return self._due - _CATCH_UP

    def take(self, now: float, share: float) -> None:
        self._due = max(self._due, now) + self._interval / share


class Pace:
    """The share of the allowed rate that is used: less after a refusal, then steadily more."""

    def __init__(self) -> None:
        self._share = 1.0
        self._since = -math.inf
        self._paused_until = -math.inf

    @property
    def paused_until(self) -> float:
        """Until when nothing goes, as the platform asked."""
        return self._paused_until

    def share(self, now: float) -> float:
        if self._share == 1.0:
            return 1.0
        return min(1.0, self._share + max(0.0, now - self._since) * RECOVERY)

    def pause(self, now: float, until: float) -> None:
        """
        Nothing goes before `until`, then less than before.

        Refusals of what was on its way when a pause began are of the same cause: they can make
        the pause longer, but not the pace slower still.
        """
        if now >= self._paused_until:
            self._share = max(SLOWEST, self.share(now) * SLOW_DOWN)
        self._paused_until = max(self._paused_until, until)
        self._since = self._paused_until


class Meter:
    """Events a second, smoothed over the last seconds."""

    _MEMORY = 5.0  # seconds; the weight of an event halves every 3.5 s

    def __init__(self) -> None:
        self._level = 0.0
        self._at = 0.0

    def rate(self, now: float) -> float:
        return self._level * math.exp((self._at - now) / self._MEMORY)

    def count(self, now: float) -> None:
        self._level = self.rate(now) + 1 / self._MEMORY
        self._at = now


class PlatformBudget:
    """
    What all messages of a bot share: the platform's overall limit, its pauses, the reserve.

    `reserve`: share of the limit that broadcasts leave free while people are being answered.
    Without an overall limit only the pauses that the platform asks for are kept.
    """

    _LEAST_SHARE = 0.1  # of the limit, however much other daemons say they use
    _PEOPLE_TALK = 0.02  # replies a second; one reply keeps the rate above it for ten seconds

    def __init__(self, limit: Limit | None, *, margin: float, reserve: float) -> None:
        self._pace = Pace()
        self._replies = Meter()
        self._limit = limit
        self._window = None if limit is None else Window(limit, margin)
        self._spacing = None if limit is None else Spacing(limit)
        self._reserved = 0 if self._window is None else self._window.part(reserve)
        self._foreign_rate = 0.0

    def free_at(self, now: float, *, is_broadcast: bool) -> float:
        if self._window is None or self._spacing is None:
            return self._pace.paused_until
        left = self._left_to_people(now) if is_broadcast else 0
        return max(
            self._pace.paused_until,
            self._spacing.free_at(),
            self._window.free_at(self._share(now), left=left),
        )

    def take(self, now: float, *, is_reply: bool) -> None:
        if is_reply:
            self._replies.count(now)
        if self._window is not None and self._spacing is not None:
            self._window.take(now)
            self._spacing.take(now, self._share(now))

    def is_paused(self, now: float) -> bool:
        return now < self._pace.paused_until

    def paused_for(self, now: float) -> float:
        return max(0.0, self._pace.paused_until - now)

    def pause(self, now: float, until: float) -> None:
        self._pace.pause(now, until)

    def leave_to_others(self, per_second: float) -> None:
        """Other daemons of this bot send that much themselves."""
        self._foreign_rate = max(0.0, per_second)

    def reply_rate(self, now: float) -> float:
        """Replies a second that are being sent from here."""
        return self._replies.rate(now)

    def _share(self, now: float) -> float:
        share = self._pace.share(now)
        if self._limit is None:
            return share
        foreign = self._foreign_rate * self._limit.seconds / self._limit.count
        return max(self._LEAST_SHARE, share - foreign)

    def _left_to_people(self, now: float) -> int:
        """What broadcasts leave free: the reserve, but for what replies have used of it already."""
        if self._limit is None or not self._people_talk(now):
            return 0
        used = round(self._replies.rate(now) * self._limit.seconds)
        return max(min(self._reserved, 1), self._reserved - used)

    def _people_talk(self, now: float) -> bool:
        return self._foreign_rate > 0 or self._replies.rate(now) > self._PEOPLE_TALK
