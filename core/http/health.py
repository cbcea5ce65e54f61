"""
Health for supervisors and load balancers, figures for Prometheus. Needs no token.
"""

from aiohttp import web

from core.health import Health
from core.metrics import Metrics


class HealthRoutes:
    """Answers from what is known, and asks nobody."""

    def __init__(self, *, health: Health, metrics: Metrics) -> None:
        self._health = health
        self._metrics = metrics

    def add_to(self, router: web.UrlDispatcher) -> None:
        router.add_get("/healthz", self._healthz)
        router.add_get("/readyz", self._readyz)
        router.add_get("/metrics", self._show_metrics)

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
