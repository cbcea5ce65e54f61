"""
Who stands in line: the tickets of each target, and which target is next.

A `Lane` is one target with its own limits, a `Line` orders the lanes by their first tickets. A lane
whose limits make it wait sleeps aside, so that it holds up nobody and costs nothing until then.
"""

import bisect
import heapq
import itertools
import math
from collections.abc import Iterable

from core.pacing.budgets import Pace, Window
from core.pacing.rules import Limit, Ticket


class Lane:
    """One target: its limits, its pauses, and its tickets with the most urgent first."""

    def __init__(self, limits: Iterable[Limit], margin: float) -> None:
        self._windows = [Window(limit, margin) for limit in limits]
        self._pace = Pace()
        self.tickets: list[Ticket] = []
        self.place = -1
        """Number of its last entry in the line; earlier ones are void."""

    def join(self, ticket: Ticket) -> bool:
        """Whether the ticket is the lane's first now."""
        bisect.insort(self.tickets, ticket)
        return self.tickets[0] is ticket

    def leave(self, ticket: Ticket) -> bool:
        """Whether the ticket was still in the lane."""
        if ticket not in self.tickets:
            return False
        self.tickets.remove(ticket)
        return True

    def free_at(self, now: float) -> float:
        share = self._pace.share(now)
        own = max((window.free_at(share) for window in self._windows), default=-math.inf)
        return max(own, self._pace.paused_until)

    def full_for(self, now: float) -> float:
        """Seconds until one more can go behind those in the lane, at the earliest."""
        share = self._pace.share(now)
        ahead = len(self.tickets)
        times = [window.free_at(share, left=ahead) for window in self._windows]
        if math.inf in times:  # those that wait already fill a whole period
            times = [window.period for window in self._windows]
            return max(times)
        return max(0.0, max(times, default=-math.inf) - now, self._pace.paused_until - now)

    def has_room(self, now: float, leave: float) -> bool:
        """
        Whether one more could go at once behind those in the lane, such that `leave`, a share of
        each limit, stays free.
        """
        share = self._pace.share(now)
        ahead = len(self.tickets)
        return now >= self._pace.paused_until and all(
            window.free_at(share, left=ahead + window.part(leave)) <= now
            for window in self._windows
        )

    def take(self, now: float) -> None:
        """The first ticket goes."""
        del self.tickets[0]
        for window in self._windows:
            window.take(now)

    def pause(self, now: float, until: float) -> None:
        self._pace.pause(now, until)

    def is_idle(self, now: float) -> bool:
        """Whether a new lane would be no different."""
        return (
            not self.tickets
            and self._pace.share(now) == 1.0
            and all(window.is_unused(now) for window in self._windows)
        )


class Line:
    """The lanes in which something waits: those that may go by urgency, the others by time."""

    def __init__(self) -> None:
        self._ready: list[tuple[Ticket, int, Lane]] = []
        self._asleep: list[tuple[float, int, Lane]] = []
        self._places = itertools.count()

    def __len__(self) -> int:
        """Entries, void ones included."""
        return len(self._ready) + len(self._asleep)

    def place(self, lane: Lane, now: float) -> None:
        """Give a lane the place that it deserves at present; its former place is void."""
        lane.place = next(self._places)
        if not lane.tickets:
            return
        free_at = lane.free_at(now)
        if free_at > now:
            heapq.heappush(self._asleep, (free_at, lane.place, lane))
        else:
            heapq.heappush(self._ready, (lane.tickets[0], lane.place, lane))

    def wake(self, now: float) -> None:
        """Place anew the lanes whose time has come."""
        while self._asleep and self._asleep[0][0] <= now:
            _, place, lane = heapq.heappop(self._asleep)
            if place == lane.place:
                self.place(lane, now)

    def first(self) -> Lane | None:
        """The lane that goes next."""
        while self._ready and self._ready[0][1] != self._ready[0][2].place:
            heapq.heappop(self._ready)
        return self._ready[0][2] if self._ready else None

    def wakes_at(self) -> float | None:
        """When the next sleeping lane may go."""
        while self._asleep and self._asleep[0][1] != self._asleep[0][2].place:
            heapq.heappop(self._asleep)
        return self._asleep[0][0] if self._asleep else None

    def drop_void(self) -> None:
        """Forget the entries that no longer count."""
        self._ready = [entry for entry in self._ready if entry[1] == entry[2].place]
        self._asleep = [entry for entry in self._asleep if entry[1] == entry[2].place]
        heapq.heapify(self._ready)
        heapq.heapify(self._asleep)
