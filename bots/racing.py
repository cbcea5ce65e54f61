"""Running things together until the first of them ends."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def race(*runs: Coroutine[Any, Any, None]) -> None:
    """
    Run these until one ends, and end as it did; the others are cancelled, and over by then.

    Unlike a `TaskGroup` it raises the error itself, so that the caller can tell it by its class.
    """
    tasks = [asyncio.create_task(run) for run in runs]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
