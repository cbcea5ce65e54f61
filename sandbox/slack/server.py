"""The local Slack as a server: Web API and Socket Mode on one port of the loopback."""

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox.faults import Faults
from sandbox.loopback import LoopbackServer
from sandbox.slack.envelopes import PATIENCE
from sandbox.slack.limits import SlackLimits
from sandbox.slack.model import App
from sandbox.slack.socket_mode import PATH, SocketMode
from sandbox.slack.web_api import SlackWebApi
from sandbox.slack.world import SlackWorld


class SlackServer:
    """
    Serves a workspace while it is entered. `api_url` is what an app takes for Slack's address.

    Faults are ordered by method, such as `chat.postMessage`; `SOCKET` is a Socket Mode connection.
    `calls`: those of the Web API, by method.
    """

    def __init__(
        self,
        world: SlackWorld,
        *,
        limits: SlackLimits | None = None,
        patience: float = PATIENCE,
        repeat_pauses: tuple[float, ...] = (0.0, 60.0, 300.0),
    ) -> None:
        self.world = world
        self.faults = Faults()
        self.socket_mode = SocketMode(
            world=world, faults=self.faults, patience=patience, repeat_pauses=repeat_pauses
        )
        self.web_api = SlackWebApi(
            world=world,
            faults=self.faults,
            limits=limits or SlackLimits(),
            open_socket=self._open_socket,
        )
        self.calls = self.web_api.calls
        app = web.Application()
        app.router.add_get(PATH, self.socket_mode.serve)
        app.router.add_route("*", "/api/{method}", self.web_api.serve)
        self._server = LoopbackServer(app=app, faults=self.faults)
        self._opened = AsyncExitStack()

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    async def __aenter__(self) -> Self:
        await self._opened.enter_async_context(self._server)
        self._opened.push_async_callback(self.socket_mode.end)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._opened.aclose()

    def cut_connections(self) -> None:
        """Break every open connection, those of Socket Mode included; new ones are taken."""
        self._server.cut_connections()

    def _open_socket(self, app: App) -> str:
        ticket = self.socket_mode.open(app)
        return f"{self.url.replace('http', 'ws', 1)}{PATH}?ticket={ticket}&app_id={app.id}"
