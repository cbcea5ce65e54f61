"""
Keeping our rows in step with the panel's columns, shortly after a difference was seen.

Who a person is does not wait for it: `judging` goes by what both say. What is forgotten here, by a
restart or in a flood, is seen again when the person does something the next time.
"""

import asyncio

import structlog
from sqlalchemy.exc import IntegrityError

from config_store.database import Database, DatabaseUnavailableError
from core.accounts.binding.ledger import BindingLedger
from core.accounts.binding.people import PersonKey
from core.supervision import first_of, wait_for

log = structlog.get_logger(__name__)

_DELAY = 1.0  # seconds: answers go first
_MOST = 10_000  # people whose rows wait to be written


class PanelFollower:
    """Takes over what the panel has changed about people's bindings."""

    def __init__(self, *, database: Database, ledger: BindingLedger) -> None:
        self._database = database
        self._ledger = ledger
        self._seen: dict[PersonKey, int | None] = {}
        self._woken = asyncio.Event()

    def follow(self, person: PersonKey, account_id: int | None) -> None:
        """
        Take over soon what the panel says of a person. `account_id`: whose columns name him, None
        if none do any more.
        """
        if len(self._seen) < _MOST:
            self._seen[person] = account_id
            self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Write what was seen, until `stop` is set."""
        while not stop.is_set():
            await first_of(stop.wait(), self._woken.wait())
            await wait_for(stop, _DELAY)
            await self.catch_up()

    async def catch_up(self) -> None:
        """Write what was seen so far. What cannot be written now is seen again."""
        self._woken.clear()
        while self._seen:
            person, account_id = self._seen.popitem()
            try:
                await self._take_over(person, account_id)
            except DatabaseUnavailableError:
                self._seen.clear()

    async def _take_over(self, person: PersonKey, account_id: int | None) -> None:
        try:
            await self._database.transact(
                lambda tx: self._ledger.follow_panel(tx, person, account_id)
            )
        except IntegrityError:
            log.info("binding taken over by another", platform=person.platform.value)
