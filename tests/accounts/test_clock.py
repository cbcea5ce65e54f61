"""
The site's day, in every zone of the world.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.clock import SiteClock


def clock_at(zone: str, at: datetime) -> SiteClock:
    return SiteClock(ZoneInfo(zone), lambda: at)


@given(
    zone=st.sampled_from(sorted(available_timezones())),
    at=st.integers(631_152_000, 2_145_916_800).map(lambda s: datetime.fromtimestamp(s, UTC)),
)
@example(zone="America/St_Johns", at=datetime(2008, 11, 2, 2, 31, 30, tzinfo=UTC))
@example(zone="Pacific/Apia", at=datetime(2011, 12, 30, 9, 0, tzinfo=UTC))
def test_now_lies_within_the_sites_day(zone: str, at: datetime):
    """
    Not before its midnight, before the next one, and a day is never two.
    """
    clock = clock_at(zone, at)

    assert clock.midnight() <= clock.now() < clock.next_midnight()
    assert clock.next_midnight() - clock.midnight() <= timedelta(hours=49)


@pytest.mark.parametrize(
    ("zone", "at", "midnight", "next_midnight"),
    [
        ("Asia/Shanghai", "2026-11-24T09:05", "2026-11-23T16:00", "2026-11-24T16:00"),
        ("Europe/Berlin", "2026-03-29T12:00", "2026-03-28T23:00", "2026-03-29T22:00"),
        ("Europe/Berlin", "2026-10-25T12:00", "2026-10-24T22:00", "2026-10-25T23:00"),
        # Clocks jump from 0:00 to 1:00: the day begins when they do.
        ("Asia/Beirut", "2026-03-29T08:00", "2026-03-28T22:00", "2026-03-29T21:00"),
        # 0:00 to 1:00 comes twice: the day begins with the earlier one.
        ("America/Havana", "2026-11-01T05:30", "2026-11-01T04:00", "2026-11-02T05:00"),
    ],
)
def test_days_turn_where_clocks_are_changed(zone: str, at: str, midnight: str, next_midnight: str):
    """
    Days of 23 and 25 hours, and midnights that do not exist or come twice.
    """
    clock = clock_at(zone, datetime.fromisoformat(f"{at}Z"))

    assert clock.midnight() == datetime.fromisoformat(f"{midnight}Z")
    assert clock.next_midnight() == datetime.fromisoformat(f"{next_midnight}Z")
