"""A day in the life of a `PaceModel`, on a clock that jumps from one event to the next."""

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from core.pacing import Limit, PaceModel, PaceRules, Priority, Ticket

Event = tuple[float, Callable[[], None]]


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Admission:
    ticket: Ticket
    asked_at: float
    at: float


@dataclass
class Simulation:
    """
    Drives a model as an event loop would; `lateness` gives how late each timer fires, in seconds.
    """

    rules: PaceRules
    lateness: Iterator[float] = field(default_factory=lambda: itertools.repeat(0.0))
    clock: Clock = field(default_factory=Clock)
    admissions: list[Admission] = field(default_factory=list)
    waiting: dict[Ticket, float] = field(default_factory=dict)
    watch: Callable[[list[Ticket]], None] = lambda _admitted: None

    def __post_init__(self) -> None:
        self.model = PaceModel(self.rules, clock=self.clock)

    def ask(self, target: str, priority: Priority = Priority.BROADCAST) -> Ticket:
        ticket = self.model.request(target, priority)
        self.waiting[ticket] = self.clock.now
        return ticket

    def ask_if_free(self, target: str, priority: Priority, leave: float = 0.0) -> bool:
        ticket = self.model.request_if_free(target, priority, leave=leave)
        if ticket is not None:
            self.waiting[ticket] = self.clock.now
        return ticket is not None

    def run(self, events: Iterable[Event] = (), *, until: float | None = None) -> None:
        """Let the events happen, and go on until nothing waits or `until`."""
        coming = sorted(events, key=lambda event: event[0])
        while True:
            self._admit()
            next_at = self.model.next_at()
            timer_at = None if next_at is None else next_at + next(self.lateness)
            if coming and (timer_at is None or coming[0][0] <= timer_at):
                at, happen = coming.pop(0)
                self._move_to(at)
                happen()
            elif timer_at is None or (until is not None and timer_at > until):
                self._move_to(until or 0.0)
                return
            else:
                self._move_to(timer_at)

    def _move_to(self, at: float) -> None:
        self.clock.now = max(self.clock.now, at)

    def _admit(self) -> None:
        admitted = self.model.admit()
        for ticket in admitted:
            asked_at = self.waiting.pop(ticket)
            self.admissions.append(Admission(ticket, asked_at, self.clock.now))
        self.watch(admitted)

    def times(self, target: str | None = None) -> list[float]:
        return [
            each.at for each in self.admissions if target is None or each.ticket.target == target
        ]


def most_in_any(times: list[float], seconds: float) -> int:
    """The most that fall into any window, its end not included."""
    ordered, first, most = sorted(times), 0, 0
    for last, at in enumerate(ordered):
        while at - ordered[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def refused_by_the_platform(simulation: Simulation, jitter: random.Random) -> Counter[str]:
    """
    What a strict platform would answer with 429, when each message is on its way for another while.

    The way takes between 0 and nearly `margin` seconds; the platform counts in windows that slide.
    """
    rules = simulation.rules
    arrivals: dict[str, list[float]] = defaultdict(list)
    for admission in simulation.admissions:
        way = jitter.uniform(0, rules.margin * 0.999)
        arrivals[admission.ticket.target].append(admission.at + way)
    refused: Counter[str] = Counter()
    everything = list(itertools.chain.from_iterable(arrivals.values()))
    if rules.overall and _is_broken(rules.overall, everything):
        refused["overall"] += 1
    for target, times in arrivals.items():
        refused[target] += sum(_is_broken(limit, times) for limit in rules.limits_of(target))
    return +refused


def _is_broken(limit: Limit, times: list[float]) -> bool:
    return most_in_any(times, limit.seconds) > limit.count
