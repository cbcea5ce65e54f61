"""
`/test-messages`: one message at once, past the queue, and what the platform answered.

That the platform says no is an answer like any other: 200 with `"ok": false`.
"""

from aiohttp import web

from core.delivery.offers import OfferedTrial
from core.http.errors import database_in_time
from core.http.reading import read_body
from core.trial import Trial, as_json


class TrialRoutes:
    """Sends test messages."""

    def __init__(self, *, trial: Trial) -> None:
        self._trial = trial

    def add_to(self, router: web.UrlDispatcher) -> None:
        router.add_post("/test-messages", self._send)

    async def _send(self, request: web.Request) -> web.Response:
        offered = await read_body(request, OfferedTrial)
        async with database_in_time():
            await self._trial.prepare()
        answer = await self._trial.send(offered.platform, offered.target, offered.text)
        return web.json_response({"platform": offered.platform.value, **as_json(answer)})
