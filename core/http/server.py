"""
The server: one address, all routes.

It answers from the first moment, before the database or a platform does. An address that is taken
is no reason to stop: the bots go on, and binding it is tried again.
"""

import asyncio

import structlog
from aiohttp import web

from config_store.bootstrap.addresses import ListenAddress, TcpAddress
from core.health import Health
from core.http.api import Api
from core.http.errors import errors_as_json
from core.http.health import HealthRoutes
from core.http.reading import MAX_BODY_BYTES
from core.metrics import Metrics
from core.supervision import growing_pauses, wait_for

log = structlog.get_logger(__name__)

API_PATH = "/api/v1"


class HttpServer:
    """Serves the routes of one daemon at one address."""

    def __init__(
        self, *, listen: ListenAddress, health: Health, metrics: Metrics, api: Api
    ) -> None:
        self._listen = listen
        self._health = HealthRoutes(health=health, metrics=metrics)
        self._api = api

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set."""
        runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            if await self._bind(runner, stop):
                await stop.wait()
        finally:
            await runner.cleanup()

    def application(self) -> web.Application:
        """All routes."""
        application = web.Application(middlewares=[errors_as_json], client_max_size=MAX_BODY_BYTES)
        self._health.add_to(application.router)
        application.add_subapp(API_PATH, self._api.application(max_body_bytes=MAX_BODY_BYTES))
        return application

    async def _bind(self, runner: web.AppRunner, stop: asyncio.Event) -> bool:
        told = False
        for pause in growing_pauses(1.0, 30.0):
            try:
                await self._site(runner).start()
            except OSError as error:
                if not told:
                    log.warning(
                        "cannot listen",
                        setting="listen",
                        address=str(self._listen),
                        error=error.strerror,
                        mend="free the address or change `listen`",
                    )
                told = True
            else:
                log.info("listening", address=str(self._listen))
                return True
            if await wait_for(stop, pause):
                return False
        return False

    def _site(self, runner: web.AppRunner) -> web.BaseSite:
        if isinstance(self._listen, TcpAddress):
            return web.TCPSite(runner, self._listen.host, self._listen.port, reuse_address=True)
        return web.UnixSite(runner, str(self._listen.path))
