"""
How long a person waits for `/my`, and how many statements each command takes, on a large panel.

`python -m bench.answers [--users N]` starts a private MariaDB, fills it, runs the daemon as a
process against the local Telegram and asks. Times are from the person's message to the bot's.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from sandbox.telegram import TelegramServer, TelegramWorld
from tests.databases import PrivateMariaDB

ROOT = Path(__file__).parents[1]
TOKEN = "123456789:AAF-token-of-the-benchmark-000000001"
PERSON = 501
FIRST_PERSON, ASKED = 10_000, 1000


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--users", type=int, default=200_000)
    users = options.parse_args().users
    with tempfile.TemporaryDirectory() as directory:
        server = PrivateMariaDB(Path(directory))
        try:
            server.install()
            server.start()
            asyncio.run(_measure(server, users))
        finally:
            server.close()


async def _measure(server: PrivateMariaDB, users: int) -> None:
    url = server.url(server.create_panel(real_schema=(ROOT.parent / "shared").is_dir()))
    filling = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox.panel", "--users", str(users), "--database-url", url),
        cwd=ROOT,
    )
    assert await filling.wait() == 0
    engine = create_engine(url.replace("aiomysql", "pymysql"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(
            text("UPDATE user SET im_type = 4, im_value = :it WHERE id = :id"),
            {"it": str(PERSON), "id": users // 2},
        )
        connection.execute(
            text(
                "UPDATE user SET im_type = 4, im_value = CONCAT(:first + id)"
                " WHERE id BETWEEN 1000 AND 1000 + :count"
            ),
            {"first": FIRST_PERSON - 1000, "count": ASKED},
        )
        connection.execute(text("DELETE FROM config"))
        for item, value in {"telegram_token": TOKEN, "enable_checkin": "1"}.items():
            connection.execute(
                text("INSERT INTO config (item, value, type) VALUES (:item, :value, 'string')"),
                {"item": item, "value": value},
            )
        async with AsyncExitStack() as opened:
            world = TelegramWorld()
            bot = world.add_bot(TOKEN, "bench_bot", "Bench")
            world.add_person(PERSON, "小明", language_code="zh-hans")
            telegram = await opened.enter_async_context(TelegramServer(world))
            daemon = await asyncio.create_subprocess_exec(
                *(sys.executable, "run.py"),
                cwd=ROOT,
                env={
                    **os.environ,
                    "SSPANEL_IM_DATABASE_URL": url,
                    "SSPANEL_IM_TELEGRAM_API_URL": telegram.url,
                    "SSPANEL_IM_TELEGRAM_RATE": "30",
                    "SSPANEL_IM_SITE_URL": "https://site.example",
                    "SSPANEL_IM_SETTINGS_INTERVAL": "60",
                    "SSPANEL_IM_LISTEN": "",
                },
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                await _ask(world, bot.id, "/start", seconds=60)
                await asyncio.sleep(5)
                for command in ("/my", "/my", "/checkin", "/menu"):
                    before = _questions(connection)
                    seconds = await _ask(world, bot.id, command)
                    statements = _questions(connection) - before - 1
                    print(f"{command}: {statements} statements, {seconds * 1000:.1f} ms")
                await _distribution(world, bot.id)
            finally:
                daemon.terminate()
                await daemon.wait()
    engine.dispose()


async def _distribution(world: TelegramWorld, bot_id: int) -> None:
    waits: list[float] = []
    for number in range(ASKED):
        person = world.add_person(FIRST_PERSON + number, "x", language_code="zh-hans")
        waits.append(await _ask(world, bot_id, "/my", person=person.id))
    cuts = statistics.quantiles(waits, n=100)
    print(f"{len(waits)} × /my, one after another, of as many people:", end=" ")
    print(f"p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms")


async def _ask(
    world: TelegramWorld, bot_id: int, command: str, *, person: int = PERSON, seconds: float = 20
) -> float:
    began = time.perf_counter()
    written = world.write(person, person, command)
    await world.wait_for(
        person,
        lambda message: message.sender is not None and message.sender.id == bot_id,
        after=written.id,
        seconds=seconds,
    )
    return time.perf_counter() - began


def _questions(connection: Any) -> int:
    return int(connection.execute(text("SHOW GLOBAL STATUS LIKE 'Questions'")).one()[1])


if __name__ == "__main__":
    main()
