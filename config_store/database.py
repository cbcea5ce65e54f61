"""
The connection to the panel's database: MariaDB in production, SQLite for the embedded panel.

Two ways in. `run` is for a single statement: it commits by itself and costs one round trip.
`transact` is a unit of work: all of it or nothing, run again after a deadlock or a lost connection,
so that nothing outside the database may happen inside. Both give up after `timeout` and turn every
way in which a database can be away into `DatabaseUnavailableError`.

A statement run again after its connection broke may have been done the first time already: what
`run` is given must bear that (conditional or relative to a key).
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]


class DatabaseUnavailableError(Exception):
    """The database does not answer. `str()` is the operator's line, without secrets."""
