"""
Long texts: what they say is worked out beside the event loop, which turns on meanwhile.
"""

import asyncio
import time

from core.delivery.content import LiteralContent
from core.delivery.model import ToGroup
from tests.delivery.conftest import House

LONG = "**word** _and_ more `code` text [here](https://example.com) " * 60


async def test_many_long_notices_in_one_message_hold_nobody_up(house: House):
    """
    Forty long notices to the group become one message; nothing else waits for it to be worked out.
    """
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - before)

    for number in range(40):
        content = LiteralContent(title=f"Notice {number}", text=LONG, format="markdown")
        await house.notifier.accept(ToGroup(), content)
    watching = asyncio.create_task(watch())
    async with house.running():
        await house.until_done(60)
    watching.cancel()

    assert await house.states() == {"sent": 40}
    assert longest < 1.0
