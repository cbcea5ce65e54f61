"""
What sending costs: the bare aiogram client against this program's deliveries, in one run.

`python -m bench.sending [--messages N]` starts a minimal Bot API server as a process of its own and
sends to it, 30 calls at once, first with `send_message` of aiogram's client, then through the
platform's sender, in turns. Figures are messages a second and milliseconds of processor a message;
the ratio is that of the medians.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from aiogram import Bot as Client
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bots.telegram.deliveries import TelegramDeliveries
from bots.telegram.session import LeanSession
from core.message import Heading, Message, Paragraph, plain
from core.platform import Posting

TOKEN = "123456789:AAF-token-of-the-benchmark-000000001"
IN_FLIGHT, ROUNDS = 30, 5
TITLE, TEXT = "维护通知", "今晚 23:00 至 23:30 维护，期间节点可能短暂中断。" * 3

Send = Callable[[int], Awaitable[object]]


def main() -> None:
    """Print the figures, or serve (for the process that this program starts)."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=3000, help="a round")
    options.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    asyncio.run(_serve() if given.serve else _measure(given.messages))


async def _measure(messages: int) -> None:
    async with AsyncExitStack() as opened:
        api = TelegramAPIServer.from_base(await _start_server(opened))
        bare_session, lean_session = AiohttpSession(api=api), LeanSession(api=api)
        for session in (bare_session, lean_session):
            opened.push_async_callback(session.close)
        deliveries = TelegramDeliveries(
            client=Client(TOKEN, session=lean_session),
            session=lean_session,
            paid_broadcasts=False,
            unpaid_pacer=None,
        )
        bare = Client(TOKEN, session=bare_session)
        message = Message(blocks=(Heading(plain(TITLE)), Paragraph(plain(TEXT))))
        html = f"<b>{TITLE}</b>\n\n{TEXT}"
        ways: dict[str, Send] = {
            "bare client": lambda chat: bare.send_message(chat, html, parse_mode="HTML"),
            "deliveries": lambda chat: deliveries.send(Posting(target=str(chat), message=message)),
        }
        rates: dict[str, list[float]] = {name: [] for name in ways}
        costs: dict[str, list[float]] = {name: [] for name in ways}
        for each in ways.values():
            await _send_all(each, messages // 10)  # connections, caches
        for _ in range(ROUNDS):
            for name, send in ways.items():
                rate, cost = await _send_all(send, messages)
                rates[name].append(rate)
                costs[name].append(cost)
    for name in ways:
        print(f"{name}: {statistics.median(rates[name]):.0f} messages/s", end=", ")
        print(f"{statistics.median(costs[name]):.3f} ms of processor each")
    bare_rate, ours = (statistics.median(rates[name]) for name in ways)
    print(f"deliveries / bare client: {ours / bare_rate:.2f}")


async def _send_all(send: Send, messages: int) -> tuple[float, float]:
    """Messages a second, and milliseconds of this process's processor time a message."""
    chats = iter(range(1000, 1000 + messages))

    async def worker() -> None:
        for chat in chats:
            await send(chat)

    began, used = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(IN_FLIGHT):
            tasks.create_task(worker())
    used, took = time.process_time() - used, time.perf_counter() - began
    return messages / took, used / messages * 1000


async def _start_server(opened: AsyncExitStack) -> str:
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.sending", "--serve"), stdout=asyncio.subprocess.PIPE
    )

    async def stop() -> None:
        server.terminate()
        await server.wait()

    opened.push_async_callback(stop)
    assert server.stdout is not None
    return (await server.stdout.readline()).decode().strip()


class _BotApi(asyncio.Protocol):
    """Takes any request with a `Content-Length` and gives the same answer to each."""

    def __init__(self) -> None:
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._end()) is not None:
            self._received = self._received[end:]
            assert self._transport is not None
            self._transport.write(ANSWER)

    def _end(self) -> int | None:
        """Where the first request ends, None if it has not come as a whole."""
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return None
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        return len(head) + 4 + length if len(body) >= length else None


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_BotApi, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


_RESULT = (
    b'{"ok":true,"result":{"message_id":42,"from":{"id":123456789,"is_bot":true,"first_name":"Site",'
    b'"username":"site_bot"},"chat":{"id":1000,"first_name":"Ann","type":"private"},'
    b'"date":1790000000,"text":"x","entities":[{"offset":0,"length":1,"type":"bold"}]}}'
)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(_RESULT),
    _RESULT,
)


if __name__ == "__main__":
    main()
