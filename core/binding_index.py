"""
The index that finds an account by its chat user, added to the panel's `user` when it is missing.

Without it each message in a busy group scans the table. It is added online, while the panel works
on; where that is not allowed the daemon says once what to do, and works without.
"""

import asyncio

import structlog

from config_store.database import Database, DatabaseUnavailableError
from config_store.live_settings import LiveSettings
from config_store.panel.indexes import ensure_binding_index
from config_store.panel.tables import PanelTables
from core.supervision import first_of, growing_pauses, wait_for

log = structlog.get_logger(__name__)


class BindingIndexKeeper:
    """Adds the index once the database is there. `may_add`: the operator allows it."""

    def __init__(
        self, *, database: Database, tables: PanelTables, settings: LiveSettings, may_add: bool
    ) -> None:
        self._database = database
        self._tables = tables
        self._settings = settings
        self._may_add = may_add

    async def run(self, stop: asyncio.Event) -> None:
        """Add the index if it is missing, and wait for `stop`."""
        while self._settings.current is None and not stop.is_set():
            await first_of(stop.wait(), self._settings.changed(None))
        for pause in growing_pauses(10.0, 3600.0):
            if stop.is_set() or await self._is_settled() or await wait_for(stop, pause):
                break
        await stop.wait()

    async def _is_settled(self) -> bool:
        """Try once; whether nothing is left to be tried again."""
        try:
            outcome = await ensure_binding_index(
                self._database, self._tables, may_add=self._may_add
            )
        except DatabaseUnavailableError:
            return False
        if outcome.is_there:
            log.info("binding index", state=outcome.said)
        else:
            log.warning("binding index missing", reason=outcome.said, mend=outcome.mend)
        return not outcome.is_worth_trying_again
