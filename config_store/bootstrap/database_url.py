"""The database's address: as an operator writes it, and as the panel's configuration names it."""

from sqlalchemy import URL

from config_store._database_url import parse_database_url
from config_store.bootstrap.addresses import port_number

_DRIVER = "mysql+aiomysql"
_MARIADB_PORT = 3306


def database_url(value: object) -> str:
    """
    A database's URL with the driver that this program uses.

    Raises:
        ValueError: it is no URL, or one of another kind of database, or names no database.
    """
    if not isinstance(value, str):
        raise ValueError("no text")  # noqa: TRY004 - pydantic takes only this one for a mistake
    # Read as it stands, the end of such a password would be taken for the host, and shown as one.
    if value.partition("://")[2].partition("/")[0].count("@") > 1:
        raise ValueError("an @ that is not percent-encoded")
    url = parse_database_url(value)
    if not url.database:
        raise ValueError("no database")
    return _text(url)


def mariadb_url(
    *, host: str, port: str, socket: str, database: str, username: str, password: str
) -> str:
    """
    The URL for what the panel's configuration says in `db_host` and its neighbours.

    A socket comes before a host, as in the panel; a port in the host (`10.0.0.2:4406`,
    `[::1]:4406`) comes before `port`, and an empty port is MariaDB's own.

    Raises:
        ValueError: a port is none.
    """
    url = URL.create(
        _DRIVER,
        username=username or None,
        password=password or None,
        database=database,
        query={"charset": "utf8mb4"},
    )
    if socket:
        return _text(url.update_query_dict({"unix_socket": socket}))
    name, own_port = _host_and_port(host)
    return _text(url.set(host=name, port=port_number(own_port or port or str(_MARIADB_PORT))))


def _host_and_port(host: str) -> tuple[str, str]:
    if host.startswith("["):
        name, _, port = host[1:].partition("]")
        return name, port.removeprefix(":")
    if host.count(":") == 1:
        name, _, port = host.partition(":")
        return name, port
    return host, ""


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
