"""
A platform that does not answer: noticed after a few failures in a row, and tried with one message
at a time until it answers again.

So an outage uses up nobody's patience: what waits is not tried in vain again and again, and all of
it can go as soon as the platform is back. Times are seconds of one clock.
"""

from collections.abc import Callable, Iterator

from core.supervision import growing_pauses

_IN_A_ROW = 8  # failures of different messages, none answered between them, that are an outage
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 5.0  # between two tries


class Outage:
    """Whether a platform answers at present. `told`: called when that changes."""

    def __init__(self, *, clock: Callable[[], float], told: Callable[[bool], None]) -> None:
        self._clock = clock
        self._told = told
        self._failures = 0
        self._try_at = 0.0
        self._pauses: Iterator[float] | None = None

    @property
    def is_on(self) -> bool:
        return self._pauses is not None

    @property
    def is_time_to_try(self) -> bool:
        """Whether one message may be tried in spite of the outage."""
        return self._clock() >= self._try_at

    def take_turn(self) -> bool:
        """Whether a message may be tried now; while it does not answer, one at a time."""
        if self._pauses is None:
            return True
        if not self.is_time_to_try:
            return False
        self._try_at = self._clock() + next(self._pauses)
        return True

    def answered(self) -> None:
        """The platform answered, whatever it said."""
        self._failures = 0
        if self.is_on:
            self._pauses = None
            self._told(False)

    def failed(self) -> None:
        """It did not answer, or with a fault of its own."""
        self._failures += 1
        if self._pauses is None and self._failures >= _IN_A_ROW:
            self._pauses = growing_pauses(_FIRST_PAUSE, _LONGEST_PAUSE)
            self._told(True)
        if self._pauses is not None:
            self._try_at = self._clock() + next(self._pauses)
