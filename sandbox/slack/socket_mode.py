"""
Socket Mode of the local Slack: WebSockets on which an app gets its envelopes and acknowledges them.

An address from `apps.connections.open` serves one connection, soon. Each envelope goes to one of an
app's connections; what is not acknowledged in time is dealt with as `envelopes` says.
"""

import asyncio
import json
import secrets
import time
from typing import cast

from aiohttp import WSMsgType, web

from sandbox.faults import Faults
from sandbox.loopback import meet
from sandbox.slack.envelopes import MAX_REPEATS, PATIENCE, Envelope
from sandbox.slack.errors import Json, refused
from sandbox.slack.model import App
from sandbox.slack.world import SlackWorld

PATH = "/link/"
_TICKET_LIFE = 30.0  # seconds
_MAX_CONNECTIONS = 10


class _Connection:
    """One WebSocket of an app."""

    def __init__(
        self, app: App, socket: web.WebSocketResponse, transport: asyncio.Transport | None
    ) -> None:
        self.app = app
        self._socket = socket
        self._transport = transport
        self._waiting: asyncio.Queue[Json | None] = asyncio.Queue()

    def send(self, payload: Json) -> None:
        self._waiting.put_nowait(payload)

    def close(self) -> None:
        """Close after everything that was said before."""
        self._waiting.put_nowait(None)

    def go_deaf(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    async def write(self) -> None:
        """Send what waits until the connection is closed."""
        while True:
            payload = await self._waiting.get()
            if payload is None:
                await self._socket.close(drain=False)
                return
            await self._socket.send_json(payload)


class SocketMode:
    """
    All connections. `patience`: seconds for an acknowledgement.

    `repeat_pauses`: seconds before each repeat of an event; Slack's are 0, 60 and 300. `opened`:
    how many connections there have been.
    """

    def __init__(
        self,
        *,
        world: SlackWorld,
        faults: Faults,
        patience: float = PATIENCE,
        repeat_pauses: tuple[float, ...] = (0.0, 60.0, 300.0),
    ) -> None:
        self._world = world
        self._faults = faults
        self._patience = patience
        self._repeat_pauses = repeat_pauses[:MAX_REPEATS]
        self._tickets: dict[str, tuple[App, float]] = {}
        self._connections: list[_Connection] = []
        self._waiting_for: dict[str, tuple[Envelope, asyncio.Event]] = {}
        self.opened = 0
        self._deliveries: set[asyncio.Task[None]] = set()
        world.listeners.append(self._deliver)
        world.token_listeners.append(self._put_out)

    def connections(self, app: App) -> int:
        """How many connections an app has now."""
        return sum(connection.app is app for connection in self._connections)

    def open(self, app: App) -> str:
        """A ticket for one connection."""
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = (app, time.monotonic())
        return ticket

    def ask_to_reconnect(self, reason: str = "refresh_requested") -> None:
        """Tell every app that its connection ends, as Slack does every few hours."""
        for connection in self._connections:
            connection.send(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
            )

    def go_deaf(self) -> None:
        """Hear nothing more on the connections there are, not even that they are being closed."""
        for connection in self._connections:
            connection.go_deaf()

    def close_connections(self) -> None:
        """Close every connection without a word before."""
        for connection in self._connections:
            connection.close()

    async def end(self) -> None:
        """Give up what is being delivered."""
        for delivery in self._deliveries:
            delivery.cancel()
        if self._deliveries:
            await asyncio.wait(self._deliveries)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, from its first to its last byte."""
        return await meet(request, self._faults.take("SOCKET"), self._serve)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        app, made_at = self._tickets.pop(request.query.get("ticket", ""), (None, 0.0))
        if app is None or time.monotonic() - made_at > _TICKET_LIFE:
            return web.Response(status=404)
        socket = web.WebSocketResponse(max_msg_size=1024**2)
        await socket.prepare(request)
        connection = _Connection(app, socket, request.transport)
        if self.connections(app) >= _MAX_CONNECTIONS:
            connection.send({"type": "disconnect", "reason": "too_many_websockets"})
            connection.close()
        self._connections.append(connection)
        self.opened += 1
        connection.send(self._hello(app))
        self._world.revision.bump()
        writing = asyncio.create_task(connection.write(), name="sandbox: socket mode")
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    self._take(frame.data)
        finally:
            self._connections.remove(connection)
            self._world.revision.bump()
            writing.cancel()
            await asyncio.wait({writing})
        return socket

    def _hello(self, app: App) -> Json:
        return {
            "type": "hello",
            "num_connections": self.connections(app),
            "debug_info": {
                "host": "sandbox",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": app.id},
        }

    def _take(self, text: str) -> None:
        """An acknowledgement; whatever else comes is passed over, as Slack does."""
        try:
            said = json.loads(text)
        except ValueError:
            return
        if not isinstance(said, dict):
            return
        answer = cast("Json", said)
        envelope, acknowledged = self._waiting_for.get(str(answer.get("envelope_id")), (None, None))
        if envelope is None or acknowledged is None:
            return
        envelope.is_acknowledged = True
        envelope.answer = answer.get("payload")
        acknowledged.set()
        self._world.revision.bump()

    def _deliver(self, envelope: Envelope) -> None:
        task = asyncio.create_task(self._keep_delivering(envelope), name="sandbox: envelope")
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)

    async def _keep_delivering(self, envelope: Envelope) -> None:
        pauses = self._repeat_pauses if envelope.kind == "events_api" else ()
        if not await self._try(envelope):
            for pause in pauses:
                await asyncio.sleep(pause)
                if await self._try(envelope):
                    break
        envelope.has_failed = not envelope.is_acknowledged
        self._world.revision.bump()

    async def _try(self, envelope: Envelope) -> bool:
        """Send once and wait for the acknowledgement; whether it came."""
        envelope.tries += 1
        connection = next((found for found in self._connections if found.app is envelope.app), None)
        if connection is None:
            return False
        acknowledged = asyncio.Event()
        self._waiting_for[envelope.id] = (envelope, acknowledged)
        connection.send(envelope.as_json())
        try:
            async with asyncio.timeout(self._patience):
                await acknowledged.wait()
        except TimeoutError:
            return False
        finally:
            del self._waiting_for[envelope.id]
        return True

    def _put_out(self, app: App) -> None:
        if app.app_token is None:
            for connection in self._connections:
                if connection.app is app:
                    connection.send({"type": "disconnect", "reason": "link_disabled"})
                    connection.close()


def check_app_token(world: SlackWorld, token: str) -> App:
    """
    The app that an app-level token belongs to.

    Raises:
        RefusedError: it belongs to none, or is a token of another kind.
    """
    app = next((app for app in world.apps if app.app_token == token), None)
    if app is not None:
        return app
    raise refused("not_allowed_token_type" if token.startswith("xoxb-") else "invalid_auth")
