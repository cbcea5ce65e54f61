"""
`/test-messages`: one message at once, past the queue, and what the platform answered.

That the platform says no is an answer like any other: 200 with `"ok": false`.
"""

from typing import Any

from aiohttp import web

from core.delivery.counting import outcome_of
from core.delivery.offers import OfferedTrial
from core.http.errors import database_in_time
from core.http.reading import read_body
from core.platform import PlatformUnreachableError, Sent
from core.trial import Answer, SwitchedOff, Trial


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
        return web.json_response({"platform": offered.platform.value, **_told(answer)})


def _told(answer: Answer) -> dict[str, Any]:
    match answer:
        case Sent(ids):
            return {"ok": True, "message_ids": list(ids)}
        case SwitchedOff(reason):
            return {"ok": False, "reason": "switched_off", "message": reason}
        case error:
            told: dict[str, Any] = {"ok": False, "reason": outcome_of(error), "message": str(error)}
    if isinstance(error, PlatformUnreachableError) and error.retry_after is not None:
        told["retry_after_seconds"] = error.retry_after
    if error.sent:
        told["message_ids"] = list(error.sent)
    return told
