"""
A TCP proxy before MariaDB that cuts a connection at a chosen statement.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto


class Cut(Enum):
    """What happens to the statement at which the connection is cut."""

    BEFORE = auto()  # the server never sees it
    AFTER = auto()  # the server does it, its answer is lost
    SILENT = auto()  # the server does it, and nothing is heard any more


class CuttingProxy:
    """Passes everything on until a packet holds `self.at`; then cuts as often as `self.times`."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.at: bytes | None = None
        self.how = Cut.AFTER
        self.times = 1

    def cut(self, at: str, how: Cut, *, times: int = 1) -> None:
        self.at, self.how, self.times = at.encode(), how, times

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, server = await asyncio.open_connection("127.0.0.1", self._target_port)
        deaf = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._to_server(reader, server, deaf))
                group.create_task(self._to_client(upstream, writer, deaf))
        except* (ConnectionError, EOFError):
            pass
        finally:
            for end in (writer, server):
                end.close()
                with suppress(ConnectionError):
                    await end.wait_closed()

    async def _to_server(self, reader, server, deaf: asyncio.Event) -> None:
        while data := await reader.read(65536):
            if self.at is not None and self.times and self.at in data:
                self.times -= 1
                if self.how is Cut.BEFORE:
                    raise ConnectionError
                deaf.set()
                server.write(data)
                if self.how is Cut.AFTER:
                    await asyncio.sleep(0.1)  # the server's time to do it
                    raise ConnectionError
                continue
            server.write(data)
            await server.drain()
        raise EOFError

    async def _to_client(self, upstream, writer, deaf: asyncio.Event) -> None:
        while data := await upstream.read(65536):
            if not deaf.is_set():
                writer.write(data)
                await writer.drain()
        raise EOFError


@asynccontextmanager
async def cutting_proxy(target_port: int) -> AsyncIterator[CuttingProxy]:
    """A running proxy; its connections end with it."""
    proxy = CuttingProxy(target_port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await server.wait_closed()
