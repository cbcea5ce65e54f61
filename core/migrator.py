"""
The role of who upgrades the own tables: held for as long as that takes, by one daemon at a time.

It keeps the log to one upgrade's line and spares the database the same work twice. That the tables
end as they should also without it, after a kill for example, is the revisions' promise.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from random import Random

from config_store.database import Database
from config_store.own.daemons import DaemonTable
from config_store.own.leases import LeaseTable
from config_store.own.tables import OwnTables
from core.roles import Deaths, Host, Role, RoleKeeper, boot_time, hold_once

MIGRATOR = "migrator"


class Migrator:
    """Takes the role for daemon `me`. `lease_seconds`: None for the usual length."""

    def __init__(
        self,
        *,
        database: Database,
        tables: OwnTables,
        me: str,
        lease_seconds: float | None,
        now: Callable[[], datetime],
        random: Random,
    ) -> None:
        self._database = database
        self._tables = tables
        self._me = me
        self._lease_seconds = lease_seconds
        self._now = now
        self._random = random

    def hold(self, stop: asyncio.Event) -> AbstractAsyncContextManager[Role | None]:
        """Wait for the role and keep it within the context; None if `stop` was set first."""
        daemons = DaemonTable(self._tables)
        keeper = RoleKeeper(
            database=self._database,
            leases=LeaseTable(self._tables),
            deaths=Deaths(database=self._database, daemons=daemons, has_ended=Host().has_ended),
            roles=[MIGRATOR],
            me=self._me,
            lease_seconds=self._lease_seconds,
            clock=boot_time,
            now=self._now,
            random=self._random,
        )
        return hold_once(keeper, MIGRATOR, stop)
