"""
Takes the roles of this daemon, beats for those it has, and leaves them when it ends.

For roles that it lacks it reads the rows once a second at most; for those it has it writes one
UPDATE every fifth of the lease's length. A role is taken at once if nobody has it, or if its holder
was a process of this host that has ended; else when its row has stood still for the lease's length
and a margin. Whatever is not known (an answer that was lost, a node that lags behind) counts as not
held. Times are in seconds.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from types import MappingProxyType

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database, DatabaseMisfitError, DatabaseUnavailableError
from config_store.galera import is_cluster
from config_store.own.leases import LeaseRow, LeaseTable, Tenure
from core.roles.deaths import Deaths
from core.roles.lease import Lease, RoleState
from core.roles.role import Role
from core.supervision import first_of, wait_for

log = structlog.get_logger(__name__)

POLL = 1.0  # between two readings of roles that another daemon has
USUAL_LENGTH, USUAL_LENGTH_ON_CLUSTER = 10.0, 15.0  # of a lease, unless the operator sets it
_AGAIN = 0.5  # before what failed is tried again
_BEATS = 5  # in a lease's length
_RELEASE_TIMEOUT = 1.5  # for leaving the roles at the end; the lease runs out otherwise


@dataclass(frozen=True, slots=True)
class _Terms:
    """What all daemons on one database agree on: `length` of a lease; `timeout` of a statement."""

    length: float
    timeout: float

    @property
    def patience(self) -> float:
        """How long a row must stand still; longer than the lease by what clocks may differ."""
        return self.length + min(max(self.length / 20, 0.1), 2.0)


def _terms(lease_seconds: float | None, *, is_on_cluster: bool) -> _Terms:
    """A cluster that loses a node stops for some seven seconds, and goes on by itself."""
    length = lease_seconds or (USUAL_LENGTH_ON_CLUSTER if is_on_cluster else USUAL_LENGTH)
    return _Terms(length, min(length, 10.0 if is_on_cluster else 2.5))


class RoleKeeper:
    """
    The roles of one daemon, `me`. `roles`: by their names, what the other parts look at.

    `lease_seconds`: None for the usual length. `now`: aware, for what people read.
    """

    def __init__(
        self,
        *,
        database: Database,
        leases: LeaseTable,
        deaths: Deaths,
        roles: Iterable[str],
        me: str,
        lease_seconds: float | None,
        clock: Callable[[], float],
        now: Callable[[], datetime],
        random: Random,
    ) -> None:
        self._database = database
        self._table = leases
        self._deaths = deaths
        self._me = me
        self._lease_seconds = lease_seconds
        self._clock = clock
        self._now = now
        self._random = random
        self._leases = {role: Lease(role, me=me, clock=clock) for role in roles}
        self.roles: Mapping[str, Role] = MappingProxyType(
            {role: Role(lease=lease, table=leases) for role, lease in self._leases.items()}
        )
        self._told: dict[str, RoleState] = {}
        self._trouble: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the roles until `stop` is set, then leave them."""
        terms = await self._learn_terms(stop)
        if terms is not None:
            await first_of(stop.wait(), self._contend(terms), self._renew(terms))
        if stop.is_set():
            await self._leave()

    async def _learn_terms(self, stop: asyncio.Event) -> _Terms | None:
        async def look(connection: AsyncConnection) -> bool:
            await self._table.ensure(connection)
            return await is_cluster(connection)

        while not stop.is_set():
            try:
                is_on_cluster = await self._database.run(look)
            except DatabaseUnavailableError as error:
                self._note(error)
                self._tell()
                await wait_for(stop, _AGAIN)
            else:
                self._note(None)
                return _terms(self._lease_seconds, is_on_cluster=is_on_cluster)
        return None

    async def _contend(self, terms: _Terms) -> None:
        while True:
            missing = [role for role, lease in self._leases.items() if not lease.is_held]
            if missing:
                try:
                    await self._look_and_take(missing, terms)
                except DatabaseUnavailableError as error:
                    self._note(error)
                else:
                    self._note(None)
            self._tell()
            await asyncio.sleep(self._pause(terms))

    async def _look_and_take(self, roles: list[str], terms: _Terms) -> None:
        rows = await self._look(roles)
        if len(rows) < len(roles):
            for role in {*roles} - {row.role for row in rows}:
                await self._database.run(lambda it, role=role: self._table.add(it, role))
            rows = await self._look(roles)
        for row in rows:
            if await self._is_free(row, terms):
                await self._take(row, terms)

    async def _look(self, roles: list[str]) -> list[LeaseRow]:
        rows = await self._database.run(lambda it: self._table.look(it, roles))
        for row in rows:
            self._leases[row.role].seen(row)
        return rows

    async def _is_free(self, row: LeaseRow, terms: _Terms) -> bool:
        if row.holder == self._me:
            return False
        return (
            row.holder is None
            or self._leases[row.role].stood_still > terms.patience
            or await self._deaths.has_died(row.holder)
        )

    async def _take(self, row: LeaseRow, terms: _Terms) -> None:
        lease = self._leases[row.role]
        lease.trying(row)
        until = self._clock() + terms.length
        if await self._database.run(
            lambda it: self._table.take(it, row, self._me, at=self._now()), timeout=terms.timeout
        ):
            lease.taken(row.epoch + 1, until=until)
        else:
            lease.refused()

    async def _renew(self, terms: _Terms) -> None:
        while True:
            pause = terms.length / _BEATS
            mine = [
                (role, lease.epoch)
                for role, lease in self._leases.items()
                if lease.state is not RoleState.STANDBY
            ]
            try:
                if mine:
                    if not await self._beat(mine, terms):
                        await self._find_lost(mine, terms)
                    self._note(None)
            except DatabaseUnavailableError as error:
                self._note(error)
                pause = min(pause, _AGAIN)
            self._tell()
            await asyncio.sleep(pause)

    async def _beat(self, tenures: list[Tenure], terms: _Terms) -> bool:
        """One beat for all of these; False, and none of them counts, if it was not for all."""
        until = self._clock() + terms.length
        count = await self._database.run(
            lambda it: self._table.beat(it, self._me, tenures, at=self._now()),
            timeout=terms.timeout,
        )
        if count < len(tenures):
            return False
        for role, epoch in tenures:
            self._leases[role].renewed(epoch, until=until)
        return True

    async def _find_lost(self, tenures: list[Tenure], terms: _Terms) -> None:
        lost = [tenure for tenure in tenures if not await self._beat([tenure], terms)]
        await self._look([role for role, _ in lost])

    def _pause(self, terms: _Terms) -> float:
        """Until the next reading: sooner if a row will have stood still for long enough by then."""
        waits = [
            terms.patience - lease.stood_still
            for lease in self._leases.values()
            if lease.state is not RoleState.HELD
        ]
        soonest = min((wait for wait in waits if wait > 0), default=POLL)
        return min(soonest + 0.01, POLL * self._random.uniform(0.7, 1.0))

    async def _leave(self) -> None:
        tenures = [tenure for lease in self._leases.values() for tenure in lease.tenures()]
        for lease in self._leases.values():
            lease.lose()
        self._tell()
        if not tenures:
            return
        try:
            await self._database.run(
                lambda it: self._table.release(it, self._me, tenures, at=self._now()),
                timeout=_RELEASE_TIMEOUT,
            )
        except DatabaseUnavailableError as error:
            log.warning("roles not released", reason=error.reason)

    def _note(self, error: DatabaseUnavailableError | None) -> None:
        """
        Keep why the roles cannot be asked for, if the operator has to do something about it.

        Of a database that is away the settings tell.
        """
        if error is not None and not isinstance(error, DatabaseMisfitError):
            return
        trouble = None if error is None else error.reason
        if trouble == self._trouble:
            return
        self._trouble = trouble
        for role in self.roles.values():
            role.trouble = trouble
        if error is not None:
            log.warning("roles cannot be taken", reason=str(error))
        else:
            log.info("roles can be taken again")

    def _tell(self) -> None:
        for role in self.roles.values():
            role.update()
        states = {name: role.state for name, role in self.roles.items() if role.standing.is_known}
        if states != self._told:
            self._told = states
            log.info("roles", **{name: state.value for name, state in states.items()})
