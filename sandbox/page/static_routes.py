"""
The page's style, script and icon: a few small files, read once and served from memory.

A file that is opened for an answer stays open where the browser goes away in the wrong moment.
"""

from pathlib import Path

from aiohttp import web

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class StaticRoutes:
    """The route to the files of a folder, as they were when it was made."""

    def __init__(self, folder: Path) -> None:
        self._files = {
            path.name: (path.read_bytes(), _TYPES[path.suffix])
            for path in folder.iterdir()
            if path.suffix in _TYPES
        }

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/static/{name}", self._file)]

    async def _file(self, request: web.Request) -> web.Response:
        found = self._files.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        content, content_type = found
        return web.Response(body=content, content_type=content_type, charset="utf-8")
