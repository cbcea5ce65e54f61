"""
A role as the parts of the daemon see it that work only while it is theirs.

Whoever acts looks at `is_held` right before he does; whoever writes on the strength of a role
fences his transaction. The time for which a role is held is judged by the clock at each look, so
that a process that was stopped or a machine that slept knows better at its first look afterwards.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.leases import LeaseTable
from core.roles.lease import Lease, RoleState
from core.supervision import first_of, wait_for


class RoleLostError(Exception):
    """The role is another daemon's by now: nothing may be committed or sent on its strength."""

    def __init__(self, role: str) -> None:
        super().__init__(f"the role {role} has gone to another daemon; that one goes on with it")
        self.role = role


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    How it stands with a role: what `Role` tells, at one moment.

    `is_known`: whether the database has told yet who has the role.
    """

    state: RoleState
    epoch: int
    holder: str | None
    is_known: bool
    trouble: str | None


class Role:
    """
    One role of this daemon. `trouble`: why it cannot be asked for, if the database is at fault.
    """

    def __init__(self, *, lease: Lease, table: LeaseTable) -> None:
        self._lease = lease
        self._table = table
        self._next_change = asyncio.Event()
        self.trouble: str | None = None
        self._told = self.standing

    @property
    def name(self) -> str:
        return self._lease.role

    @property
    def is_held(self) -> bool:
        """Whether the role is surely this daemon's at this moment."""
        return self._lease.is_held

    @property
    def state(self) -> RoleState:
        return self._lease.state

    @property
    def epoch(self) -> int:
        """The number of the tenure in which this daemon has, or last had, the role."""
        return self._lease.epoch

    @property
    def me(self) -> str:
        """This daemon's id, which is the role's holder while it is held."""
        return self._lease.me

    @property
    def holder(self) -> str | None:
        """Who has the role, as far as this daemon knows; None if nobody, or not known yet."""
        if self.state is not RoleState.STANDBY:
            return self.me
        return None if self._lease.row is None else self._lease.row.holder

    @property
    def standing(self) -> Standing:
        return Standing(
            state=self.state,
            epoch=self.epoch,
            holder=self.holder,
            is_known=self._lease.row is not None,
            trouble=self.trouble,
        )

    @property
    def vacant_since(self) -> datetime | None:
        """
        When its former holder beat for it last, by that one's clock; None if there was none.

        Long ago: nobody ran, or the database is a restored backup.
        """
        return self._lease.vacant_since

    async def fence(self, connection: AsyncConnection, *, epoch: int | None = None) -> None:
        """
        Let the caller's transaction be committed only if the role is still this daemon's.

        `epoch`: the tenure on whose strength it is written, if not the present one.

        Raises:
            RoleLostError: it is not; the transaction must be taken back.
        """
        tenure = self.epoch if epoch is None else epoch
        if not await self._table.fence(connection, self.name, self.me, tenure):
            raise RoleLostError(self.name)

    async def changed(self, seen: Standing) -> Standing:
        """Wait until the role stands otherwise than `seen`, and return how."""
        while (standing := self.standing) == seen:
            left = self._lease.seconds_left
            await wait_for(self._next_change, left if left > 0 else None)
        return standing

    async def until_held(self, stop: asyncio.Event) -> bool:
        """Wait until the role is this daemon's or `stop` is set; whether it is this daemon's."""
        while not self.is_held and not stop.is_set():
            await self._next(stop)
        return self.is_held

    async def until_unheld(self, stop: asyncio.Event) -> None:
        """Wait until this tenure has ended, is no longer sure, or `stop` is set."""
        epoch = self.epoch
        while self.is_held and self.epoch == epoch and not stop.is_set():
            await self._next(stop)

    async def until_lost(self, stop: asyncio.Event) -> None:
        """Wait until the role is known not to be this daemon's, or `stop` is set."""
        while self.state is not RoleState.STANDBY and not stop.is_set():
            await self._next(stop)

    async def _next(self, stop: asyncio.Event) -> None:
        await first_of(stop.wait(), self.changed(self.standing))

    def update(self) -> None:
        """Have all who wait look again, if something is different from the last time."""
        before, self._told = self._told, self.standing
        if self._told != before:
            self._next_change.set()
            self._next_change = asyncio.Event()
