"""
Series of wrong proofs, which the account's owner has to hear of.

They are noted within the try and told a moment later by the daemon on duty: to tell is work that
only an account that there is makes, and whoever tries must not be able to tell from the time of his
answer whether there is one. A note is made either way, at the same cost. Told is each once: the
note goes in the transaction that accepts the notice.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database
from config_store.own.tries import Count, CountKey, TryTable
from core.accounts.binding.people import PersonKey
from core.accounts.binding.rounds import make_rounds
from core.clock import SiteClock
from core.platform import PlatformName

KIND = "failed_series"

_EVERY = 2.0  # seconds
_AT_ONCE = 50
_NOBODY = 0  # an id that no account has


class OwnersNotices(Protocol):
    """Tells an account's owner."""

    async def failed_tries(self, tx: AsyncConnection, account_id: int, by: PersonKey) -> None:
        """Somebody has used up his tries to prove the account."""
        ...


class FailedSeries:
    """Notes series, within the caller's transaction."""

    def __init__(self, *, tries: TryTable, clock: SiteClock) -> None:
        self._tries = tries
        self._clock = clock

    async def note(self, tx: AsyncConnection, account_id: int | None, by: PersonKey) -> None:
        """A person has used up his tries at an account; None: at an address that nobody has."""
        subject = f"{account_id or _NOBODY}:{by.platform.value}:{by.id}"
        noted = Count(number=1, since=self._clock.now())
        await self._tries.write(tx, {CountKey(KIND, subject): noted})


class FailedSeriesTelling:
    """The part that has owners told of what was noted."""

    def __init__(
        self,
        *,
        database: Database,
        tries: TryTable,
        notices: OwnersNotices,
        is_on_duty: Callable[[], bool],
        every: float = _EVERY,
    ) -> None:
        self._database = database
        self._tries = tries
        self._notices = notices
        self._is_on_duty = is_on_duty
        self._every = every

    async def run(self, stop: asyncio.Event) -> None:
        """Tell while this daemon is on duty, until `stop` is set."""
        await make_rounds(stop, self.tell, every=self._every, is_on_duty=self._is_on_duty)

    async def tell(self) -> None:
        """Tell what is noted; one statement if nothing is."""
        subjects = await self._database.run(
            lambda connection: self._tries.find_subjects(connection, KIND, count=_AT_ONCE)
        )
        for subject in subjects:
            await self._database.transact(lambda tx, subject=subject: self._tell(tx, subject))

    async def _tell(self, tx: AsyncConnection, subject: str) -> None:
        if not await self._tries.remove(tx, CountKey(KIND, subject)):
            return
        account_id, platform, user = subject.split(":", maxsplit=2)
        if int(account_id) != _NOBODY:
            by = PersonKey(PlatformName(platform), user)
            await self._notices.failed_tries(tx, int(account_id), by)
