"""
The HTTP side of the daemon: health for supervisors and load balancers, figures for Prometheus.

It answers from the first moment, before the database or a platform does. An address that is taken
is no reason to stop: the bots go on, and binding it is tried again.
"""

import asyncio

import structlog
from aiohttp import web

from config_store.bootstrap.addresses import ListenAddress, TcpAddress
from core.health import Health
from core.metrics import Metrics
from core.supervision import growing_pauses, wait_for

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 1024**2


class HttpServer:
    """Serves the routes of one daemon at one address."""

    def __init__(self, *, listen: ListenAddress, health: Health, metrics: Metrics) -> None:
        self._listen = listen
        self._health = health
        self._metrics = metrics

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set."""
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            if await self._bind(runner, stop):
                await stop.wait()
        finally:
            await runner.cleanup()

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

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=MAX_BODY_BYTES)
        application.router.add_get("/healthz", self._healthz)
        application.router.add_get("/readyz", self._readyz)
        application.router.add_get("/metrics", self._show_metrics)
        return application

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _readyz(self, _: web.Request) -> web.Response:
        readiness = self._health.readiness()
        status = 503 if readiness["status"] == "unavailable" else 200
        return web.json_response(readiness, status=status)

    async def _show_metrics(self, _: web.Request) -> web.Response:
        return web.Response(
            body=self._metrics.exposition(),
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
        )
