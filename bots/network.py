"""
What the platforms' packages share of the network: the way out, and what its failures mean.

Whatever goes wrong between this machine and a platform is nobody's fault here: it becomes a
`PlatformUnreachableError` whose sentence names the place to look at, never a proxy's password.
"""

from dataclasses import dataclass

import aiohttp
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError

from core.platform import PlatformUnreachableError

_PROXY_FAULTS = (ProxyConnectionError, ProxyError, ProxyTimeoutError)
OUTSIDE_FAULTS = (aiohttp.ClientError, OSError, TimeoutError, *_PROXY_FAULTS)
"""What a call over the network raises when something outside fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """
    How long to wait for a platform, in seconds.

    `call`: for one call. `untold_break`, `lasting_break`: how long the line for receiving may be
    down before it is told, and before all is made anew. `check`: between two looks at a token.
    """

    call: float = 10.0
    untold_break: float = 5.0
    lasting_break: float = 30.0
    check: float = 60.0


DEFAULT_PATIENCE = Patience()


def connector(proxy: str | None) -> aiohttp.TCPConnector:
    """
    Connections, through a proxy if there is one. To be made while the event loop runs.

    `proxy`: an http:// or socks5:// address.
    """
    return ProxyConnector.from_url(proxy, limit=0) if proxy else aiohttp.TCPConnector(limit=0)


def unreachable(platform: str, error: BaseException) -> PlatformUnreachableError:
    """`error`, one of `OUTSIDE_FAULTS`, in words; `platform` is what people call it."""
    if isinstance(error, _PROXY_FAULTS):
        return PlatformUnreachableError(
            f"the way to {platform} through the proxy fails ({type(error).__name__}): "
            "check the setting proxy"
        )
    if isinstance(error, aiohttp.ClientConnectorError):
        return PlatformUnreachableError(
            f"{platform} cannot be reached at {error.host}:{error.port} "
            f"({error.strerror or type(error.os_error).__name__})"
        )
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return PlatformUnreachableError(f"{platform} cannot be reached: no connection in time")
    if isinstance(error, TimeoutError):
        return PlatformUnreachableError(f"{platform} did not answer in time", may_have_arrived=True)
    return PlatformUnreachableError(
        f"the connection to {platform} broke ({type(error).__name__})", may_have_arrived=True
    )
