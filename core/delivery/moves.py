"""
Targets that have another id now: groups that became supergroups.

Whatever still names the old id, also in rows that wait, goes to the new one.
"""

from collections.abc import Callable, Mapping


class MovedTargets:
    """The moves of one platform. `budget_of`: a target without its topic."""

    def __init__(self, budget_of: Callable[[str], str]) -> None:
        self._budget_of = budget_of
        self._moves: dict[str, str] = {}

    def know(self, moves: Mapping[str, str]) -> None:
        """Take over what the database knows."""
        self._moves |= moves

    def learn(self, target: str, new_target: str) -> None:
        """A target has another id from now on."""
        self._moves[target] = new_target

    def now(self, target: str) -> str:
        """What a target is called now, with the topic that it names."""
        group = self._budget_of(target)
        seen = {group}
        while (moved := self._moves.get(group)) is not None and moved not in seen:
            group = moved
            seen.add(moved)
        return group + target[len(self._budget_of(target)) :]
