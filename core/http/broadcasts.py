"""
`/broadcasts`: notices to a part of all accounts, looked at beforehand, watched and stopped.
"""

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from core.delivery.broadcast_offers import OfferedBroadcast
from core.delivery.broadcast_showing import preview_as_json, progress_as_json
from core.delivery.broadcasts import Broadcasts, BroadcastStateError, Draft, NoSuchBroadcastError
from core.delivery.model import NoticeState
from core.delivery.offers import Mistake
from core.http.errors import OFFER_AGAIN, ApiError, bad_input, database_in_time
from core.http.reading import read_body, read_id

log = structlog.get_logger(__name__)

_CARRIED_OUT_HERE = 1.5  # seconds; the rest of an order is done after the answer
_COUNTING = 30.0  # seconds for reading all accounts, or all deliveries of a broadcast


class BroadcastRoutes:
    """Accepts broadcasts and orders about them."""

    def __init__(self, *, broadcasts: Broadcasts) -> None:
        self._broadcasts = broadcasts

    def add_to(self, router: web.UrlDispatcher) -> None:
        router.add_post("/broadcasts", self._send)
        router.add_post("/broadcasts/preview", self._preview)
        router.add_get("/broadcasts/{id}", self._show)
        router.add_post("/broadcasts/{id}/pause", self._pause)
        router.add_post("/broadcasts/{id}/resume", self._resume)
        router.add_post("/broadcasts/{id}/cancel", self._cancel)

    async def _send(self, request: web.Request) -> web.Response:
        offered = await read_body(request, OfferedBroadcast)
        draft = _draft(offered)
        async with database_in_time(OFFER_AGAIN):
            accepted = await self._broadcasts.send(draft, dedupe_key=offered.dedupe_key)
        if accepted.is_new:
            log.info("broadcast accepted", notice=accepted.id, kind=offered.kind)
        return web.json_response({"id": accepted.id}, status=202 if accepted.is_new else 200)

    async def _preview(self, request: web.Request) -> web.Response:
        draft = _draft(await read_body(request, OfferedBroadcast))
        async with database_in_time(patience=_COUNTING):
            preview = await self._broadcasts.preview(draft)
        return web.json_response(preview_as_json(preview))

    async def _show(self, request: web.Request) -> web.Response:
        broadcast_id = read_id(request, "broadcast")
        try:
            async with database_in_time(patience=_COUNTING):
                progress = await self._broadcasts.show(broadcast_id)
        except NoSuchBroadcastError as error:
            raise ApiError(404, str(error)) from error
        return web.json_response(progress_as_json(progress))

    async def _pause(self, request: web.Request) -> web.Response:
        return await self._order(request, self._broadcasts.pause)

    async def _resume(self, request: web.Request) -> web.Response:
        return await self._order(request, self._broadcasts.resume)

    async def _cancel(self, request: web.Request) -> web.Response:
        return await self._order(request, self._broadcasts.cancel)

    async def _order(
        self, request: web.Request, order: Callable[..., Awaitable[NoticeState]]
    ) -> web.Response:
        broadcast_id = read_id(request, "broadcast")
        try:
            async with database_in_time():
                state = await order(broadcast_id, seconds=_CARRIED_OUT_HERE)
        except NoSuchBroadcastError as error:
            raise ApiError(404, str(error)) from error
        except BroadcastStateError as error:
            raise ApiError(409, str(error)) from error
        log.info("broadcast ordered", notice=broadcast_id, state=state.value)
        return web.json_response({"id": broadcast_id, "state": state.value})


def _draft(offered: OfferedBroadcast) -> Draft:
    try:
        return offered.draft()
    except Mistake as mistake:
        raise bad_input(mistake.field, mistake.message) from mistake
