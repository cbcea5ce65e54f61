"""
Deliveries to accounts that the panel has deleted: there is nobody to be told any more.

The panel deletes the row and leaves no other trace, so the accounts that deliveries name are looked
up page by page.
"""

from collections.abc import AsyncGenerator

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database
from config_store.own.clearing import AT_ONCE, Clearing
from config_store.own.settling import Settling
from core.clock import SiteClock
from core.delivery.model import State

ACCOUNT_GONE = "the panel has deleted the account"
_TIMEOUT = 30.0  # seconds


class DeletedAccounts:
    """Cancels what waits for accounts that are gone."""

    def __init__(
        self, *, database: Database, clearing: Clearing, settling: Settling, clock: SiteClock
    ) -> None:
        self._database = database
        self._clearing = clearing
        self._settling = settling
        self._clock = clock

    async def cancel(self) -> AsyncGenerator[int, None]:
        """One pass, a page at a time; of each page how many deliveries were cancelled."""
        after = 0
        while accounts := await self._next_accounts(after):
            after = accounts[-1]
            gone = await self._find_missing(accounts)
            while gone and (number := await self._cancel_page(gone)):
                yield number
            yield 0

    async def _next_accounts(self, after: int) -> list[int]:
        return await self._database.run(
            lambda connection: self._clearing.find_accounts(connection, after=after, count=AT_ONCE),
            timeout=_TIMEOUT,
        )

    async def _find_missing(self, accounts: list[int]) -> list[int]:
        return await self._database.run(
            lambda connection: self._clearing.find_missing(connection, accounts),
            timeout=_TIMEOUT,
        )

    async def _cancel_page(self, accounts: list[int]) -> int:
        async def cancel(tx: AsyncConnection) -> int:
            ids = await self._clearing.find_unsent_of(tx, accounts, count=AT_ONCE)
            if not ids:
                return 0
            return await self._settling.end_unclaimed(
                tx, ids, state=State.CANCELLED, error=ACCOUNT_GONE, now=self._clock.now()
            )

        return await self._database.transact(cancel, timeout=_TIMEOUT)
