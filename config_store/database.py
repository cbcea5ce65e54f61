"""
The connection to the panel's database: MariaDB in production, SQLite for the embedded panel.

Two ways in. `run` is for a single statement: it commits by itself and costs one round trip.
`transact` is a unit of work: all of it or nothing, run again after a deadlock or a lost connection,
so that nothing outside the database may happen inside. Both give up after `timeout` seconds and
turn every way in which a database can be away into `DatabaseUnavailableError`.

A statement whose connection broke is run once more, and may have been done the first time already:
what `run` is given must bear that (conditional or relative to a key), and `is_rerun` tells it.

On a Galera cluster a node may show less than the others have committed. `in_step` has it catch up
before it is read: for what was lost and is looked up, and for what another daemon must have
written. What is run again after a lost connection, perhaps on another node, is always in step.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Literal, TypeVar

from sqlalchemy import URL, QueuePool
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from config_store._database_url import address, parse_database_url
from config_store._engines import mariadb_engines, sqlite_engines
from config_store._outages import Outage, Trouble, find_outage
from config_store.galera import set_in_step

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

_FIRST_PAUSE = 0.004  # seconds at most before a transaction that was taken back is run again
_LONGEST_PAUSE = 0.1  # seconds; leaves room for 20 tries and more in the usual time
_RERUN = "sspanel_im_rerun"

_HANGS = "see whether the server hangs or is overloaded"
_ALL_BUSY = Outage(Trouble.AWAY, "all connections are busy", _HANGS)


class DatabaseUnavailableError(Exception):
    """
    The database does not answer. `str()` is the operator's line, without secrets.

    `reason`: the same in a few words, without address or next step, for `/readyz`.
    """

    def __init__(self, said: str, *, reason: str) -> None:
        super().__init__(said)
        self.reason = reason


class DatabaseMisfitError(DatabaseUnavailableError):
    """The database answers but cannot be worked with: a right, a table or a setting is missing."""


class CommitUnknownError(DatabaseUnavailableError):
    """
    The connection broke while a transaction was being committed: it may be done or not.

    Look it up by token or dedupe key before anything is said or done again.
    """


def is_rerun(connection: AsyncConnection) -> bool:
    """
    Whether this work was begun before on a connection that broke.

    In `run` the statement may then have been done already; in `transact` it was not.
    """
    sync = connection.sync_connection
    return sync is not None and bool(sync.get_execution_options().get(_RERUN))


@dataclass(slots=True)
class _Progress:
    """How far an ask has come, for the one who must say what is known when time is up."""

    is_committing: bool = False
    outage: Outage | None = None  # why it had to be run again


class Database:
    """
    A panel's database, as two pools of connections that are opened when they are needed.

    `url`: an SQLAlchemy URL of MariaDB or of an SQLite file.
    `timeout`: seconds that an ask may take, its repetitions included.
    `pool_size`, `transaction_pool_size`: connections at most for single statements and for
    transactions; both together are kept at 20 or fewer.
    """

    def __init__(
        self,
        url: str | URL,
        *,
        timeout: float = 2.5,
        pool_size: int = 12,
        transaction_pool_size: int = 8,
    ) -> None:
        target = parse_database_url(url)
        self._address = address(target)
        self._timeout = timeout
        self.dialect: Literal["mysql", "sqlite"]
        if target.get_backend_name() == "sqlite":
            self.dialect, make_engines = "sqlite", sqlite_engines
        else:
            self.dialect, make_engines = "mysql", mariadb_engines
        self._statements, self._transactions = make_engines(
            target, timeout=timeout, statements=pool_size, transactions=transaction_pool_size
        )

    @property
    def connections_in_use(self) -> int:
        """Connections that are lent to running work."""
        pools = (self._statements.pool, self._transactions.pool)
        return sum(pool.checkedout() for pool in pools if isinstance(pool, QueuePool))

    async def run(self, work: Work[T], *, timeout: float | None = None, in_step: bool = False) -> T:
        """
        Do `work`, whose statements each commit by themselves in one round trip.

        `in_step`: it sees all that any node of a cluster has committed before.

        Raises:
            DatabaseUnavailableError: no answer within `timeout` seconds, or none to be had.
        """

        async def attempt(_progress: _Progress, *, rerun: bool) -> T:
            async with self._lend(self._statements, rerun=rerun) as connection:
                await set_in_step(connection, wanted=in_step or rerun)
                return await work(connection)

        return await self._bounded(attempt, self._timeout if timeout is None else timeout)

    async def transact(
        self, work: Work[T], *, timeout: float | None = None, in_step: bool = False
    ) -> T:
        """
        Do `work` in one transaction, READ COMMITTED: all of it or nothing.

        It is run again from its start after a deadlock, also one that COMMIT reports, and after a
        connection that broke before COMMIT. `in_step`: as in `run`.

        Raises:
            CommitUnknownError: COMMIT was sent and not answered.
            DatabaseUnavailableError: no answer within `timeout` seconds, or none to be had;
                nothing is done.
        """

        async def attempt(progress: _Progress, *, rerun: bool) -> T:
            async with self._lend(self._transactions, rerun=rerun) as connection:
                return await self._commit(connection, work, progress, in_step=in_step or rerun)

        return await self._bounded(attempt, self._timeout if timeout is None else timeout)

    async def close(self) -> None:
        """Close the connections. Work that still runs keeps its own until it ends."""
        await self._statements.dispose()
        await self._transactions.dispose()

    @asynccontextmanager
    async def _lend(self, engine: AsyncEngine, *, rerun: bool) -> AsyncGenerator[AsyncConnection]:
        connection = await engine.connect()
        try:
            if rerun:
                await connection.execution_options(**{_RERUN: True})
            yield connection
        except DBAPIError as error:
            outage = find_outage(error)
            if outage is not None and outage.trouble in (Trouble.WRONG_NODE, Trouble.MISFIT):
                # Rights that were granted meanwhile reach new connections only.
                await _throw_away(connection, rollback=False)
            raise
        finally:
            await connection.close()

    async def _commit(
        self, connection: AsyncConnection, work: Work[T], progress: _Progress, *, in_step: bool
    ) -> T:
        try:
            await connection.begin()
            await set_in_step(connection, wanted=in_step)
            result = await work(connection)
            progress.is_committing = True
            await connection.commit()
        except DBAPIError as error:
            await _throw_away(connection, rollback=not error.connection_invalidated)
            outage = find_outage(error)
            if progress.is_committing and outage is not None and outage.trouble is Trouble.LOST:
                raise self._commit_unknown() from error
            progress.is_committing = False
            raise
        except Exception:
            await _throw_away(connection, rollback=True)
            raise
        except BaseException:
            await _throw_away(connection, rollback=False)
            raise
        return result

    async def _bounded(self, attempt: Callable[..., Awaitable[T]], seconds: float) -> T:
        progress = _Progress()
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                return await self._until_done(attempt, progress)
        except TimeoutError as error:
            if not limit.expired():
                raise
            if progress.is_committing:
                raise self._commit_unknown() from error
            hangs = Outage(Trouble.AWAY, f"no answer within {seconds:g} s", _HANGS)
            raise self._unavailable(progress.outage or hangs) from error
        except PoolTimeoutError as error:
            raise self._unavailable(_ALL_BUSY) from error

    async def _until_done(self, attempt: Callable[..., Awaitable[T]], progress: _Progress) -> T:
        is_rerun_after_loss = is_last_try = False
        for pause in _pauses():
            try:
                return await attempt(progress, rerun=is_rerun_after_loss)
            except DBAPIError as error:
                outage = find_outage(error)
                if outage is None:
                    raise
                if is_last_try or outage.trouble in (Trouble.AWAY, Trouble.MISFIT):
                    raise self._unavailable(outage) from error
                progress.outage = outage
                is_rerun_after_loss |= outage.trouble is Trouble.LOST
                is_last_try |= outage.trouble is not Trouble.NOTHING_DONE
            await asyncio.sleep(pause)
        raise AssertionError  # the pauses never end

    def _unavailable(self, outage: Outage) -> DatabaseUnavailableError:
        kind = DatabaseMisfitError if outage.trouble is Trouble.MISFIT else DatabaseUnavailableError
        said = f"database {self._address}: {outage.reason}"
        if outage.next_step:
            said += f"; {outage.next_step}"
        return kind(said, reason=outage.reason)

    def _commit_unknown(self) -> CommitUnknownError:
        reason = "the connection broke during COMMIT"
        return CommitUnknownError(
            f"database {self._address}: {reason}; it is looked up before anything is done again",
            reason=reason,
        )


async def _throw_away(connection: AsyncConnection, *, rollback: bool) -> None:
    """End what was begun: by ROLLBACK while the server listens, else by closing the connection."""
    if rollback:
        with suppress(DBAPIError):
            await connection.rollback()
            return
    if not connection.invalidated:
        await connection.invalidate()


def _pauses() -> Iterator[float]:
    """Seconds before each further try, drawn at random so that rivals part."""
    longest = _FIRST_PAUSE
    while True:
        yield random.uniform(0, longest)  # noqa: S311 - a pause is no secret
        longest = min(longest * 2, _LONGEST_PAUSE)
