"""
The API for programs of the site, under `/api/v1`: its token is asked for before anything else.

Without the setting `api_token` the whole API is off and answers 404.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Protocol

from aiohttp import web

from core.http.errors import ApiError, Handler

_OFF = "the HTTP API is off: set api_token"
_SCHEME = "bearer"


class Routes(Protocol):
    """A group of routes."""

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add them, with paths that begin behind `/api/v1`."""
        ...


class Api:
    """Groups of routes behind one token; None: off."""

    def __init__(self, *, token: str | None, routes: Sequence[Routes]) -> None:
        self._expected = None if token is None else _digest(token)
        self._routes = routes

    def application(self, *, max_body_bytes: int) -> web.Application:
        """All of them, to be put below `/api/v1`."""
        application = web.Application(
            middlewares=[self._authorised], client_max_size=max_body_bytes
        )
        for group in self._routes:
            group.add_to(application.router)
        return application

    @web.middleware
    async def _authorised(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._expected is None:
            raise ApiError(404, _OFF)
        if not hmac.compare_digest(_digest(_token_in(request)), self._expected):
            raise ApiError(
                401,
                "expected the header `Authorization: Bearer` with the token of api_token",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return await handler(request)


def _token_in(request: web.Request) -> str:
    """The token that a request carries; empty, which none is, if it is not just one."""
    given = request.headers.getall("Authorization", [])
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    return token.strip() if scheme.lower() == _SCHEME else ""


def _digest(token: str) -> bytes:
    """Of one length for all, so that a comparison tells nothing about the length."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
