"""
Whether there is enough to do: how many deliveries of broadcasts wait on each platform, and move.

More are written only as they can be sent. A platform that does not move, because its token is
refused for example, does not keep the others waiting.
"""

from collections.abc import Mapping

ENOUGH = 3000  # deliveries that wait on a platform: minutes of work for the slowest
_STANDS_STILL = 15.0  # seconds without one delivery fewer


class Backlogs:
    """What was seen of the platforms, as `at` seconds of one clock."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, float]] = {}

    def are_enough(self, waiting: Mapping[str, int], *, at: float) -> bool:
        """
        Whether nothing more need be written now.

        `waiting`: how many wait on each platform in use, counted at least a bit beyond `ENOUGH`.
        """
        full = [name for name, count in waiting.items() if count >= ENOUGH]
        moving = [name for name in full if not self._stands_still(name, waiting[name], at)]
        for name in self._seen.keys() - set(full):
            del self._seen[name]
        return bool(moving) or len(full) == len(waiting) > 0

    def _stands_still(self, name: str, count: int, at: float) -> bool:
        before, since = self._seen.get(name, (count, at))
        if count < before or name not in self._seen:
            self._seen[name] = (count, at)
            return False
        self._seen[name] = (count, since)
        return at - since >= _STANDS_STILL
