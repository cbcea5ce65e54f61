"""
The live settings: the panel's table `config`, looked at again and again, kept as a snapshot.

Reading `current` never waits. A look is one query with a time-out of its own, so that a change is
in force, and a database that hangs is noticed, within a second or three. While the database is away
the last snapshot stays in force; the outage is one line in the log when it begins and one when it
ends. Times are seconds of a monotonic clock.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.catalogue import ITEMS, SiteSettings
from config_store.database import Database, DatabaseMisfitError, DatabaseUnavailableError
from config_store.panel.tables import PanelTables
from config_store.settings_reading import Reading, Row, SettingMistake, read_settings

__all__ = ["LiveSettings", "SettingMistake", "SiteSettings"]

LOOK_TIMEOUT = 1.8  # seconds; with the usual interval of 1 s, a hang is noticed within 3 s
log = structlog.get_logger(__name__)


class LiveSettings:
    """The settings as of the last look that succeeded. `interval`: seconds between two looks."""

    def __init__(
        self,
        *,
        database: Database,
        tables: PanelTables,
        interval: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._interval = interval
        self._clock = clock
        self._table = tables.config
        columns = tables.config.c
        self._statement = (
            select(columns.item, columns.value)
            .where(columns.item.in_(sorted(ITEMS)))
            .order_by(columns.id)
        )
        self._current: SiteSettings | None = None
        self._mistakes: dict[Row, SettingMistake] = {}
        self._looked_at: float | None = None
        self._outage: str | None = "not looked at yet"
        self._away_since: float | None = None
        self._next_change = asyncio.Event()

    @property
    def current(self) -> SiteSettings | None:
        """The snapshot in force, None until the first look has succeeded."""
        return self._current

    @property
    def state(self) -> Literal["live", "stale"]:
        """Whether the last look succeeded."""
        return "live" if self.database_up else "stale"

    @property
    def database_up(self) -> bool:
        """Whether the database answered the last look."""
        return self._outage is None

    @property
    def outage(self) -> str | None:
        """Why the last look failed, in a few words without secrets."""
        return self._outage

    @property
    def age_seconds(self) -> float | None:
        """Time since the last look that succeeded."""
        return None if self._looked_at is None else self._clock() - self._looked_at

    @property
    def mistakes(self) -> tuple[SettingMistake, ...]:
        """The rows that are not understood at present."""
        return tuple(self._mistakes.values())

    async def run(self, stop: asyncio.Event) -> None:
        """Look every `interval` seconds until `stop` is set, whatever happens to the database."""
        while not stop.is_set():
            next_at = self._clock() + self._interval
            try:
                await self.look()
            except DatabaseUnavailableError as error:
                self._note_away(error)
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, next_at - self._clock())):
                    await stop.wait()

    async def look(self) -> SiteSettings:
        """
        Look once, and return the snapshot that is in force now.

        Raises:
            DatabaseMisfitError: the database answers, but `config` cannot be read in it.
            DatabaseUnavailableError: the database does not answer in time.
        """
        asked_at = self._clock()
        try:
            rows = await self._fetch()
        except DatabaseUnavailableError as error:
            self._outage = error.reason
            raise
        self._note_answer(asked_at)
        return self._take(read_settings(rows, self._current))

    async def changed(self, seen: SiteSettings | None) -> SiteSettings:
        """Wait until the snapshot in force is another than `seen`, and return it."""
        while self._current is None or self._current == seen:
            await self._next_change.wait()
        return self._current

    async def _fetch(self) -> list[Row]:
        try:
            return await self._database.run(self._ask, timeout=LOOK_TIMEOUT)
        except DatabaseMisfitError as error:
            raise self._unreadable(str(error)) from error
        except DBAPIError as error:
            raise self._unreadable(str(error.orig)) from error

    async def _ask(self, connection: AsyncConnection) -> list[Row]:
        result = await connection.execute(self._statement)
        return [Row(item, value or "") for item, value in result]

    def _unreadable(self, said: str) -> DatabaseMisfitError:
        reason = f"table {self._table.name} cannot be read"
        return DatabaseMisfitError(f"{reason}: is this the panel's database? {said}", reason=reason)

    def _take(self, reading: Reading) -> SiteSettings:
        for row, mistake in reading.mistakes.items():
            if row not in self._mistakes:
                log.warning(
                    "setting not understood",
                    item=mistake.item,
                    value=mistake.value,
                    expected=mistake.expectation,
                )
        self._mistakes = reading.mistakes
        if self._current is None or reading.settings != self._current:
            self._current = reading.settings
            self._next_change.set()
            self._next_change = asyncio.Event()
        return self._current

    def _note_away(self, error: DatabaseUnavailableError) -> None:
        if self._away_since is None:
            self._away_since = self._clock()
            log.warning("database away", reason=str(error))

    def _note_answer(self, asked_at: float) -> None:
        if self._away_since is not None:
            seconds = round(self._clock() - self._away_since, 1)
            log.info("database back", away_seconds=seconds)
        self._away_since = None
        self._outage = None
        self._looked_at = asked_at
