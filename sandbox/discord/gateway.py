"""
The local Discord's gateway: WebSockets that tell bots what happens, v10, JSON, zlib-stream.

A connection says HELLO and wants an IDENTIFY or a RESUME; a session outlives its connection, so
that what was missed is told again after a RESUME. Wrong behaviour is answered with the close codes
of Discord's page Opcodes and Status Codes.
"""

import asyncio
import json
import math
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

from aiohttp import WSMsgType, web

from sandbox.discord.errors import Json
from sandbox.discord.limits import DiscordLimits
from sandbox.discord.model import Application
from sandbox.discord.sessions import GUILDS, Close, CloseConnectionError, Connection, Op, Session
from sandbox.discord.world import DiscordWorld, Event
from sandbox.faults import Faults
from sandbox.loopback import meet

PATH = "/gateway"
HEARTBEAT_MS = 41_250
_MAX_PAYLOAD = 4096  # bytes from a bot
_KNOWN_INTENTS = (1 << 26) - 1
_PRIVILEGED = (1 << 1) | (1 << 8) | (1 << 15)  # members, presences, message content


class Gateway:
    """All connections and sessions. `heartbeat_ms`: what HELLO asks for."""

    def __init__(
        self,
        *,
        world: DiscordWorld,
        faults: Faults,
        limits: DiscordLimits,
        url: Callable[[], str],
        heartbeat_ms: int = HEARTBEAT_MS,
    ) -> None:
        self._world = world
        self._faults = faults
        self._limits = limits
        self._url = url
        self._heartbeat_ms = heartbeat_ms
        self._connections: set[Connection] = set()
        self._identified_at = -math.inf
        self._logins: dict[str, int] = {}
        self._handlers: dict[int, Callable[[Connection, Any], None]] = {
            Op.HEARTBEAT: self._heartbeat,
            Op.IDENTIFY: self._identify,
            Op.RESUME: self._resume,
            Op.PRESENCE: _nothing,
            Op.VOICE_STATE: _nothing,
            Op.REQUEST_MEMBERS: _nothing,
        }
        self.sessions: dict[str, Session] = {}
        self.resumed = 0
        world.listeners.append(self._hear)

    def logins_left(self, application: Application) -> int:
        """How often a bot may still log in today."""
        return self._limits.identifies_a_day - self._logins.get(application.id, 0)

    def count_logins(self, application: Application, logins: int) -> None:
        """Note logins of a bot that were made today."""
        self._logins[application.id] = self._logins.get(application.id, 0) + logins

    @property
    def connected(self) -> list[Session]:
        """The sessions that have a connection now."""
        return [session for session in self.sessions.values() if session.connection is not None]

    def go_deaf(self) -> None:
        """Hear nothing more on the connections there are, not even that they are being closed."""
        for connection in self._connections:
            connection.go_deaf()

    def close_connections(self, code: int) -> None:
        """Close every connection with a code; the sessions stay."""
        for connection in self._connections:
            connection.close(code)

    def ask_to_reconnect(self) -> None:
        """Ask every bot to connect anew and resume, as Discord does when it moves a bot."""
        for connection in self._connections:
            connection.send({"op": int(Op.RECONNECT), "d": None})

    def invalidate_sessions(self) -> None:
        """Forget every session: the bots must log in anew."""
        self.sessions.clear()
        for connection in self._connections:
            connection.send({"op": int(Op.INVALID_SESSION), "d": False})

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, from its first to its last byte."""
        return await meet(request, self._faults.take("GATEWAY"), self._serve)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoping=True, max_msg_size=_MAX_PAYLOAD + 1)
        await socket.prepare(request)
        is_packed = request.query.get("compress") == "zlib-stream"
        connection = Connection(socket, request.transport, limits=self._limits, is_packed=is_packed)
        self._connections.add(connection)
        writing = asyncio.create_task(connection.write(), name="sandbox: gateway")
        try:
            if request.query.get("v") != "10" or request.query.get("encoding") != "json":
                connection.close(Close.INVALID_VERSION)
            else:
                hello = {"heartbeat_interval": self._heartbeat_ms}
                connection.send({"op": int(Op.HELLO), "d": hello})
            await self._read(socket, connection)
        finally:
            self._connections.discard(connection)
            if connection.session is not None and connection.session.connection is connection:
                connection.session.connection = None
            self._world.revision.bump()
            writing.cancel()
            await asyncio.wait({writing})
        return socket

    async def _read(self, socket: web.WebSocketResponse, connection: Connection) -> None:
        patience = self._heartbeat_ms / 1000 * 1.5
        while not socket.closed:
            try:
                async with asyncio.timeout(patience):
                    frame = await socket.receive()
            except TimeoutError:
                connection.close(Close.SESSION_TIMED_OUT)
                await socket.receive()
                return
            if frame.type is not WSMsgType.TEXT:
                return
            try:
                connection.admit()
                self._obey(connection, frame.data)
            except CloseConnectionError as error:
                connection.close(error.code)

    def _obey(self, connection: Connection, text: str) -> None:
        try:
            payload = json.loads(text)
        except ValueError as error:
            raise CloseConnectionError(Close.DECODE_ERROR) from error
        if not isinstance(payload, dict) or len(text.encode()) > _MAX_PAYLOAD:
            raise CloseConnectionError(Close.DECODE_ERROR)
        message = cast("Json", payload)
        handler = self._handlers.get(message.get("op", -1))
        if handler is None:
            raise CloseConnectionError(Close.UNKNOWN_OPCODE)
        if handler is _nothing and connection.session is None:
            raise CloseConnectionError(Close.NOT_AUTHENTICATED)
        handler(connection, message.get("d"))

    def _heartbeat(self, connection: Connection, _: Any) -> None:
        connection.send({"op": int(Op.HEARTBEAT_ACK)})

    def _identify(self, connection: Connection, data: Any) -> None:
        if connection.session is not None:
            raise CloseConnectionError(Close.ALREADY_AUTHENTICATED)
        application = self._world.find_application(data.get("token") or "")
        if application is None:
            raise CloseConnectionError(Close.AUTHENTICATION_FAILED)
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & ~_KNOWN_INTENTS or "properties" not in data:
            raise CloseConnectionError(Close.INVALID_INTENTS)
        if intents & _PRIVILEGED:
            raise CloseConnectionError(Close.DISALLOWED_INTENTS)
        shard = data.get("shard", [0, 1])
        if shard != [0, 1]:
            raise CloseConnectionError(Close.INVALID_SHARD)
        now = time.monotonic()
        if now - self._identified_at < self._limits.identify_pause:
            connection.send({"op": int(Op.INVALID_SESSION), "d": False})
            return
        self._identified_at = now
        self.count_logins(application, 1)
        session = Session(secrets.token_hex(16), application, intents)
        self._attach(session, connection)
        self._greet(session, shard)

    def _greet(self, session: Session, shard: list[int]) -> None:
        bot = session.application.user
        guilds = [guild for guild in self._world.guilds.values() if bot.id in guild.members]
        ready: Json = {
            "v": 10,
            "user": bot.as_json() | {"verified": True, "mfa_enabled": False},
            "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self._url(),
            "shard": shard,
            "application": {"id": session.application.id, "flags": 0},
        }
        session.tell("READY", ready)
        if session.intents & GUILDS:
            for guild in guilds:
                session.tell("GUILD_CREATE", guild.create_json(bot))
        self._world.revision.bump()

    def _resume(self, connection: Connection, data: Any) -> None:
        if connection.session is not None:
            raise CloseConnectionError(Close.ALREADY_AUTHENTICATED)
        application = self._world.find_application(data.get("token") or "")
        if application is None:
            raise CloseConnectionError(Close.AUTHENTICATION_FAILED)
        session = self.sessions.get(data.get("session_id") or "")
        seen = data.get("seq")
        if session is None or session.application is not application:
            connection.send({"op": int(Op.INVALID_SESSION), "d": False})
            return
        if not isinstance(seen, int) or seen > session.sequence:
            raise CloseConnectionError(Close.INVALID_SEQUENCE)
        for missed in _since(session, seen):
            connection.send(missed)
        self._attach(session, connection)
        session.tell("RESUMED", {})
        self.resumed += 1
        self._world.revision.bump()

    def _attach(self, session: Session, connection: Connection) -> None:
        session.connection, connection.session = connection, session
        self.sessions[session.id] = session

    def _hear(self, event: Event) -> None:
        for session in list(self.sessions.values()):
            if event.name == "TOKEN_CHANGED":
                if session.application is event.application:
                    self._put_out(session)
            elif session.wants(event):
                session.tell(event.name, event.data)

    def _put_out(self, session: Session) -> None:
        del self.sessions[session.id]
        if session.connection is not None:
            session.connection.close(Close.AUTHENTICATION_FAILED)


def _since(session: Session, seen: int) -> Iterator[Json]:
    return (payload for payload in session.told if payload["s"] > seen)


def _nothing(connection: Connection, data: Any) -> None:
    """What a bot may say without anything coming of it here."""
