"""
The time as the site counts it: aware UTC instants, days that turn at midnight in the site's zone.

`midnight() <= now() < next_midnight()` holds in every zone, also where clocks are changed at
midnight: a day whose first hour is skipped begins when the clock jumps, one whose first hour
occurs twice begins with the earlier of the two.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


class SiteClock:
    """Tells the time in UTC, and when the site's day began and ends."""

    def __init__(self, zone: ZoneInfo, now: Callable[[], datetime]) -> None:
        self.zone = zone
        self._now = now

    def now(self) -> datetime:
        """This instant, in UTC."""
        return self._now().astimezone(UTC)

    def midnight(self, at: datetime | None = None) -> datetime:
        """The start of the site's day that holds `at` (now, if not given), in UTC."""
        instant = self.now() if at is None else at
        return self._start_of(self._day_of(instant))

    def next_midnight(self, at: datetime | None = None) -> datetime:
        """The end of the site's day that holds `at` (now, if not given), in UTC."""
        instant = self.now() if at is None else at
        following = self._day_of(instant) + ONE_DAY
        start = self._start_of(following)
        # Clocks set back shortly after midnight return to the day before: its end comes twice.
        return start if start > instant else self._start_of(following, fold=1)

    def _day_of(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()

    def _start_of(self, day: date, *, fold: int = 0) -> datetime:
        return datetime.combine(day, time(fold=fold), tzinfo=self.zone).astimezone(UTC)
