"""
Reading what a request carries: its body, its query, the number in its path.

Whatever is not as expected is answered with 400 and the name of the field.
"""

import asyncio
from collections.abc import Collection
from typing import TypeVar

from aiohttp import ClientPayloadError, web
from aiohttp.http_exceptions import HttpProcessingError
from pydantic import BaseModel

from core.delivery.offers import Mistake, read_json
from core.http.errors import ApiError, bad_input

MAX_BODY_BYTES = 1024**2
_BODY_TIMEOUT = 10.0  # seconds for a body to arrive
_LONGEST_NUMBER = 18  # digits: fits a signed 64-bit number

M = TypeVar("M", bound=BaseModel)


async def read_body(request: web.Request, model: type[M]) -> M:
    """
    The JSON in a request's body.

    Raises:
        ApiError: it is none, is not what is expected, or did not arrive in time.
    """
    try:
        async with asyncio.timeout(_BODY_TIMEOUT):
            body = await request.read()
    except TimeoutError as error:
        raise ApiError(408, f"the body did not arrive within {_BODY_TIMEOUT:g} s") from error
    except (HttpProcessingError, ClientPayloadError, web.RequestPayloadError) as error:
        raise bad_input("body", "it is not encoded as its headers say") from error
    try:
        return read_json(model, body)
    except Mistake as mistake:
        raise bad_input(mistake.field, mistake.message) from mistake


def read_query(request: web.Request, known: Collection[str]) -> dict[str, str]:
    """
    The parameters behind the `?`, each once; empty ones count as left out.

    Raises:
        ApiError: one is not known, or comes twice.
    """
    query: dict[str, str] = {}
    for name, value in request.query.items():
        if name not in known:
            raise bad_input(name, f"there is no such parameter; known are {', '.join(known)}")
        if name in query:
            raise bad_input(name, "it is there twice")
        query[name] = value
    return {name: value for name, value in query.items() if value}


def read_id(request: web.Request, what: str) -> int:
    """
    The number in the path.

    Raises:
        ApiError: it is none, so that there cannot be such a thing.
    """
    written = request.match_info["id"]
    if not (written.isascii() and written.isdigit() and len(written) <= _LONGEST_NUMBER):
        raise ApiError(404, f"there is no {what} with this id: ids are numbers")
    return int(written)
