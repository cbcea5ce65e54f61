"""
`/deliveries`: looking through the queue, and trying again what was not delivered.
"""

import structlog
from aiohttp import web

from config_store.own.looking import Cursor
from core.delivery.census import PLATFORMS
from core.delivery.model import State
from core.delivery.oversight import DeliveryStateError, NoSuchDeliveryError, QueueOversight
from core.delivery.showing import MOST_LISTED, page_as_json, read_cursor, read_limit, story_as_json
from core.http.errors import ApiError, bad_input, database_in_time
from core.http.reading import read_id, read_query

log = structlog.get_logger(__name__)

_USUAL = 50  # deliveries on a page
_PARAMETERS = ("state", "platform", "limit", "before")


class DeliveryRoutes:
    """Shows deliveries."""

    def __init__(self, *, oversight: QueueOversight) -> None:
        self._oversight = oversight

    def add_to(self, router: web.UrlDispatcher) -> None:
        router.add_get("/deliveries", self._list)
        router.add_get("/deliveries/{id}", self._show)
        router.add_post("/deliveries/{id}/retry", self._retry)

    async def _list(self, request: web.Request) -> web.Response:
        query = read_query(request, _PARAMETERS)
        state, platform = _state(query.get("state")), _platform(query.get("platform"))
        limit, before = _limit(query.get("limit")), _before(query.get("before"))
        async with database_in_time():
            page = await self._oversight.find_page(
                state=state, platform=platform, before=before, limit=limit
            )
        return web.json_response(page_as_json(page))

    async def _show(self, request: web.Request) -> web.Response:
        delivery_id = read_id(request, "delivery")
        try:
            async with database_in_time():
                story = await self._oversight.find_delivery(delivery_id)
        except NoSuchDeliveryError as error:
            raise _unknown(error) from error
        return web.json_response(story_as_json(story))

    async def _retry(self, request: web.Request) -> web.Response:
        delivery_id = read_id(request, "delivery")
        try:
            async with database_in_time():
                state = await self._oversight.retry(delivery_id)
        except NoSuchDeliveryError as error:
            raise _unknown(error) from error
        except DeliveryStateError as error:
            raise ApiError(409, str(error)) from error
        log.info("delivery retried", delivery=delivery_id)
        return web.json_response({"id": delivery_id, "state": state.value}, status=202)


def _unknown(error: NoSuchDeliveryError) -> ApiError:
    return ApiError(404, f"there is no delivery {error.delivery_id}")


def _state(written: str | None) -> State | None:
    if written is None:
        return None
    if written not in list(State):
        raise bad_input("state", f"expected one of {', '.join(State)}")
    return State(written)


def _platform(written: str | None) -> str | None:
    if written is not None and written not in PLATFORMS:
        raise bad_input("platform", f"expected one of {', '.join(PLATFORMS)}")
    return written


def _limit(written: str | None) -> int:
    if written is None:
        return _USUAL
    limit = read_limit(written)
    if limit is None:
        raise bad_input("limit", f"expected a whole number from 1 to {MOST_LISTED}")
    return limit


def _before(written: str | None) -> Cursor | None:
    if written is None:
        return None
    cursor = read_cursor(written)
    if cursor is None:
        raise bad_input("before", "expected what `next` of an earlier page said")
    return cursor
