"""Addresses in the bootstrap settings: where the daemon listens, and what it calls."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import HttpUrl, TypeAdapter

_MAX_PORT = 65535
_MAX_SOCKET_PATH = 107  # bytes; sun_path of Linux's unix(7), less its final NUL
_HTTP_URL = TypeAdapter(HttpUrl)


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """A host name or IP address to listen on, and a port; port 0 is any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class UnixAddress:
    """A Unix socket to listen on."""

    path: Path

    def __str__(self) -> str:
        return f"unix:{self.path}"


ListenAddress = TcpAddress | UnixAddress


def listen_address(value: object) -> object:
    """
    `host:port`, `[v6]:port` or `unix:/path`; empty is None. Other types are left to the model.

    Raises:
        ValueError: it is none of these.
    """
    if not isinstance(value, str):
        return value
    if not value:
        return None
    if value.startswith("unix:"):
        return _unix_address(value.removeprefix("unix:"))
    host, _, port = value.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError("an IPv6 address stands in brackets")
    if not host or any(character.isspace() for character in host):
        raise ValueError("no host")
    return TcpAddress(host, port_number(port))


def _unix_address(path: str) -> UnixAddress:
    if not path.startswith("/") or len(path.encode()) > _MAX_SOCKET_PATH:
        raise ValueError("no path of a socket")
    return UnixAddress(Path(path))


def port_number(text: str) -> int:
    """
    A TCP port.

    Raises:
        ValueError: it is none.
    """
    if not (text.isascii() and text.isdigit() and int(text) <= _MAX_PORT):
        raise ValueError("no port")
    return int(text)


def http_url(value: object) -> str:
    """
    An http(s) address without a slash at its end.

    Raises:
        ValueError: it is none, or carries a user, a password, a query or a fragment.
    """
    url = _HTTP_URL.validate_python(value)
    if url.username or url.password or url.query is not None or url.fragment is not None:
        raise ValueError("more than an address")
    return str(url).rstrip("/")


def proxy_url(value: object) -> str:
    """
    The address of an HTTP or SOCKS5 proxy.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(value, str):
        raise ValueError("no text")  # noqa: TRY004 - pydantic takes only this one for a mistake
    parts = urlsplit(value)
    if parts.scheme not in {"http", "socks5"} or not parts.hostname or not parts.port:
        raise ValueError("no proxy")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("more than an address")
    return value.rstrip("/")
