"""
Which of the other daemons has surely ended, so that nobody need wait for what it had.
"""

from collections.abc import Callable

from config_store.database import Database, DatabaseMisfitError
from config_store.own.daemons import DaemonTable

_REMEMBERED = 100  # daemons; one that starts again and again is another one each time


class Deaths:
    """
    Knows the processes of other daemons by what they entered in `im_daemons`.

    `has_ended`: whether a process of that name has surely ended.
    """

    def __init__(
        self, *, database: Database, daemons: DaemonTable, has_ended: Callable[[str], bool]
    ) -> None:
        self._database = database
        self._daemons = daemons
        self._has_ended = has_ended
        self._processes: dict[str, str] = {}

    async def has_died(self, daemon: str) -> bool:
        """
        Whether a daemon has surely ended; False for one of another host, or without an entry.

        Raises:
            DatabaseUnavailableError: the database is away.
        """
        process = self._processes.get(daemon)
        if process is None:
            process = await self._find(daemon)
        return process is not None and self._has_ended(process)

    async def _find(self, daemon: str) -> str | None:
        try:
            process = await self._database.run(lambda it: self._daemons.find_process(it, daemon))
        except DatabaseMisfitError:
            return None  # the first migration is yet to make that table
        if process is not None:
            if len(self._processes) >= _REMEMBERED:
                self._processes.clear()
            self._processes[daemon] = process
        return process
