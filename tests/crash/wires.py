"""
What runs between a daemon and the rest: TCP connections that can be listened to and cut.
"""

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto

from tests.crash.far_side import DISCORD, SLACK, TELEGRAM

_MARK = re.compile(rb"\bn(\d+)q\b")
_REQUEST = b"POST "
_TARGETS = {
    TELEGRAM: re.compile(rb'"chat_id":\s*"?(-?\d+)'),
    DISCORD: re.compile(rb"/channels/(\d+)/messages"),
    SLACK: re.compile(rb'channel"?[=:]\s*"?([A-Z0-9]+)'),
}
_KEPT = 65536  # bytes of what was said before


class Line(Enum):
    """How a wire is."""

    WHOLE = auto()
    BROKEN = auto()  # connections break and are refused
    SILENT = auto()  # connections stay, and nothing comes through in either direction


class Wire:
    """Carries connections to a port. `heard`: told what goes there, for each connection."""

    def __init__(
        self, port: int, *, heard: Callable[[], Callable[[bytes], None]] | None = None
    ) -> None:
        self._target_port = port
        self._heard = heard
        self._line = Line.WHOLE
        self._last_words: bytes | None = None
        self._whole = asyncio.Event()
        self._whole.set()
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0

    def cut(self, how: Line) -> None:
        """Let nothing through from now on."""
        self._line = how
        self._whole.clear()
        if how is Line.BROKEN:
            for each in self._connections:
                each.cancel()

    def fall_silent_at(self, statement: str) -> None:
        """Let nothing through any more once something like this has been said and passed on."""
        self._last_words = statement.encode()

    @property
    def is_whole(self) -> bool:
        return self._line is Line.WHOLE

    def mend(self) -> None:
        """Let through again, what was held back as well."""
        self._line, self._last_words = Line.WHOLE, None
        self._whole.set()

    def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            if self._line is Line.BROKEN:
                return
            await self._whole.wait()
            upstream, server = await asyncio.open_connection("127.0.0.1", self._target_port)
            ends.append(server)
            hear = self._heard() if self._heard is not None else None
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, server, hear or self._nothing))
                group.create_task(self._pump(upstream, writer, None))
        except* (ConnectionError, EOFError):
            pass
        finally:
            for end in ends:
                end.transport.abort()

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        hear: Callable[[bytes], None] | None,
    ) -> None:
        while data := await self._read(reader):
            if hear is not None:
                hear(data)
            writer.write(data)
            await writer.drain()
            if hear is not None and self._last_words is not None and self._last_words in data:
                self.cut(Line.SILENT)
        raise EOFError

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        """What is said next, nothing at the end; a silent line does not even tell the end."""
        try:
            data = await reader.read(65536)
        except ConnectionError:
            data = b""
        await self._whole.wait()
        return data

    def _nothing(self, _data: bytes) -> None:
        """Nobody listens."""

    async def close(self) -> None:
        for each in list(self._connections):
            each.cancel()
        if self._connections:
            await asyncio.wait(list(self._connections))


@asynccontextmanager
async def wire(
    port: int, *, heard: Callable[[], Callable[[bytes], None]] | None = None
) -> AsyncIterator[Wire]:
    """A wire to a port of loopback; its connections end with it."""
    made = Wire(port, heard=heard)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await made.close()
        with suppress(asyncio.CancelledError):
            await server.wait_closed()


@dataclass(frozen=True, slots=True)
class Said:
    """A daemon sent a message. `to`: as the request names it. `at`: seconds since 1970."""

    daemon: str
    platform: str
    to: str
    mark: int
    at: float


@dataclass
class Ear:
    """
    Hears which messages a daemon sends to a platform.

    `times`: when each of them was sent, by what the request names and the mark.
    """

    daemon: str
    platform: str
    said: list[Said] = field(default_factory=list)
    times: dict[tuple[str, int], list[float]] = field(default_factory=lambda: defaultdict(list))

    def __call__(self) -> Callable[[bytes], None]:
        """Something that hears one connection."""
        pattern, pending, to = _TARGETS[self.platform], b"", ""
        heard = set[tuple[str, int]]()  # a request may name its mark twice

        def hear(data: bytes) -> None:
            nonlocal pending, to
            if _REQUEST in data:
                heard.clear()
            pending += data
            while found := _MARK.search(pending):
                targets = pattern.findall(pending, 0, found.end())
                to = targets[-1].decode() if targets else to
                self._note((to, int(found[1])), heard)
                pending = pending[found.end() :]
            pending = pending[-_KEPT:]

        return hear

    def _note(self, this: tuple[str, int], heard: set[tuple[str, int]]) -> None:
        if this not in heard:
            heard.add(this)
            self.times[this].append(time.time())
            self.said.append(Said(self.daemon, self.platform, *this, time.time()))
