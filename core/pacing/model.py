"""
Who may send next: one platform's budget, decided without waiting and without a platform.

A ticket is a wish to send one message to a target; it is admitted when the platform's rate and the
target's own limits allow it. Among those that could go, the more urgent goes first, then the older
one: so the order of one target and priority is kept, and a target that must wait holds up nobody
else. What is admitted counts as sent at that moment.

Memory follows what is waiting and what was sent within the longest period of a limit, never the
number of targets ever seen. Times are seconds of the monotonic clock that the model is given.
"""

import itertools
from collections.abc import Callable

from core.pacing.budgets import PlatformBudget
from core.pacing.lanes import Lane, Line
from core.pacing.rules import PaceRules, Priority, Ticket

_TIDY_ABOVE = 512  # lanes and places in memory before the idle and void ones are looked for


class PaceModel:
    """Admits tickets by the rules. Whoever drives it calls `admit` again at `next_at`."""

    def __init__(self, rules: PaceRules, *, clock: Callable[[], float]) -> None:
        self._rules = rules
        self._clock = clock
        self._platform = PlatformBudget(
            rules.overall, margin=rules.margin, reserve=rules.reply_reserve
        )
        self._lanes: dict[str, Lane] = {}
        self._line = Line()
        self._numbers = itertools.count()
        self._waiting = 0
        self._tidy_above = _TIDY_ABOVE

    @property
    def waiting(self) -> int:
        """Tickets that are not admitted yet."""
        return self._waiting

    @property
    def remembered_targets(self) -> int:
        """Targets whose recent messages or pauses still matter."""
        return len(self._lanes)

    def request(self, target: str, priority: Priority) -> Ticket:
        """Join the line with a message to `target`."""
        now = self._clock()
        ticket = Ticket(priority, next(self._numbers), target)
        lane = self._lane(target, now)
        self._waiting += 1
        if lane.join(ticket):
            self._line.place(lane, now)
        return ticket

    def request_if_free(
        self, target: str, priority: Priority, *, leave: float = 0.0
    ) -> Ticket | None:
        """
        Join the line if there is nothing to wait for but the platform's even spacing.

        None if the target's budget is used up, with what waits for it already, or if a pause is
        being kept. `leave`: share of the target's limits that must stay free afterwards, for what
        is more important there.
        """
        now = self._clock()
        if self._platform.is_paused(now) or not self._lane(target, now).has_room(now, leave):
            return None
        return self.request(target, priority)

    def cancel(self, ticket: Ticket) -> None:
        """Leave the line. A ticket that was admitted has used its share all the same."""
        lane = self._lanes.get(ticket.target)
        if lane is not None and lane.leave(ticket):
            self._waiting -= 1
            self._line.place(lane, self._clock())

    def admit(self) -> list[Ticket]:
        """Let everything go that may go now, in the order in which it is to be sent."""
        now = self._clock()
        self._line.wake(now)
        admitted: list[Ticket] = []
        while (lane := self._line.first()) is not None:
            ticket = lane.tickets[0]
            if self._platform_free_at(ticket.priority, now) > now:
                break
            lane.take(now)
            self._platform.take(now, is_reply=ticket.priority is Priority.REPLY)
            self._line.place(lane, now)
            admitted.append(ticket)
        self._waiting -= len(admitted)
        return admitted

    def next_at(self) -> float | None:
        """When `admit` may next let something go, at the earliest; None if nothing waits."""
        now = self._clock()
        times: list[float] = []
        first, wakes_at = self._line.first(), self._line.wakes_at()
        if first is not None:
            times.append(self._platform_free_at(first.tickets[0].priority, now))
        if wakes_at is not None:
            times.append(max(wakes_at, self._platform_free_at(Priority.REPLY, now)))
        return min(times, default=None)

    def penalise(self, target: str | None, seconds: float) -> None:
        """
        Keep a pause that the platform asked for, exactly; then go on more slowly for a while.

        `target`: whom the pause covers, None for the whole bot.
        """
        now = self._clock()
        until = now + max(0.0, seconds)
        if target is None:
            self._platform.pause(now, until)
        else:
            lane = self._lane(target, now)
            lane.pause(now, until)
            self._line.place(lane, now)

    def full_for(self, target: str) -> float:
        """Seconds for which a target has no room for one more, those that wait for it included."""
        lane = self._lanes.get(target)
        return 0.0 if lane is None else lane.full_for(self._clock())

    def paused_for(self) -> float:
        """Seconds for which nothing at all may be sent still."""
        return self._platform.paused_for(self._clock())

    def set_foreign_rate(self, per_second: float) -> None:
        """Leave that many messages a second to the other daemons of this bot."""
        self._platform.leave_to_others(per_second)

    def reply_rate(self) -> float:
        """Replies a second from here, as other daemons must leave them free."""
        return self._platform.reply_rate(self._clock())

    def _platform_free_at(self, priority: Priority, now: float) -> float:
        return self._platform.free_at(now, is_broadcast=priority is Priority.BROADCAST)

    def _lane(self, target: str, now: float) -> Lane:
        self._tidy(now)
        lane = self._lanes.get(target)
        if lane is None:
            lane = Lane(self._rules.limits_of(target), self._rules.margin)
            self._lanes[target] = lane
        return lane

    def _tidy(self, now: float) -> None:
        if len(self._lanes) + len(self._line) < self._tidy_above:
            return
        self._lanes = {
            target: lane for target, lane in self._lanes.items() if not lane.is_idle(now)
        }
        self._line.drop_void()
        self._tidy_above = max(_TIDY_ABOVE, 2 * (len(self._lanes) + len(self._line)))
