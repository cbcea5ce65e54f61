"""
A TCP port that leads to one node of a cluster, as an operator's balancer in front of it does.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Door:
    """
    Carries connections to a port that can be changed: those that are open then are cut.

    `port`: where it listens itself.
    """

    def __init__(self, leads_to: int) -> None:
        self._leads_to = leads_to
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0

    def lead_to(self, port: int) -> None:
        """Let everybody come in at another port from now on."""
        if port != self._leads_to:
            self._leads_to = port
            self._cut()

    def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry a new connection."""
        task = asyncio.create_task(self._carry(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def close(self) -> None:
        """Cut all connections."""
        self._cut()
        if self._connections:
            await asyncio.wait(self._connections)

    def _cut(self) -> None:
        for connection in self._connections:
            connection.cancel()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            node_reader, node_writer = await asyncio.open_connection("127.0.0.1", self._leads_to)
            ends.append(node_writer)
            async with asyncio.TaskGroup() as both_ways:
                both_ways.create_task(_pump(reader, node_writer))
                both_ways.create_task(_pump(node_reader, writer))
        except* OSError:
            pass
        finally:
            for end in ends:
                end.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    raise ConnectionResetError  # so that the other way ends as well


@asynccontextmanager
async def open_door(leads_to: int) -> AsyncIterator[Door]:
    """A door on loopback, closed with the context."""
    door = Door(leads_to)
    server = await asyncio.start_server(door.enter, "127.0.0.1", 0)
    door.port = server.sockets[0].getsockname()[1]
    try:
        yield door
    finally:
        server.close()
        await door.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await server.wait_closed()
