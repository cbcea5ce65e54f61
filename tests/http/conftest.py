"""
The HTTP side over a real socket, before a queue on either engine.
"""

import asyncio
import io
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from config_store.bootstrap.addresses import UnixAddress
from config_store.live_settings import LiveSettings
from core.clock import SiteClock
from core.health import Health
from core.http import Api, HttpServer
from core.http.api import Routes
from core.http.broadcasts import BroadcastRoutes
from core.http.deliveries import DeliveryRoutes
from core.http.notifications import NotificationRoutes
from core.http.trials import TrialRoutes
from core.metrics import Metrics
from core.platform import Bot
from core.queue_metrics import QueueGauges
from core.trial import Trial
from tests.delivery.conftest import House, house, open_house, own_tables, site

__all__ = ["house", "open_house", "own_tables", "site"]

TOKEN = "correct-horse-battery-staple"
GROUP = {"audience": {"type": "group"}, "text": "Hello"}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: Any

    @property
    def error(self) -> Any:
        return self.body["error"]


@dataclass
class Caller:
    """A program of the site that asks the API."""

    session: aiohttp.ClientSession
    house: House

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        raw: bytes | None = None,
        token: str | None = TOKEN,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        given = dict(headers or {})
        if token is not None:
            given["Authorization"] = f"Bearer {token}"
        asked = (
            {"data": io.BytesIO(raw)}
            if raw is not None
            else {"json": body}
            if body is not None
            else {}
        )
        async with self.session.request(
            method, f"http://daemon{path}", headers=given, **asked
        ) as response:
            is_json = response.content_type == "application/json"
            told = await response.json() if is_json else await response.text()
            return Answer(response.status, told, response.headers)

    async def get(self, path: str, **more: Any) -> Answer:
        return await self.ask("GET", f"/api/v1{path}", **more)

    async def post(self, path: str, **more: Any) -> Answer:
        return await self.ask("POST", f"/api/v1{path}", **more)

    async def notify(self, **fields: Any) -> Answer:
        return await self.post("/notifications", body=GROUP | fields)


Serve = Callable[..., Any]


@pytest.fixture
def serve(tmp_path: Path, site: LiveSettings) -> Serve:
    """
    Serves the HTTP side of a house.
    """
    sockets = (tmp_path / f"http-{number}.sock" for number in itertools.count(1))

    @asynccontextmanager
    async def serve(
        house: House,
        *,
        token: str | None = TOKEN,
        bot: Bot | None = None,
        settings: LiveSettings = site,
        trial_timeout: float = 5.0,
        metrics: Metrics | None = None,
        more_routes: Sequence[Routes] = (),
    ) -> AsyncIterator[Caller]:
        queue, path = house.queue, next(sockets)
        trial = Trial(
            platforms=house.platforms,
            settings=settings,
            running=lambda _: bot,
            timeout=trial_timeout,
        )
        api = Api(
            token=token,
            routes=[
                NotificationRoutes(notifier=queue.notifier, oversight=queue.oversight),
                DeliveryRoutes(oversight=queue.oversight),
                TrialRoutes(trial=trial),
                BroadcastRoutes(broadcasts=queue.broadcasts),
                *more_routes,
            ],
        )
        health = Health(settings=settings, bots=[], roles=[], queue=queue.census.summary)
        metrics = metrics or Metrics()
        metrics.watch(health)
        gauges = QueueGauges(
            census=queue.census,
            platforms=house.platforms,
            clock=SiteClock(ZoneInfo("Asia/Shanghai"), house.time),
        )
        metrics.watch_queue(gauges)
        server = HttpServer(listen=UnixAddress(path), health=health, metrics=metrics, api=api)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.run(stop))
            connector = aiohttp.UnixConnector(str(path), limit=0)
            async with aiohttp.ClientSession(
                connector=connector, timeout=aiohttp.ClientTimeout(total=20)
            ) as session:
                await house.until(path.exists)
                try:
                    yield Caller(session, house)
                finally:
                    stop.set()

    return serve


@pytest.fixture
async def caller(house: House, serve: Serve) -> AsyncIterator[Caller]:
    """
    The API before a queue that nobody works on.
    """
    async with serve(house) as caller:
        yield caller
