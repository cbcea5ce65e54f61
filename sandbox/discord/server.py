"""The local Discord as a server: HTTP API and gateway on one port of the loopback."""

from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox.discord.gateway import HEARTBEAT_MS, PATH, Gateway
from sandbox.discord.limits import DiscordLimits
from sandbox.discord.rest import PREFIX, DiscordRest
from sandbox.discord.world import DiscordWorld
from sandbox.faults import Faults
from sandbox.loopback import LoopbackServer


class DiscordServer:
    """
    Serves a world while it is entered. `api_url` is what a bot takes for Discord's address.

    Faults are ordered by route, such as `POST /channels/{channel_id}/messages`; `GATEWAY` is a
    connection to the gateway. `calls`: those of the HTTP API, by route.
    """

    def __init__(
        self,
        world: DiscordWorld,
        *,
        limits: DiscordLimits | None = None,
        heartbeat_ms: int = HEARTBEAT_MS,
    ) -> None:
        limits = limits or DiscordLimits()
        self.world = world
        self.faults = Faults()
        self.gateway = Gateway(
            world=world,
            faults=self.faults,
            limits=limits,
            url=self._gateway_url,
            heartbeat_ms=heartbeat_ms,
        )
        self.rest = DiscordRest(
            world=world,
            faults=self.faults,
            limits=limits,
            gateway_url=self._gateway_url,
            logins_left=self.gateway.logins_left,
        )
        self.calls = self.rest.calls
        app = web.Application()
        app.router.add_get(PATH, self.gateway.serve)
        self.rest.add_routes(app)
        self._server = LoopbackServer(app=app, faults=self.faults)

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def api_url(self) -> str:
        return self.url + PREFIX

    async def __aenter__(self) -> Self:
        await self._server.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._server.__aexit__(kind, error, traceback)

    def cut_connections(self) -> None:
        """Break every open connection, the gateway's included; new ones are taken."""
        self._server.cut_connections()

    def _gateway_url(self) -> str:
        return self.url.replace("http", "ws", 1) + PATH
