"""
A broadcast against Telegram's limits, and how long people wait for `/my` meanwhile.

`python -m bench.broadcast [--recipients N] [--rate R]` starts a private MariaDB, the local
Telegram, which enforces its limits and answers 429 beyond them, and the daemon as a process. It
asks `/my` once in a while, first with an idle queue and then during a notice to everyone, and
prints the share of the allowed rate that was used, the 429s, the waits, and the daemon's memory.
With a rate above 30 the broadcast is a paid one.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, create_engine, text

from sandbox.telegram import TelegramServer, TelegramWorld
from sandbox.telegram.limits import FloodLimits
from tests.databases import PrivateMariaDB

ROOT = Path(__file__).parents[1]
TOKEN = "123456789:AAF-token-of-the-benchmark-000000001"
FIRST_PERSON = 10_000
ASKERS = 40  # bound people who ask `/my`, one after the other
IDLE_ASKS = 60
PAUSE = 0.5  # seconds between two asks


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--recipients", type=int, default=10_000)
    options.add_argument("--rate", type=int, default=30)
    options.add_argument("--quiet", action="store_true", help="nobody asks meanwhile")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        server = PrivateMariaDB(Path(directory))
        try:
            server.install()
            server.start()
            asyncio.run(_measure(server, asked.recipients, asked.rate, quiet=asked.quiet))
        finally:
            server.close()


async def _measure(server: PrivateMariaDB, recipients: int, rate: int, *, quiet: bool) -> None:
    url = server.url(server.create_panel())
    engine = create_engine(url.replace("aiomysql", "pymysql"), isolation_level="AUTOCOMMIT")
    _fill(engine, recipients)
    world = TelegramWorld()
    bot = world.add_bot(TOKEN, "bench_bot", "Bench")
    for number in range(1, recipients + 1):
        person = world.add_person(FIRST_PERSON + number, "x", language_code="zh-hans")
        bot.known_to.add(person.id)
        world.state.open_private_chat(bot, person)
    async with AsyncExitStack() as opened:
        telegram = await opened.enter_async_context(TelegramServer(world, limits=FloodLimits()))
        daemon = await _start_daemon(url, telegram.url, rate)
        try:
            asking = _Asking(world, bot.id)
            await asking.once(seconds=60)
            idle = [await asking.once() for _ in range(IDLE_ASKS)]
            print(f"/my with an idle queue: {_said(idle)}; daemon {_megabytes(daemon.pid)} MB")
            refused = telegram.flood.refused if telegram.flood else 0
            await _put_into_queue(url)
            waits: list[float] = []
            most = 0
            while _unsent(engine, recipients):
                if not quiet:
                    waits.append(await asking.once())
                most = max(most, _megabytes(daemon.pid))
                await asyncio.sleep(PAUSE)
            print(f"{recipients:,} recipients, daemon {most} MB at most")
            # The log keeps the latest calls of all kinds: the beginning of a long run is not in it.
            _tell_rate(
                [call.at for call in telegram.calls.of("sendMessage")][IDLE_ASKS + 1 :], rate
            )
            print(f"429s: {(telegram.flood.refused if telegram.flood else 0) - refused}")
            if waits:
                print(f"/my meanwhile: {_said(waits)}")
        finally:
            daemon.terminate()
            await daemon.wait()
    engine.dispose()


def _fill(engine: Engine, recipients: int) -> None:
    with engine.connect() as connection:
        connection.execute(
            text(
                "INSERT INTO user (user_name, email, pass, passwd, uuid, api_token, port, im_type,"
                " im_value, contact_method) SELECT seq, CONCAT(seq, '@example.com'), '', seq,"
                f" UUID(), seq, 1, 4, seq + {FIRST_PERSON}, 2 FROM seq_1_to_{recipients}"
            )
        )
        connection.execute(text("DELETE FROM config"))
        connection.execute(
            text("INSERT INTO config (item, value, type) VALUES ('telegram_token', :it, 'string')"),
            {"it": TOKEN},
        )


async def _start_daemon(url: str, telegram_url: str, rate: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "run.py"),
        cwd=ROOT,
        env={
            **os.environ,
            "SSPANEL_IM_DATABASE_URL": url,
            "SSPANEL_IM_TELEGRAM_API_URL": telegram_url,
            "SSPANEL_IM_TELEGRAM_RATE": str(rate),
            "SSPANEL_IM_TELEGRAM_PAID_BROADCAST": "true" if rate > 30 else "false",
            "SSPANEL_IM_SITE_URL": "https://site.example",
            "SSPANEL_IM_LISTEN": "",
        },
        stderr=asyncio.subprocess.DEVNULL,
    )


async def _put_into_queue(url: str) -> None:
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "run.py", "notify", "everyone", "--title", "Title", "--text", "Text"),
        cwd=ROOT,
        env={**os.environ, "SSPANEL_IM_DATABASE_URL": url},
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await command.wait() == 0


class _Asking:
    """Asks `/my` as one person after the other."""

    def __init__(self, world: TelegramWorld, bot_id: int) -> None:
        self._world = world
        self._bot_id = bot_id
        self._turn = 0

    async def once(self, *, seconds: float = 30) -> float:
        self._turn += 1
        person = FIRST_PERSON + 1 + self._turn % ASKERS
        began = time.perf_counter()
        written = self._world.write(person, person, "/my")
        await self._world.wait_for(
            person,
            lambda message: (
                message.sender is not None
                and message.sender.id == self._bot_id
                and "Title" not in message.text
            ),
            after=written.id,
            seconds=seconds,
        )
        return time.perf_counter() - began


def _unsent(engine: Engine, recipients: int) -> bool:
    with engine.connect() as connection:
        sent = connection.execute(
            text("SELECT COUNT(*) FROM im_deliveries WHERE notice_id = 1 AND state = 'sent'")
        )
        return sent.scalar() != recipients


def _tell_rate(sent_at: Sequence[datetime], rate: int) -> None:
    """How much of the rate was used, from the first message to the last, answers included."""
    spent = (sent_at[-1] - sent_at[0]).total_seconds()
    used = (len(sent_at) - 1) / spent
    print(f"{used:.2f} messages/s of {rate} allowed: {used / rate:.1%}, in {spent:.1f} s")


def _said(waits: Sequence[float]) -> str:
    cuts = statistics.quantiles(waits, n=100)
    return f"{len(waits)} times, p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms"


def _megabytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1024
    return 0


if __name__ == "__main__":
    main()
