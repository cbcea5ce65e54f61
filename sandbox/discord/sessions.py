"""
What the gateway keeps of a bot: its session, and the connection over which it hears of things.

Numbers are those of Discord's page Opcodes and Status Codes.
"""

import asyncio
import json
import time
import zlib
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum

from aiohttp import web

from sandbox.discord.errors import Json
from sandbox.discord.limits import Budget, DiscordLimits
from sandbox.discord.model import Application, ChannelKind
from sandbox.discord.world import Event

GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES = 1 << 0, 1 << 9, 1 << 12  # intents
_KEPT = 1000  # events of a session that can be told again


class Op(IntEnum):
    """What a payload is about."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE_STATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class Close(IntEnum):
    """Why the gateway closes a connection."""

    UNKNOWN_OPCODE = 4001
    DECODE_ERROR = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    INVALID_SEQUENCE = 4007
    RATE_LIMITED = 4008
    SESSION_TIMED_OUT = 4009
    INVALID_SHARD = 4010
    INVALID_VERSION = 4012
    INVALID_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


class CloseConnectionError(Exception):
    """A bot's behaviour that ends its connection, with the close code that says why."""

    def __init__(self, code: Close) -> None:
        super().__init__(code.name)
        self.code = code


@dataclass(slots=True, eq=False)
class Session:
    """A bot that has logged in. `connection` is None between two connections."""

    id: str
    application: Application
    intents: int
    sequence: int = 0
    told: deque[Json] = field(default_factory=lambda: deque[Json](maxlen=_KEPT))
    connection: "Connection | None" = None

    def wants(self, event: Event) -> bool:
        if event.application is not None:
            return event.application is self.application
        guild = event.guild or (event.channel.guild if event.channel else None)
        if guild is not None and self.application.user.id not in guild.members:
            return False
        if event.channel is None:
            return bool(self.intents & GUILDS)
        if event.channel.kind is ChannelKind.DIRECT:
            is_own = event.channel.owner is self.application
            return is_own and bool(self.intents & DIRECT_MESSAGES)
        return bool(self.intents & GUILD_MESSAGES)

    def tell(self, name: str, data: Json) -> None:
        """Tell the bot an event, now or when it comes back."""
        self.sequence += 1
        payload: Json = {"op": int(Op.DISPATCH), "d": data, "s": self.sequence, "t": name}
        self.told.append(payload)
        if self.connection is not None:
            self.connection.send(payload)


class Connection:
    """One WebSocket of a bot: packs what goes out and keeps to the order in which it was said."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        *,
        limits: DiscordLimits,
        is_packed: bool,
    ) -> None:
        self._socket = socket
        self._transport = transport
        self._packer = zlib.compressobj() if is_packed else None
        self._waiting: asyncio.Queue[Json | int] = asyncio.Queue()
        self._budget = Budget(*limits.gateway_events)
        self.session: Session | None = None

    def send(self, payload: Json) -> None:
        self._waiting.put_nowait(payload)

    def close(self, code: int) -> None:
        """Close after everything that was said before."""
        self._waiting.put_nowait(code)

    def go_deaf(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def admit(self) -> None:
        """
        Raises:
            CloseConnectionError: the bot says too much.
        """
        if self._budget.take(time.monotonic()) is not None:
            raise CloseConnectionError(Close.RATE_LIMITED)

    async def write(self) -> None:
        """Send what waits until the connection is closed."""
        while True:
            payload = await self._waiting.get()
            if isinstance(payload, int):
                await self._socket.close(code=payload, drain=False)
                return
            text = json.dumps(payload)
            if self._packer is None:
                await self._socket.send_str(text)
            else:
                packed = self._packer.compress(text.encode())
                await self._socket.send_bytes(packed + self._packer.flush(zlib.Z_SYNC_FLUSH))
