"""
The filter of an audience: kept as JSON and read back as it was.
"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.delivery.audience import (
    HIGHEST_LEVEL,
    MOST_DAYS,
    AudienceError,
    AudienceFilter,
    Expiry,
    decode,
    encode,
)
from core.platform import PlatformName

LEVELS = st.integers(0, HIGHEST_LEVEL)
DAYS = st.none() | st.integers(1, MOST_DAYS)


@st.composite
def filters(draw: st.DrawFn) -> AudienceFilter:
    lowest, highest = draw(st.none() | LEVELS), draw(st.none() | LEVELS)
    if lowest is not None and highest is not None:
        lowest, highest = min(lowest, highest), max(lowest, highest)
    expires_within = draw(DAYS)
    return AudienceFilter(
        levels=tuple(sorted(draw(st.sets(LEVELS, max_size=5)))),
        lowest_level=lowest,
        highest_level=highest,
        expiry=None if expires_within else draw(st.none() | st.sampled_from(Expiry)),
        expires_within_days=expires_within,
        active_within_days=draw(DAYS),
        inactive_for_days=draw(DAYS),
        platforms=tuple(name for name in PlatformName if draw(st.booleans())),
    )


@given(filters())
def test_what_is_kept_is_read_back(only: AudienceFilter):
    """
    A filter survives the way through the database.
    """
    assert decode(json.loads(json.dumps(encode(only)))) == only


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["level", "min", "max", "any", "expiry", "within_days", "activity", "x"]
            ),
            children,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_anything_is_read_or_refused(read: object):
    """
    Whatever comes from outside is a filter or a mistake with its field, and no fault of ours.
    """
    try:
        only = decode(read)
    except AudienceError as error:
        field, only = error.field, AudienceFilter()
    else:
        field = "none"

    assert field
    assert decode(encode(only)) == only


@pytest.mark.parametrize("read", [{}, {"level": None, "activity": {}}])
def test_nothing_asked_for_is_everybody(read: object):
    """
    Conditions that are left out choose nobody out.
    """
    assert decode(read) == AudienceFilter()
    assert not decode(read)
