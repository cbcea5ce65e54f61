"""
What a database's error means for the one who asked.

The numbers are MariaDB's; SQLite has words instead. Anything that is not listed here is no outage
but a mistake in a statement or a constraint that did its work, and goes to the caller as it is.
"""

from dataclasses import dataclass
from enum import Enum, auto
from socket import gaierror
from ssl import SSLError

from sqlalchemy.exc import DBAPIError

from config_store._engines import NO_TLS


class Trouble(Enum):
    """What may be done about a failure."""

    NOTHING_DONE = auto()
    """The server took everything back and asks to be asked again: a deadlock, a lock wait."""

    WRONG_NODE = auto()
    """This server did nothing and cannot now; the same address may lead to another one."""

    LOST = auto()
    """The connection broke: whether the statement was done is not known."""

    AWAY = auto()
    """Asking again at once changes nothing: refused, wrong password, server not there."""

    MISFIT = auto()
    """The server answers, but does not let us work: rights, tables or its settings."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A failure: `reason` in a few words, without secrets, and what the operator does about it."""

    trouble: Trouble
    reason: str
    next_step: str = ""


_RUNNING = "see that MariaDB runs and that database_url names the right host and port"
_LIMIT = "raise MariaDB's max_connections, or see who holds the connections"
_PRIMARY = "name the primary server in database_url"
_GRANTS = "grant the rights that docs/panel.md lists"

_LOST = Outage(Trouble.LOST, "the connection broke", _RUNNING)

_NO_CONNECTION: dict[type[BaseException], Outage] = {
    SSLError: Outage(
        Trouble.AWAY, "TLS cannot be agreed on", "see that ssl_ca names the server's authority"
    ),
    gaierror: Outage(Trouble.AWAY, "unknown host", "correct the host in database_url"),
    FileNotFoundError: Outage(Trouble.AWAY, "there is no such socket", _RUNNING),
    ConnectionRefusedError: Outage(Trouble.AWAY, "connection refused", _RUNNING),
    OSError: Outage(Trouble.AWAY, "no connection", _RUNNING),
}

_MARIADB = {
    1020: Outage(Trouble.NOTHING_DONE, "a row changed meanwhile"),
    1205: Outage(Trouble.NOTHING_DONE, "others hold a lock for too long"),
    1213: Outage(Trouble.NOTHING_DONE, "deadlocks again and again"),
    1412: Outage(Trouble.NOTHING_DONE, "a table is being changed"),
    1969: Outage(Trouble.NOTHING_DONE, "the server stopped a statement that took too long"),
    1047: Outage(
        Trouble.WRONG_NODE,
        "the cluster's node has no quorum",
        "see that the other nodes run (wsrep_cluster_status must be Primary)",
    ),
    1053: _LOST,
    1077: _LOST,
    1180: _LOST,  # Galera: cut off while committing
    1927: _LOST,
    2006: _LOST,
    2013: _LOST,
    2014: _LOST,
    2045: _LOST,
    2055: _LOST,
    4031: _LOST,
    NO_TLS: Outage(Trouble.AWAY, "the server offers no TLS", "set up TLS there, or ask for none"),
    1040: Outage(Trouble.AWAY, "too many connections", _LIMIT),
    1203: Outage(Trouble.AWAY, "too many connections of this user", _LIMIT),
    1226: Outage(Trouble.AWAY, "too many connections of this user", _LIMIT),
    1129: Outage(Trouble.AWAY, "the server blocks this host", "run FLUSH HOSTS on the server"),
    1130: Outage(Trouble.AWAY, "the server does not admit this host", _GRANTS),
    1044: Outage(Trouble.AWAY, "this user may not use this database", _GRANTS),
    1045: Outage(
        Trouble.AWAY, "wrong user or password", "correct the user and password in database_url"
    ),
    1698: Outage(
        Trouble.AWAY, "wrong user or password", "correct the user and password in database_url"
    ),
    1049: Outage(Trouble.AWAY, "no such database", "correct the database's name in database_url"),
    1290: Outage(Trouble.WRONG_NODE, "the server is read-only", _PRIMARY),
    1836: Outage(Trouble.WRONG_NODE, "the server is read-only", _PRIMARY),
    1021: Outage(Trouble.AWAY, "the server's disk is full", "make room on the server"),
    1114: Outage(Trouble.AWAY, "a table of the server is full", "make room on the server"),
    1142: Outage(Trouble.MISFIT, "a right on a table is missing", _GRANTS),
    1143: Outage(Trouble.MISFIT, "a right on a column is missing", _GRANTS),
    1054: Outage(
        Trouble.MISFIT, "a column is missing", "bring the panel's database to its current release"
    ),
    1146: Outage(
        Trouble.MISFIT,
        "a table is missing",
        "see that database_url names the panel's database and table_prefix its prefix",
    ),
    1665: Outage(
        Trouble.MISFIT,
        "binlog_format is STATEMENT",
        "set the server's binlog_format to MIXED or ROW",
    ),
}

_SQLITE = (
    ("database is locked", Outage(Trouble.NOTHING_DONE, "another program holds the file locked")),
    ("database table is locked", Outage(Trouble.NOTHING_DONE, "the file is locked")),
    ("unable to open database file", Outage(Trouble.AWAY, "the file cannot be opened")),
    ("not a database", Outage(Trouble.AWAY, "the file is no SQLite database")),
    ("malformed", Outage(Trouble.AWAY, "the file is damaged", "restore it from a backup")),
    ("readonly database", Outage(Trouble.AWAY, "the file may not be written")),
    ("disk i/o error", Outage(Trouble.AWAY, "the disk fails")),
    ("disk is full", Outage(Trouble.AWAY, "the disk is full", "make room")),
    ("no active connection", Outage(Trouble.LOST, "the file was closed")),
    ("no such table", Outage(Trouble.MISFIT, "a table is missing")),
    ("no such column", Outage(Trouble.MISFIT, "a column is missing")),
)


def find_outage(error: DBAPIError) -> Outage | None:
    """What kind of failure `error` is; None if the database is well and the statement is not."""
    if error.orig is not None and isinstance(cause := error.orig.__cause__, OSError):
        kinds = (_NO_CONNECTION.get(kind) for kind in type(cause).__mro__)
        return next(outage for outage in kinds if outage is not None)
    arguments: tuple[object, ...] = getattr(error.orig, "args", ())
    number = arguments[0] if arguments else None
    if isinstance(number, int) and number in _MARIADB:
        return _MARIADB[number]
    if error.connection_invalidated:
        return _LOST
    said = str(error.orig).lower()
    if "packet sequence" in said:
        return _LOST
    return next((outage for words, outage in _SQLITE if words in said), None)
