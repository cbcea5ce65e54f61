"""
Two daemons as processes of their own, and what is done to the one that has the roles.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from config_store.database import Database
from config_store.own.tables import OwnTables
from core.roles import boot_time
from tests.conftest import SetConfig
from tests.databases import free_port
from tests.patience import fair_time
from tests.telegram.conftest import BOUND, Chatting, chatting, site_settings, world

__all__ = ["chatting", "site_settings", "world"]

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)


class Process:
    """A running daemon and what it says of itself."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process = process
        self._url = url

    async def readiness(self) -> dict[str, Any]:
        timeout = aiohttp.ClientTimeout(total=2)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{self._url}/readyz") as response,
        ):
            assert response.status == 200
            return await response.json()

    async def until_bot(
        self, state: str, seconds: float = 60.0, *, clock: Callable[[], float] = boot_time
    ) -> float:
        """Wait for the bot to be in a state; how many seconds of `clock` that took."""
        began = clock()
        async with asyncio.timeout(seconds):
            while True:
                with suppress(aiohttp.ClientError, AssertionError, TimeoutError):
                    if (await self.readiness())["bots"]["telegram"]["state"] == state:
                        return clock() - began
                await asyncio.sleep(0.05)

    async def end(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        async with asyncio.timeout(20):
            await self.process.wait()


@pytest.fixture
def run(panel_url: str, chatting: Chatting, site_settings: SetConfig, own_tables: OwnTables):
    """
    Runs a daemon. Keywords are bootstrap settings.
    """

    @asynccontextmanager
    async def run(tmp_path: Path, **settings: Any) -> AsyncIterator[Process]:
        address = f"127.0.0.1:{free_port()}"
        environment = {key: value for key, value in os.environ.items() if "SSPANEL" not in key}
        for name, value in {
            "database_url": panel_url,
            "telegram_api_url": chatting.server.url,
            "site_url": "https://site.example",
            "listen": address,
            "lease_seconds": 2,
            **settings,
        }.items():
            environment[f"SSPANEL_IM_{name.upper()}"] = str(value)
        with (tmp_path / f"{address}.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "run.py"), cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        try:
            yield Process(process, f"http://{address}")
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    return run


async def answer_to(chatting: Chatting, text: str = "/ping") -> None:
    written = chatting.world.write(BOUND, BOUND, text)
    await chatting.next_answer(BOUND, after=written.id, seconds=60)


async def on_another_host(database: Database, own: OwnTables) -> None:
    """
    Have the daemons that run now look as if nobody here could see whether they live.
    """
    await database.run(lambda it: it.execute(own.daemons.update().values(process="elsewhere")))


async def test_an_orderly_end_hands_over_within_two_seconds(
    run, tmp_path: Path, chatting: Chatting
):
    """
    The standby answers within two seconds of the end of the other.
    """
    async with run(tmp_path, lease_seconds=60) as first:
        await first.until_bot("running")
        async with run(tmp_path, lease_seconds=60) as second:
            await second.until_bot("standby")
            assert (await second.readiness())["status"] == "ready"

            await first.end(signal.SIGTERM)

            assert await second.until_bot("running", clock=fair_time) < 2.0
            assert set((await second.readiness())["roles"].values()) == {"held"}
            await answer_to(chatting)


async def test_a_killed_daemon_on_another_host_is_followed_within_15_seconds(
    run, tmp_path: Path, chatting: Chatting, database: Database, own_tables: OwnTables
):
    """
    With the usual lease of ten seconds, and nobody who could see that the process has ended.
    """
    async with run(tmp_path, lease_seconds=10) as first:
        await first.until_bot("running")
        await on_another_host(database, own_tables)
        async with run(tmp_path, lease_seconds=10) as second:
            await second.until_bot("standby")

            await first.end(signal.SIGKILL)

            began = fair_time()
            assert await second.until_bot("running") > 7.0
            assert fair_time() - began < 15.0
            await answer_to(chatting)


async def test_a_killed_daemon_on_this_host_is_followed_at_once(
    run, tmp_path: Path, chatting: Chatting
):
    """
    The standby sees that the process has ended, and so does the daemon that is started anew.
    """
    usual = {"lease_seconds": 60}
    async with run(tmp_path, **usual) as first:
        await first.until_bot("running")
        async with run(tmp_path, **usual) as second:
            await second.until_bot("standby")

            await first.end(signal.SIGKILL)

            assert await second.until_bot("running", clock=fair_time) < 3.0
            await second.end(signal.SIGKILL)
        async with run(tmp_path, **usual) as third:
            await third.until_bot("running")
            await answer_to(chatting)


async def test_a_stopped_daemon_knows_what_it_has_lost(
    run, tmp_path: Path, chatting: Chatting, database: Database, own_tables: OwnTables
):
    """
    A daemon that was stopped for longer than its lease stands by once it goes on.
    """
    async with run(tmp_path) as first:
        await first.until_bot("running")
        async with run(tmp_path) as second:
            await second.until_bot("standby")

            first.process.send_signal(signal.SIGSTOP)
            assert await second.until_bot("running", clock=fair_time) < 6.0
            await answer_to(chatting)
            first.process.send_signal(signal.SIGCONT)

            await first.until_bot("standby")
            assert set((await first.readiness())["roles"].values()) == {"standby"}
            await second.until_bot("running")
            await answer_to(chatting, "/help")

    answers = [m for m in chatting.world.messages(BOUND) if chatting.is_from_bot(m)]
    assert len(answers) == 2
