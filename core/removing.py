"""
Before a site's own tables are removed: that no daemon is at work on them, and that all are known.

Whether a daemon is, its beats tell: they move. No clock of the server is asked, so one that was
killed is only told from one that runs by waiting for as long as a lease lasts.
"""

import asyncio
import time

from config_store.own.removal import Removal
from config_store.own.schema import OwnSchema
from core.roles.keeper import USUAL_LENGTH_ON_CLUSTER

_LOOK_EVERY = 0.5  # seconds


class RemovalRefusedError(Exception):
    """The tables must not be removed now. `str()` is the operator's line."""


class DaemonRunningError(RemovalRefusedError):
    """A daemon works on the tables."""

    def __init__(self) -> None:
        super().__init__(
            "a daemon is running: stop it first, on every machine that has one"
            " (systemctl stop sspanel-im)"
        )


class NewerTablesError(RemovalRefusedError):
    """Some tables were made by a newer program."""

    def __init__(self, revision: str | None) -> None:
        super().__init__(
            f"the tables are at revision {revision}, which this program does not know:"
            " remove them with the release that runs here now"
        )


async def ensure_removable(
    schema: OwnSchema, removal: Removal, *, lease_seconds: float | None
) -> None:
    """
    Watch the beats for as long as a lease lasts; not at all if there are none.

    Raises:
        RemovalRefusedError: a beat moved, or the tables are not all known.
        SchemaTooNewError: likewise.
        DatabaseUnavailableError: the database is away.
    """
    standing = await schema.look()
    if standing.is_newer:
        raise NewerTablesError(standing.revision)
    before = await removal.beats()
    end = time.monotonic() + (lease_seconds or USUAL_LENGTH_ON_CLUSTER)
    while before and time.monotonic() < end:
        await asyncio.sleep(_LOOK_EVERY)
        now = await removal.beats()
        if any(before.get(name) != beat for name, beat in now.items()):
            raise DaemonRunningError
