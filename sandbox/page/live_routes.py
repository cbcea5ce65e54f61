"""
The page itself, its parts one by one, and the stream that tells a browser which part has changed.
"""

import asyncio
import json

from aiohttp import web

from sandbox.page.asking import Looking, looking
from sandbox.page.changes import Changes
from sandbox.page.rendering import PARTS, Pages

_BREATH = 15.0  # seconds after which a silent stream says that it is alive
_YEAR = 31_536_000  # seconds


class LiveRoutes:
    """The routes that only show."""

    def __init__(self, pages: Pages, changes: Changes) -> None:
        self._pages = pages
        self._changes = changes

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._page),
            web.get("/part/{name}", self._part),
            web.get("/changes", self._stream),
        ]

    async def _page(self, request: web.Request) -> web.Response:
        seen = looking(request)
        response = web.Response(text=await self._pages.page(seen), content_type="text/html")
        _remember(response, seen)
        return response

    async def _part(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in PARTS:
            raise web.HTTPNotFound
        return web.Response(
            text=await self._pages.part(name, looking(request)), content_type="text/html"
        )

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        seen = self._changes.numbers
        await _tell(response, f"data: {json.dumps(PARTS)}\n\n")  # what passed while it was away
        while not self._changes.is_over:
            try:
                async with asyncio.timeout(_BREATH):
                    now = await self._changes.since(seen)
            except TimeoutError:
                await _tell(response, ": still here\n\n")
                continue
            parts = [part for part in now if now[part] != seen.get(part)]
            seen = now
            await _tell(response, f"data: {json.dumps(parts)}\n\n")
        return response


async def _tell(response: web.StreamResponse, text: str) -> None:
    await response.write(text.encode())


def _remember(response: web.Response, seen: Looking) -> None:
    for name, value in (("person", seen.who.key), ("lang", seen.language)):
        response.set_cookie(name, value, max_age=_YEAR, httponly=True, samesite="Strict")
