"""
Keeping what belongs to binding small: passes over what is over, and over accounts that are gone.

The panel deletes an account's row and leaves no other trace, so that accounts with a binding are
looked up page by page. What dialogues hold of an account goes with them: none lasts longer than
some hours, and an hour later it is removed.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database
from config_store.own.account_clearing import AccountClearing
from core.accounts.binding.limits import FORGOTTEN_AFTER
from core.clock import SiteClock
from core.delivery.upkeep import Chore

_AT_ONCE = 500  # a longer list MariaDB would make a table
_TIMEOUT = 30.0  # seconds
_REMEMBERED = timedelta(hours=1)
"""How long what has expired is still known, for who comes late to be told so."""

_Remove = Callable[..., Awaitable[int]]


class AccountUpkeep:
    """The passes; each gives how many rows went, page by page. `at_once`: rows in a statement."""

    def __init__(
        self,
        *,
        database: Database,
        clearing: AccountClearing,
        clock: SiteClock,
        at_once: int = _AT_ONCE,
    ) -> None:
        self._at_once = at_once
        self._database = database
        self._clearing = clearing
        self._clock = clock

    def chores(self) -> Sequence[Chore]:
        """The passes with their times, for `Upkeep`."""
        return (
            Chore("old dialogues removed", timedelta(hours=1), self.remove_conversations),
            Chore("old bind codes removed", timedelta(hours=1), self.remove_codes),
            Chore("old counts of tries removed", timedelta(hours=1), self.remove_tries),
            Chore("deleted accounts erased", timedelta(hours=6), self.erase_deleted_accounts),
        )

    async def remove_conversations(self) -> AsyncGenerator[int, None]:
        """Dialogues that expired an hour ago."""
        before = self._clock.now() - _REMEMBERED
        async for removed in self._remove(self._clearing.remove_conversations, before):
            yield removed

    async def remove_codes(self) -> AsyncGenerator[int, None]:
        """Codes from the site that expired an hour ago."""
        before = self._clock.now() - _REMEMBERED
        async for removed in self._remove(self._clearing.remove_codes, before):
            yield removed

    async def remove_tries(self) -> AsyncGenerator[int, None]:
        """Counts that say nothing any more."""
        before = self._clock.now() - FORGOTTEN_AFTER
        async for removed in self._remove(self._clearing.remove_tries, before):
            yield removed

    async def erase_deleted_accounts(self) -> AsyncGenerator[int, None]:
        """Bindings and codes of accounts that the panel has deleted."""
        behind: int | None = 0
        while behind is not None:
            behind, erased = await self._database.transact(
                lambda tx, behind=behind: self._erase_page(tx, behind), timeout=_TIMEOUT
            )
            yield erased

    async def _remove(self, remove: _Remove, before: datetime) -> AsyncGenerator[int, None]:
        while removed := await self._database.run(
            lambda connection: remove(connection, before=before, count=self._at_once),
            timeout=_TIMEOUT,
        ):
            yield removed

    async def _erase_page(self, tx: AsyncConnection, behind: int) -> tuple[int | None, int]:
        """Where the next page begins, None after the last one, and how many rows went."""
        accounts = await self._clearing.find_bound_accounts(tx, behind=behind, count=self._at_once)
        if not accounts:
            return None, 0
        gone = await self._clearing.find_missing(tx, accounts)
        erased = await self._clearing.erase(tx, gone) if gone else 0
        return accounts[-1], erased
