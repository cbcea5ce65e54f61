"""
What a `database_url` may say, and what becomes of it.

MariaDB: user, password, host, port, database, `unix_socket`, and for TLS `ssl=true`, `ssl_ca`,
`ssl_cert`, `ssl_key` (paths) and `ssl_check_hostname=false`. SQLite: the path of a file. Texts here
never show the URL, since there is a password in it.
"""

import ssl
from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_DRIVERS = {
    "mysql": "mysql+aiomysql",
    "mariadb": "mysql+aiomysql",
    "sqlite": "sqlite+aiosqlite",
}
_TLS = {"ssl", "ssl_ca", "ssl_cert", "ssl_key", "ssl_check_hostname"}
_KNOWN = {"charset", "unix_socket", *_TLS}
_OFF = ("false", "0", "no", "off")


def parse_database_url(url: str | URL) -> URL:
    """
    `url` with the driver that this program uses.

    Raises:
        ValueError: it is no URL of MariaDB or SQLite, or has a parameter that is not known.
    """
    try:
        target = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ValueError("database_url is no SQLAlchemy URL") from error
    driver = _DRIVERS.get(target.get_backend_name())
    if driver is None:
        raise ValueError("database_url must begin with mysql+aiomysql:// or sqlite+aiosqlite://")
    if driver == "sqlite+aiosqlite":
        if target.database in (None, "", ":memory:"):
            raise ValueError("database_url must name a file: a database in memory is not shared")
    elif unknown := set(target.query) - _KNOWN:
        names = ", ".join(sorted(unknown))
        raise ValueError(f"database_url has parameters that are not known: {names}")
    return target.set(drivername=driver)


def address(url: URL) -> str:
    """Where a database is, for people: without the password."""
    if url.get_backend_name() == "sqlite":
        return url.database or ""
    where = url.query.get("unix_socket") or f"{url.host or 'localhost'}:{url.port or 3306}"
    return f"{url.username or ''}@{where}/{url.database or ''}"


def mariadb_arguments(url: URL) -> dict[str, Any]:
    """
    What aiomysql needs to be told in its own way.

    Raises:
        ValueError: a file for TLS cannot be read.
    """
    arguments: dict[str, Any] = {"charset": "utf8mb4"}
    if url.password:
        # aiomysql encodes a password as latin-1; what the server has hashed is its UTF-8.
        arguments["password"] = url.password.encode().decode("latin-1")
    if (context := _tls(url.query)) is not None:
        arguments["ssl"] = context
    return arguments


def _tls(query: Mapping[str, Any]) -> ssl.SSLContext | None:
    asked = {name: str(query[name]) for name in _TLS & set(query)}
    if not asked or asked.get("ssl", "true").lower() in _OFF:
        return None
    try:
        context = ssl.create_default_context(cafile=asked.get("ssl_ca"))
        if "ssl_cert" in asked:
            context.load_cert_chain(asked["ssl_cert"], asked.get("ssl_key"))
    except OSError as error:
        raise ValueError(f"database_url: a file for TLS cannot be used: {error}") from error
    if asked.get("ssl_check_hostname", "true").lower() in _OFF:
        context.check_hostname = False
    return context
