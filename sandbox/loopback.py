"""
A server on this machine's loopback that plays a platform, and plays it down when it is ordered.

Faults are carried out here, the same way for every platform. While `Faults.is_down` nothing listens
and every open connection is cut; afterwards the server is there again at the same port.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import Self, assert_never

from aiohttp import web

from sandbox.call_log import DroppedResponse
from sandbox.faults import AnswerJson, AnswerPage, Delay, Drop, Fault, Faults, Hang

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HOST = "127.0.0.1"
_CLOSING = 0.2  # seconds for open requests once their connections are cut


class LoopbackServer:
    """Serves `app` at `url` while it is entered."""

    def __init__(self, *, app: web.Application, faults: Faults) -> None:
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=_CLOSING
        )
        self._faults = faults
        self._opened = AsyncExitStack()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        self._opened.push_async_callback(self._runner.cleanup)
        site = await self._listen()
        watching = asyncio.create_task(self._obey(site), name="sandbox: up and down")
        self._opened.push_async_callback(_cancel, watching)
        self._opened.callback(self.cut_connections)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._opened.aclose()

    def cut_connections(self) -> None:
        """Break every open connection, in the middle of whatever goes over it."""
        server = self._runner.server
        if server is not None:
            for connection in server.connections:
                if connection.transport is not None:
                    connection.transport.abort()

    async def _listen(self) -> web.TCPSite:
        site = web.TCPSite(self._runner, HOST, self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return site

    async def _obey(self, site: web.TCPSite) -> None:
        is_down = False
        while True:
            is_down = await self._faults.down_changed(is_down)
            if is_down:
                await site.stop()
                self.cut_connections()
            else:
                site = await self._listen()


async def meet(request: web.Request, fault: Fault | None, handler: Handler) -> web.StreamResponse:
    """Answer a call as `fault` wants it, with `handler` if there is none."""
    match fault:
        case None:
            return await handler(request)
        case Hang(seconds):
            await asyncio.sleep(seconds)
            return _dropped(request)
        case Delay(seconds):
            response = await handler(request)
            await asyncio.sleep(seconds)
            return response
        case Drop(after):
            if after:
                await handler(request)
            return _dropped(request)
        case AnswerPage(status, page):
            return web.Response(status=status, text=page, content_type="text/html")
        case AnswerJson(status, body, headers):
            return json_response(dict(body), status=status, headers=headers)
        case _:
            assert_never(fault)


def json_response(
    body: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """An answer of type `application/json`, bare as clients of Discord expect it."""
    return web.Response(
        body=json.dumps(body).encode(),
        status=status,
        headers=headers,
        content_type="application/json",
    )


def _dropped(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return DroppedResponse()


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
