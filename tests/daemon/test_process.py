"""
The daemon as an operator starts and stops it: a process of its own.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.conftest import SetConfig
from tests.patience import fair_time
from tests.telegram.conftest import (
    BOUND,
    TOKEN,
    Chatting,
    account_id,
    chatting,
    site_settings,
    world,
)

__all__ = ["account_id", "chatting", "site_settings", "world"]

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


async def _start(*arguments: str, **settings: Any) -> asyncio.subprocess.Process:
    environment = {key: value for key, value in os.environ.items() if "SSPANEL" not in key}
    environment |= {f"SSPANEL_IM_{name.upper()}": str(value) for name, value in settings.items()}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "run.py", *arguments),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def _daemon(panel_url: str, chatting: Chatting) -> AsyncIterator[tuple[Any, str]]:
    address = f"127.0.0.1:{_free_port()}"
    process = await _start(
        database_url=panel_url,
        telegram_api_url=chatting.server.url,
        site_url="https://site.example",
        listen=address,
    )
    try:
        yield process, f"http://{address}"
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _ready(url: str) -> dict[str, Any]:
    """
    What `/readyz` says once Telegram's bot is running.
    """
    async with asyncio.timeout(60), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"{url}/readyz") as response:
                    readiness = await response.json()
                    if readiness["bots"]["telegram"]["state"] == "running":
                        return readiness
            except aiohttp.ClientConnectorError:
                pass
            await asyncio.sleep(0.05)


async def test_sigterm_ends_an_idle_daemon_with_0(
    panel_url: str, chatting: Chatting, site_settings: SetConfig
):
    """
    SIGTERM ends the daemon within five seconds and with exit status 0, and no traceback is left.
    """
    async with _daemon(panel_url, chatting) as (process, url):
        readiness = await _ready(url)
        began = fair_time()
        process.send_signal(signal.SIGTERM)

        async with asyncio.timeout(30):
            _, log = await process.communicate()
        took = fair_time() - began

    assert took < 5
    assert process.returncode == 0
    assert readiness["status"] == "ready"
    assert "Traceback" not in log.decode()
    assert TOKEN not in log.decode()
    for line in log.decode().splitlines():
        assert {"timestamp", "level", "event"} <= json.loads(line).keys()


async def test_what_was_asked_before_kill_9_is_answered_after_it(
    panel_url: str, chatting: Chatting, site_settings: SetConfig, account_id: int
):
    """
    A daemon that is killed at any instant loses no update: the next one answers it.
    """
    async with _daemon(panel_url, chatting) as (process, url):
        await _ready(url)
        asked = [chatting.world.write(BOUND, BOUND, "/ping") for _ in range(3)]
        process.kill()
        await process.wait()

    async with _daemon(panel_url, chatting) as (_, url):
        await _ready(url)

        answers = await chatting.world.wait_until(
            lambda: (
                [
                    message
                    for message in chatting.world.messages(BOUND)
                    if chatting.is_from_bot(message)
                ][len(asked) - 1 :]
                or None
            ),
            seconds=60,
        )

    assert answers


async def test_mistakes_are_one_line_each(chatting: Chatting, panel_url: str):
    """
    A mistake in a setting ends the start with a line that names it, and exit status 2.
    """
    process = await _start("run", database_url=panel_url, listen="nowhere", telegram_rate="many")

    async with asyncio.timeout(60):
        _, told = await process.communicate()

    lines = told.decode().splitlines()
    assert process.returncode == 2
    assert sorted(line.split()[0] for line in lines) == ["listen", "telegram_rate"]


async def test_send_says_what_the_platform_answered(
    panel_url: str, chatting: Chatting, site_settings: SetConfig
):
    """
    `send` delivers at once; a target that cannot be reached is told in a line, with exit status 1.
    """
    chatting.world.start_bot(BOUND)
    settings = {"database_url": panel_url, "telegram_api_url": chatting.server.url}

    sent = await _start("send", "telegram", str(BOUND), "hello <b>", "--json", **settings)
    refused = await _start("send", "telegram", "42", "hello", **settings)

    async with asyncio.timeout(90):
        output, _ = await sent.communicate()
        _, told = await refused.communicate()
    assert (sent.returncode, json.loads(output)["ok"]) == (0, True)
    assert chatting.world.messages(BOUND)[-1].text == "hello <b>"
    assert refused.returncode == 1
    assert told.decode().count("\n") == 1
    assert "chat not found" in told.decode()
