"""
What one daemon knows of one role's lease, and what follows from it. Nothing here waits or asks.

The rule that keeps two daemons from having a role at once: the holder counts the lease's length
from the moment before it sent the beat that was answered; another takes over only after it has seen
one and the same beat for longer than that, counted from the end of the reading that first showed
it, and only by naming that beat. So each clock is compared with itself alone. Times are seconds of
one clock of this machine, which goes on while the machine sleeps.
"""

import math
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from config_store.own.leases import LeaseRow


class RoleState(StrEnum):
    """
    How a daemon stands with a role, in the words of `/readyz`.

    `unsure`: it had the role, the lease has run out, and nobody is known to have taken it.
    """

    HELD = "held"
    STANDBY = "standby"
    UNSURE = "unsure"


class Lease:
    """
    One role as daemon `me` sees it.

    `epoch`: the one in which it has, or last had, the role. `row`: as it was last read, None before
    the first reading. `vacant_since`: when the role was beaten for last before this daemon took it,
    by the clock of whoever held it then.
    """

    def __init__(self, role: str, *, me: str, clock: Callable[[], float]) -> None:
        self.role = role
        self.me = me
        self.epoch = 0
        self.row: LeaseRow | None = None
        self.vacant_since: datetime | None = None
        self._clock = clock
        self._is_mine = False
        self._ends_at = -math.inf
        self._stands_since = math.inf
        self._tried_epoch: int | None = None

    @property
    def seconds_left(self) -> float:
        """For how long the role is surely this daemon's; 0 or less if it is not."""
        return self._ends_at - self._clock()

    @property
    def is_held(self) -> bool:
        return self._is_mine and self.seconds_left > 0

    @property
    def state(self) -> RoleState:
        if not self._is_mine:
            return RoleState.STANDBY
        return RoleState.HELD if self.is_held else RoleState.UNSURE

    @property
    def stood_still(self) -> float:
        """For how many seconds, at least, the row has been as it was last read."""
        return self._clock() - self._stands_since

    def tenures(self) -> list[tuple[str, int]]:
        """In which epochs the role is this daemon's or, an answer having been lost, may be."""
        epochs = [self.epoch] if self._is_mine else []
        if self._tried_epoch is not None:
            epochs.append(self._tried_epoch)
        return [(self.role, epoch) for epoch in epochs]

    def seen(self, row: LeaseRow) -> None:
        """Note the row. To be called once it has been read, not when it is asked for."""
        before, self.row = self.row, row
        is_same = before is not None and (before.epoch, before.beat) == (row.epoch, row.beat)
        if not is_same or self._stands_since == math.inf:
            self._stands_since = self._clock()
        if self.is_held and row.epoch < self.epoch:
            return  # a node that lags behind shows what was before
        if row.holder != self.me:
            self.lose()
        elif not self._is_mine or row.epoch != self.epoch:
            # Taken, and the answer was lost. Whether it is still so the next beat will tell.
            self.epoch, self._is_mine, self._ends_at = row.epoch, True, -math.inf
            self._tried_epoch = None

    def trying(self, row: LeaseRow) -> None:
        """This daemon is about to ask for the role as `row` shows it."""
        self._tried_epoch = row.epoch + 1
        self.vacant_since = row.beaten_at

    def taken(self, epoch: int, *, until: float) -> None:
        """The database has given the role to this daemon."""
        self._tried_epoch = None
        self.epoch, self._is_mine, self._ends_at = epoch, True, until

    def refused(self) -> None:
        """The database has not: the row is another one meanwhile."""
        self._tried_epoch = None
        self._stands_since = math.inf

    def renewed(self, epoch: int, *, until: float) -> None:
        """The database has counted a beat of this daemon in that epoch."""
        if self._is_mine and epoch == self.epoch:
            self._ends_at = max(self._ends_at, until)

    def lose(self) -> None:
        """The role is not this daemon's any more."""
        self._is_mine, self._ends_at = False, -math.inf
