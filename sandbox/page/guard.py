"""
Who may use the page: only a browser on this machine, and only from the page itself.

The page listens on loopback, but any web site that is open in the same browser could send requests
to it, under a name that resolves to 127.0.0.1 as well. So a foreign `Host` or `Origin` is refused.
All that the page shows is its own: no script, style or picture from elsewhere.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_OURS = frozenset({"127.0.0.1", "localhost", "::1"})
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@web.middleware
async def only_from_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what did not come from this page, opened by a name of this machine."""
    origin = request.headers.get("Origin")
    if _hostname(f"//{request.host}") not in _OURS:
        raise web.HTTPForbidden(text="This page is for this machine alone.\n")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text="This request came from another site.\n")
    return await handler(request)


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Give every answer of the page its security headers."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def _hostname(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
