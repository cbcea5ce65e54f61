"""
Keeping the queue's tables small: passes over what is over, overdue or nobody's, from time to time.

The daemon that has the watchers' role does it. A pass is many short transactions with pauses
between them, so that nothing else waits for it; each bears being done twice, or by two daemons.
What was set aside after a restored backup comes before all else: `is_on_duty` is true once that is
done, for whoever makes deliveries or hands mail over.
"""

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta

import structlog

from config_store.database import DatabaseUnavailableError
from core.delivery.after_restore import AfterRestore
from core.delivery.deleted_accounts import DeletedAccounts
from core.delivery.overdue import Overdue
from core.delivery.removal import Removal
from core.roles import RoleLostError
from core.supervision import growing_pauses, wait_for

log = structlog.get_logger(__name__)

_LOOK = 0.3  # seconds between looks whether something is to be done
_BETWEEN_PAGES = 0.1  # seconds
_REST = 10  # times as long as a pass took, at least, until the next one of its kind


@dataclass(slots=True)
class Chore:
    """
    A pass that is made every so often, and gives how many rows it changed page by page.

    `name`: what the log says of it. `due_at`: by the monotonic clock.
    """

    name: str
    every: timedelta
    make_pass: Callable[[], AsyncGenerator[int, None]]
    due_at: float = -math.inf


class Upkeep:
    """
    Makes the passes. `others`: passes that are not the queue's; `pause`: seconds after a page in
    which something was changed.
    """

    def __init__(
        self,
        *,
        after_restore: AfterRestore,
        overdue: Overdue,
        removal: Removal,
        deleted_accounts: DeletedAccounts,
        others: Sequence[Chore] = (),
        pause: float = _BETWEEN_PAGES,
    ) -> None:
        self._pause = pause
        self._after_restore = after_restore
        self._chores: Sequence[Chore] = (
            Chore("overdue deliveries ended", timedelta(minutes=1), overdue.end),
            Chore("deliveries folded", timedelta(minutes=15), removal.fold),
            Chore("old notices removed", timedelta(hours=1), removal.remove_notices),
            Chore("old actions removed", timedelta(hours=1), removal.remove_actions),
            Chore("deliveries cancelled", timedelta(hours=6), deleted_accounts.cancel),
            Chore("idle lanes removed", timedelta(hours=1), removal.remove_lanes),
            *others,
        )

    def is_on_duty(self) -> bool:
        """Whether this daemon has the watchers' role, and may make and hand over deliveries."""
        return self._after_restore.is_done

    async def run(self, stop: asyncio.Event) -> None:
        """Make the passes when they are due and this daemon is on duty, until `stop` is set."""
        pauses = growing_pauses(_LOOK, 5.0)
        while not stop.is_set():
            try:
                await self._after_restore.check()
                await self._make_due(stop)
                pauses = growing_pauses(_LOOK, 5.0)
            except DatabaseUnavailableError:
                await wait_for(stop, next(pauses))
            except RoleLostError:
                log.info("role lost", role="watchers")
            await wait_for(stop, _LOOK)

    async def make_all(self) -> None:
        """Make every pass once, due or not."""
        never = asyncio.Event()
        for chore in self._chores:
            await self._make(chore, never)

    async def _make_due(self, stop: asyncio.Event) -> None:
        """The pass that has been due for longest, if there is one."""
        chore = min(self._chores, key=lambda chore: chore.due_at)
        if chore.due_at > time.monotonic() or not self.is_on_duty():
            return
        began = time.monotonic()
        try:
            is_over = await self._make(chore, stop)
        except DatabaseUnavailableError:
            raise
        except Exception:
            log.exception("upkeep crashed", chore=chore.name)
            is_over = True
        if is_over:
            now = time.monotonic()
            chore.due_at = now + max(chore.every.total_seconds(), (now - began) * _REST)

    async def _make(self, chore: Chore, stop: asyncio.Event) -> bool:
        """One pass; False if it was broken off."""
        changed = 0
        async with aclosing(chore.make_pass()) as pages:
            async for number in pages:
                changed += number
                await wait_for(stop, self._pause if number else 0)
                if stop.is_set() or not self.is_on_duty():
                    return False
        if changed:
            log.info(chore.name, rows=changed)
        return True
