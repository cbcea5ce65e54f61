"""
`/notifications`: putting notices into the queue, and what became of one.
"""

import structlog
from aiohttp import web

from core.delivery.notifier import NoSuchAccountError, Notifier
from core.delivery.offers import OfferedNotice
from core.delivery.oversight import NoSuchNoticeError, QueueOversight
from core.delivery.showing import notice_as_json
from core.http.errors import OFFER_AGAIN, ApiError, bad_input, database_in_time
from core.http.reading import read_body, read_id

log = structlog.get_logger(__name__)


class NotificationRoutes:
    """Accepts notices."""

    def __init__(self, *, notifier: Notifier, oversight: QueueOversight) -> None:
        self._notifier = notifier
        self._oversight = oversight

    def add_to(self, router: web.UrlDispatcher) -> None:
        router.add_post("/notifications", self._accept)
        router.add_get("/notifications/{id}", self._show)

    async def _accept(self, request: web.Request) -> web.Response:
        offered = await read_body(request, OfferedNotice)
        try:
            async with database_in_time(OFFER_AGAIN):
                accepted = await self._notifier.accept(
                    offered.audience.meant(),
                    offered.content,
                    kind=offered.kind,
                    dedupe_key=offered.dedupe_key,
                )
        except NoSuchAccountError as error:
            raise bad_input("audience.id", str(error)) from error
        if accepted.is_new:
            audience = offered.audience.type
            log.info("notice accepted", notice=accepted.id, audience=audience, kind=offered.kind)
        return web.json_response({"id": accepted.id}, status=202 if accepted.is_new else 200)

    async def _show(self, request: web.Request) -> web.Response:
        notice_id = read_id(request, "notification")
        try:
            async with database_in_time():
                story = await self._oversight.find_notice(notice_id)
        except NoSuchNoticeError as error:
            raise ApiError(404, str(error)) from error
        return web.json_response(notice_as_json(story))
