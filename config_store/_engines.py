"""
The engines below `Database`: how connections are opened, kept and found dead.

Everything that a session needs is set once, when its connection is opened, so that a statement
later is one round trip. A connection that the server has closed meanwhile is noticed when it is
taken from the pool, by the end of its stream and without asking the server. Returning one never
talks to the server: `Database` ends each transaction itself or throws the connection away.
"""

import math
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import await_

from config_store._database_url import mariadb_arguments
from config_store._sqlite_threads import SqliteThreads

CONNECT_TIMEOUT = 2.0  # seconds until a server that takes no connection is given up
RECYCLE_AFTER = 1800  # seconds; balancers and firewalls forget connections that idle longer
LONGEST_STATEMENT = 60  # seconds after which the server itself ends a statement nobody waits for
LONGEST_PAUSE = 4  # seconds between two statements after which it takes a transaction back
SQLITE_BUSY_TIMEOUT = 1000  # milliseconds that SQLite waits for a lock before it says so
NO_TLS = 2026  # the number that MySQL's own clients give to a failure of TLS

_STRICT = "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"


def mariadb_engines(
    url: URL, *, timeout: float, statements: int, transactions: int
) -> tuple[AsyncEngine, AsyncEngine]:
    """
    Two pools on a MariaDB server: for single statements and for transactions.

    Raises:
        ValueError: a file for TLS cannot be read.
    """
    arguments = {**mariadb_arguments(url), "connect_timeout": CONNECT_TIMEOUT}
    # A TLS context and the password are aiomysql's from here on, the URL is only an address.
    target = url.set(password=None, query={"unix_socket": s} if (s := _socket(url)) else {})
    autocommit = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
    return (
        _mariadb(target, timeout, statements, {**arguments, "autocommit": True}, autocommit),
        _mariadb(target, timeout, transactions, {**arguments, "autocommit": False}, {}),
    )


def sqlite_engines(
    url: URL, *, timeout: float, statements: int, transactions: int
) -> tuple[AsyncEngine, AsyncEngine]:
    """Two pools on an SQLite file, which other processes may use at the same time."""
    return (
        _sqlite(url, timeout, statements, immediate=False),
        _sqlite(url, timeout, transactions, immediate=True),
    )


def _socket(url: URL) -> str | None:
    path = url.query.get("unix_socket")
    return path if isinstance(path, str) else None


def _mariadb(
    url: URL, timeout: float, size: int, arguments: dict[str, Any], options: dict[str, Any]
) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_recycle=RECYCLE_AFTER,
        connect_args=arguments,
        **_pool(timeout, size),
        **options,
    )
    lock_wait = max(1, math.floor(timeout) - 1)  # seconds

    def prepare(connection: Any) -> None:
        if "ssl" in arguments and not connection.driver_connection._secure:  # noqa: SLF001 - aiomysql tells it nowhere else
            raise connection.dbapi.OperationalError(NO_TLS, "the server offers no TLS")
        cursor = connection.cursor()
        # An ask that has been given up must not be done much later, nor leave its connection
        # waiting in the server: what waits for a lock gives up before we do. What is begun and not
        # gone on with, by a process that was paused or a host that was cut off, must not keep its
        # locks: the other daemons wait for them.
        cursor.execute(
            f"SET SESSION time_zone = '+00:00', sql_mode = '{_STRICT}',"
            f" innodb_lock_wait_timeout = {lock_wait}, lock_wait_timeout = {lock_wait},"
            f" max_statement_time = {LONGEST_STATEMENT},"
            f" idle_transaction_timeout = {LONGEST_PAUSE}"
        )
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        cursor.close()

    _on_connect(engine, prepare)
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    """Have the pool replace a connection that the server has ended."""
    reader = connection.driver_connection._reader  # noqa: SLF001 - as aiomysql's own pool does
    if reader is None or reader.eof_received or reader.exception() is not None:
        raise DisconnectionError


def _sqlite(url: URL, timeout: float, size: int, *, immediate: bool) -> AsyncEngine:
    threads = SqliteThreads()
    engine = create_async_engine(
        url,
        connect_args={"isolation_level": None, "async_creator_fn": threads.open},
        **_pool(timeout, size),
    )

    def prepare(connection: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_TIMEOUT}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")  # in WAL, a process killed loses nothing
        cursor.close()

    def begin_immediate(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def roll_back(connection: Any, _record: Any, _error: BaseException | None) -> None:
        # Closing is not enough: SQLite keeps the lock until the last cursor is gone as well.
        with suppress(sqlite3.Error):
            connection.rollback()

    def wait_for_threads(_engine: Engine) -> None:
        await_(threads.ended())

    _on_connect(engine, prepare)
    event.listen(engine.sync_engine, "engine_disposed", wait_for_threads)
    event.listen(engine.sync_engine, "invalidate", roll_back)
    if immediate:
        event.listen(engine.sync_engine, "begin", begin_immediate)
    return engine


def _on_connect(engine: AsyncEngine, prepare: Callable[[Any], None]) -> None:
    """Prepare each new connection, and close the one that cannot be: SQLAlchemy would not."""

    def prepare_or_close(connection: Any, _record: Any) -> None:
        try:
            prepare(connection)
        except BaseException:
            connection.terminate()
            raise

    event.listen(engine.sync_engine, "connect", prepare_or_close, insert=True)


def _pool(timeout: float, size: int) -> dict[str, Any]:
    return {
        "pool_size": size,
        "max_overflow": 0,
        "pool_timeout": timeout,
        "pool_use_lifo": True,
        "pool_reset_on_return": None,
        "hide_parameters": True,
    }
