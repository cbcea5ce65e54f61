"""
Three platforms in trouble at the same time, each in its own way, and how late that makes what.

Times are seconds, those of `Lateness` since the trouble began.
"""

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import text

from sandbox.faults import AnswerJson, Fault, Faults, Hang
from tests.crash.far_side import DISCORD, PLATFORMS, SENDING, SLACK, TELEGRAM, Key
from tests.crash.harness import CrashSite

_STEP = 0.5  # seconds for which a fault is ordered
_NEW_TOKEN = "a-new-token.of-the.bot-at-discord-00000001"


async def make_trouble(site: CrashSite, *, lasting: Mapping[str, float]) -> float:
    """
    Let Slack hang, Telegram ask to wait, and Discord refuse the token, each for so many seconds.

    Gives the moment at which it began, when all of it is over.
    """
    began = time.time()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_slack_hangs(site, lasting[SLACK]))
        tasks.create_task(_telegram_asks_to_wait(site, lasting[TELEGRAM]))
        tasks.create_task(_discord_refuses_the_token(site, lasting[DISCORD]))
    return began


async def _slack_hangs(site: CrashSite, seconds: float) -> None:
    await _go_on(site.far.slack.faults, seconds, lambda left: (Hang(left), None))


async def _telegram_asks_to_wait(site: CrashSite, seconds: float) -> None:
    def refuse(left: float) -> tuple[Fault, str]:
        wait = math.ceil(left)
        refusal = {
            "ok": False,
            "error_code": 429,
            "description": f"Too Many Requests: retry after {wait}",
            "parameters": {"retry_after": wait},
        }
        return AnswerJson(429, refusal), SENDING[TELEGRAM]

    await _go_on(site.far.telegram.faults, seconds, refuse)


async def _go_on(
    faults: Faults, seconds: float, fault_for: Callable[[float], tuple[Fault, str | None]]
) -> None:
    """Order a fault again and again for as many seconds as are left."""
    faults.lift()
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        fault, method = fault_for(left)
        order = faults.order(fault, method=method, times=None)
        await asyncio.sleep(min(_STEP, left))
        faults.lift(order)


async def _discord_refuses_the_token(site: CrashSite, seconds: float) -> None:
    world = site.far.discord.world
    world.change_token(site.far.discord_bot, None)
    await asyncio.sleep(seconds)
    world.change_token(site.far.discord_bot, _NEW_TOKEN)
    new = text("UPDATE config SET value = :token WHERE item = 'discord_bot_token'")
    await site.database.run(lambda it: it.execute(new, {"token": _NEW_TOKEN}))


@dataclass(frozen=True, slots=True)
class Lateness:
    """One delivery: when it was accepted, and how long after that its platform had taken it."""

    key: Key
    accepted_at: float
    seconds: float


def measure_lateness(site: CrashSite, *, began: float) -> dict[str, list[Lateness]]:
    """How late each delivery was, by platform, in the order in which they were accepted."""
    found: dict[str, list[Lateness]] = {platform: [] for platform in PLATFORMS}
    for taken in site.far.accepted():
        accepted_at = site.accepted_at[taken.key]
        found[taken.key.platform].append(
            Lateness(taken.key, accepted_at - began, taken.at - accepted_at)
        )
    for each in found.values():
        each.sort(key=lambda one: one.accepted_at)
    return found
