"""
Daemons whose clocks differ, on one queue.
"""

from datetime import timedelta

import pytest

from core.delivery.content import LiteralContent
from core.delivery.model import ToChat
from core.platform import PlatformName
from tests.delivery.conftest import House


@pytest.mark.parametrize("seconds_off", [90, -90])
async def test_what_is_to_go_at_once_waits_for_no_clock(house: House, seconds_off: int):
    """
    A notice that was accepted by a daemon in another time goes out at once all the same.
    """
    house.time.ahead = timedelta(seconds=seconds_off)
    await house.notifier.accept(ToChat(PlatformName.TELEGRAM, "7"), LiteralContent(text="now"))
    house.time.ahead = timedelta(0)

    async with house.running():
        await house.until_done(5.0)

    assert house.far_side.texts("7") == ["now"]
