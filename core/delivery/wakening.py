"""Telling the parts of this process that something was put into the queue, so that none waits."""

from collections.abc import Callable


class Wakening:
    """Whoever wants to know registers what is to be called."""

    def __init__(self) -> None:
        self._sleepers: list[Callable[[], None]] = []

    def add(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever something was put into the queue."""
        self._sleepers.append(wake)

    def wake(self) -> None:
        """Something was put into the queue."""
        for wake in self._sleepers:
            wake()
