"""
The page put together and served on the loopback.

What goes on beside the requests, such as following the platforms' changes, ends with the page.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.page.changes import Changes
from sandbox.page.channel_routes import ChannelRoutes
from sandbox.page.guard import add_headers, only_from_here
from sandbox.page.live_routes import LiveRoutes
from sandbox.page.panel_routes import PanelRoutes
from sandbox.page.rendering import Pages
from sandbox.page.site_routes import SiteRoutes
from sandbox.page.stage import Stage
from sandbox.page.static_routes import StaticRoutes
from sandbox.page.telegram_routes import TelegramRoutes

HOST = "127.0.0.1"
_STATIC = Path(__file__).parent / "static"
_LONGEST_FORM = 64 * 1024  # bytes
_CLOSING = 1.0  # seconds for open requests


@asynccontextmanager
async def open_page(stage: Stage, *, port: int = 0) -> AsyncGenerator[str]:
    """Serve the page of `stage` while the context is entered; gives its address."""
    changes = Changes()
    async with AsyncExitStack() as opened:
        for name, work in _beside(stage, changes):
            await opened.enter_async_context(running(work, name=f"page: {name}"))
        runner = web.AppRunner(
            _application(stage, changes),
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=_CLOSING,
        )
        await runner.setup()
        opened.push_async_callback(runner.cleanup)
        opened.callback(changes.end)
        await web.TCPSite(runner, HOST, port).start()
        yield f"http://{HOST}:{runner.addresses[0][1]}"


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None], *, name: str) -> AsyncGenerator[None]:
    """A task that is cancelled and awaited when the context is left."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
    if not task.cancelled():
        task.result()


def _application(stage: Stage, changes: Changes) -> web.Application:
    pages = Pages(stage)
    app = web.Application(middlewares=[only_from_here], client_max_size=_LONGEST_FORM)
    app.on_response_prepare.append(add_headers)
    app.add_routes(
        [
            *LiveRoutes(pages, changes).routes(),
            *TelegramRoutes(stage).routes(),
            *ChannelRoutes(stage).routes(),
            *PanelRoutes(stage).routes(),
            *SiteRoutes(stage, pages).routes(),
            *StaticRoutes(_STATIC).routes(),
        ]
    )
    return app


def _beside(stage: Stage, changes: Changes) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
    yield "daemon's state", stage.daemon.run()
    yield "accounts", stage.panel.watch()
    for part, wait in (
        ("telegram", stage.telegram.world.changed),
        ("discord", stage.discord.world.revision.beyond),
        ("slack", stage.slack.world.revision.beyond),
        ("panel", stage.panel.changed),
        ("people", stage.panel.changed),
        ("daemon", stage.daemon.changed),
    ):
        yield part, changes.follow(part, wait)
