"""
Catalogues as the program loads them, at an instant that stands still.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.clock import SiteClock
from core.texts.catalogues import Catalogues

NOW = datetime(2026, 11, 24, 9, 5, tzinfo=UTC)  # 17:05 in Shanghai


@pytest.fixture(scope="session")
def catalogues() -> Catalogues:
    return Catalogues(clock=SiteClock(ZoneInfo("Asia/Shanghai"), lambda: NOW))
