"""
Mistakes and outages as the HTTP side answers them: always JSON, never a traceback.

`{"error": {"field", "message"}}`: `field` names what was wrong in the request, and is null where no
field is at fault.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from config_store.database import DatabaseUnavailableError

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

OFFER_AGAIN = "offer it again; with a dedupe_key it is not accepted twice"
"""What a caller may do who does not know whether it was accepted: for `database_in_time`."""

PATIENCE = 2.8  # seconds for the database, so that an answer comes within three
_COME_BACK = "5"  # seconds; what `Retry-After` says

_SAID = {
    404: "there is no such address",
    405: "this address knows other methods",
    413: "the body is larger than 1 MiB",
}


class ApiError(Exception):
    """What was asked for is answered with a status and a sentence."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.field = field
        self.headers = headers or {}


def bad_input(field: str, message: str) -> ApiError:
    """Something in the request is not as expected."""
    return ApiError(400, message, field=field)


@asynccontextmanager
async def database_in_time(
    otherwise: str = "ask again later", *, patience: float = PATIENCE
) -> AsyncGenerator[None]:
    """
    Have what is asked of the database answered in time, or answer that it is away.

    `otherwise`: what the caller may do then. `patience`: in seconds, where much has to be read.
    """
    try:
        async with asyncio.timeout(patience):
            yield
    except TimeoutError as error:
        raise _away("it does not answer", otherwise) from error
    except DatabaseUnavailableError as error:
        raise _away(error.reason, otherwise) from error


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer whatever goes wrong, also addresses that there are not."""
    try:
        return await handler(request)
    except ApiError as error:
        return _answer(error.status, error.message, error.field, error.headers)
    except web.HTTPException as error:
        allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return _answer(error.status, _SAID.get(error.status, error.reason), None, allow)
    except ConnectionError:  # whoever asked has gone: nobody reads this
        return _answer(400, "the connection was lost", None, {})
    except Exception:
        log.exception("request crashed", method=request.method, path=request.path)
        return _answer(500, "a fault of this program: see its log", None, {})


def _away(reason: str, otherwise: str) -> ApiError:
    return ApiError(
        503,
        f"the database cannot be used just now ({reason}): {otherwise}",
        headers={"Retry-After": _COME_BACK},
    )


def _answer(
    status: int, message: str, field: str | None, headers: Mapping[str, str]
) -> web.Response:
    error = {"error": {"field": field, "message": message}}
    return web.json_response(error, status=status, headers=headers)
