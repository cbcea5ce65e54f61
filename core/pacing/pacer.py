"""
The pacer that senders wait on: `PaceModel` with a timer of the event loop.

There is no task behind it: whoever waits, gives up or brings news moves the line on, and one timer
does while all wait. Whoever is cancelled while waiting leaves the line and uses nothing.
"""

import asyncio
import time
from collections.abc import Callable

from core.pacing.model import PaceModel
from core.pacing.rules import PaceRules, Priority, Ticket


class Pacer:
    """Holds senders back until the platform's limits allow their message."""

    def __init__(self, rules: PaceRules, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.rules = rules
        self._model = PaceModel(rules, clock=clock)
        self._clock = clock
        self._admissions: dict[Ticket, asyncio.Future[None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """Messages that are held back at present."""
        return self._model.waiting

    async def wait(self, target: str, priority: Priority) -> None:
        """Return when one message to `target` may be sent: send it at once then."""
        await self._admission(self._model.request(target, priority))

    async def try_now(self, target: str, priority: Priority, *, leave: float = 0.0) -> bool:
        """
        As `wait`, but False at once if the target's budget is used up or a pause is being kept.

        `leave`: share of the target's limits that must stay free for what is more important there.
        """
        ticket = self._model.request_if_free(target, priority, leave=leave)
        if ticket is None:
            return False
        await self._admission(ticket)
        return True

    def penalise(self, target: str | None, seconds: float) -> None:
        """The platform refused and asked for a pause: for `target`, or for the bot (None)."""
        self._model.penalise(target, seconds)
        self._advance()

    def full_for(self, target: str) -> float:
        """Seconds for which a target has no room for one more, those that wait for it included."""
        return self._model.full_for(target)

    def paused_for(self) -> float:
        """Seconds for which the whole bot is to be silent still, as the platform asked."""
        return self._model.paused_for()

    def set_foreign_rate(self, per_second: float) -> None:
        """Leave that many messages a second to the other daemons of this bot."""
        self._model.set_foreign_rate(per_second)
        self._advance()

    def reply_rate(self) -> float:
        """Replies a second from here, as other daemons must leave them free."""
        return self._model.reply_rate()

    async def _admission(self, ticket: Ticket) -> None:
        admission = asyncio.get_running_loop().create_future()
        self._admissions[ticket] = admission
        self._advance()
        try:
            await admission
        finally:
            if self._admissions.pop(ticket, None) is not None:
                self._model.cancel(ticket)
                self._advance()

    def _advance(self) -> None:
        for ticket in self._model.admit():
            admission = self._admissions.pop(ticket)
            if not admission.done():
                admission.set_result(None)
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        next_at = self._model.next_at()
        if next_at is not None:
            delay = max(0.0, next_at - self._clock())
            self._timer = asyncio.get_running_loop().call_later(delay, self._advance)
