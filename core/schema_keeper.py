"""
The keeper of the daemon's own tables: brings them to this program's revision, and sees that they
stay so.

While the database is away, or does not let us, it tries again with growing pauses and the rest of
the daemon goes on; what needs the tables waits for `until_ready`. One daemon upgrades at a time.
A program that is too old for the tables has to end: `refusal`.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import structlog

from config_store.database import DatabaseUnavailableError
from config_store.own.schema import (
    OwnSchema,
    SchemaRightsError,
    SchemaTooNewError,
    SchemaUpgrade,
)
from core.supervision import first_of, growing_pauses, wait_for

log = structlog.get_logger(__name__)

Hold = Callable[[asyncio.Event], AbstractAsyncContextManager[object | None]]
"""Waits until this daemon alone may upgrade; gives None if the event was set first."""

LOOK_AGAIN = 60.0  # seconds; a backup may be restored, a newer release come, under a running daemon


class SchemaKeeper:
    """
    Keeps the tables of `schema`.

    `trouble`: why they cannot be made, if the operator has to do something about it. `refused` is
    set together with `refusal`. `look_again`: seconds between looks at tables that are ready.
    """

    def __init__(self, *, schema: OwnSchema, hold: Hold, look_again: float = LOOK_AGAIN) -> None:
        self._schema = schema
        self._hold = hold
        self._look_again = look_again
        self._ready = asyncio.Event()
        self._is_settled = False
        self.trouble: str | None = None
        self.refused = asyncio.Event()
        self.refusal: SchemaTooNewError | None = None

    @property
    def is_ready(self) -> bool:
        """Whether the tables are there and as this program needs them."""
        return self._ready.is_set()

    async def until_ready(self, stop: asyncio.Event) -> bool:
        """Wait until the tables can be used or `stop` is set; whether they can."""
        if not self.is_ready:
            await first_of(self._ready.wait(), stop.wait())
        return self.is_ready

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the tables until `stop` is set."""
        while not stop.is_set() and self.refusal is None:
            for pause in growing_pauses(1.0, 30.0):
                await first_of(stop.wait(), self._try(stop))
                if self._is_settled or await wait_for(stop, pause):
                    break
            await wait_for(stop, self._look_again)
        await stop.wait()

    async def _try(self, stop: asyncio.Event) -> None:
        """Look, and upgrade if need be; `_is_settled` if nothing is to be tried again soon."""
        self._is_settled = False
        try:
            if not (await self._schema.look()).is_ready and not await self._upgrade(stop):
                return
        except SchemaTooNewError as error:
            self._refuse(error)
        except SchemaRightsError as error:
            self._tell(error.reason, mend=" ".join(error.grants))
            return
        except DatabaseUnavailableError:
            return  # the settings tell of it
        else:
            self._tell_ready()
        self._is_settled = True

    async def _upgrade(self, stop: asyncio.Event) -> bool:
        self._ready.clear()
        try:
            return await upgrade_alone(self._schema, self._hold, stop) is not None
        except SchemaRightsError:
            raise
        except DatabaseUnavailableError as error:  # it can be read, but not changed
            self._tell(str(error))
            raise

    def _refuse(self, error: SchemaTooNewError) -> None:
        self._ready.clear()
        self.refusal = error
        self.refused.set()

    def _tell(self, reason: str, **more: str) -> None:
        if reason != self.trouble:
            self.trouble = reason
            log.warning("own tables not ready", reason=reason, **more)

    def _tell_ready(self) -> None:
        if self.trouble is not None:
            self.trouble = None
            log.info("own tables ready")
        self._ready.set()


async def upgrade_alone(schema: OwnSchema, hold: Hold, stop: asyncio.Event) -> SchemaUpgrade | None:
    """
    Bring the tables to this program's revision while no other daemon does; None if `stop` was set.

    Raises:
        SchemaTooNewError: this program must not touch the tables.
        SchemaRightsError: the database's user may not change them.
        DatabaseUnavailableError: the database is away.
    """
    await schema.prepare()
    async with hold(stop) as role:
        if role is None:
            return None
        done = await schema.upgrade()
    if done.before != done.after:
        log.info("schema upgraded", **{"from": done.before, "to": done.after})
    return done
