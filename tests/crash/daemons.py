"""
Daemons as processes that can be killed, stopped and paused.

Each is a fork of a process that has imported the program and its libraries already, since a start
from nothing takes seconds; from there on it is `run.py` with its settings in the environment.
"""

import asyncio
import os
import signal
from collections.abc import Mapping
from multiprocessing import get_context
from pathlib import Path
from typing import Any

_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["run", "bots.telegram.platform", "bots.discord.platform", "bots.slack.platform"]
)


def _run(settings: Mapping[str, str], log: str) -> None:
    """What a daemon's process does."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(output, stream)
    for name in [name for name in os.environ if name.startswith("SSPANEL_IM_")]:
        del os.environ[name]
    os.environ.update({f"SSPANEL_IM_{name.upper()}": value for name, value in settings.items()})
    from run import main  # noqa: PLC0415 - it is there already in the process that this one forks

    raise SystemExit(main([]))


class Daemon:
    """One daemon. `name`: for the reports; `pids`: of all processes that it has been."""

    def __init__(self, name: str, *, settings: Mapping[str, Any], log: Path) -> None:
        self.name = name
        self.log = log
        self.pids: list[int] = []
        self._settings = {key: str(value) for key, value in settings.items()}
        self._process: Any = None
        self._was_ended = False

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def has_crashed(self) -> bool:
        """Whether it has ended without having been told to."""
        return self._process is not None and not self.is_running and not self._was_ended

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_alive()

    async def start(self) -> None:
        assert not self.is_running
        process = _FORKS.Process(target=_run, args=(self._settings, str(self.log)), daemon=True)
        await asyncio.to_thread(process.start)
        self._process, self._was_ended = process, False
        self.pids.append(self.pid)

    def send(self, number: signal.Signals) -> None:
        if self.is_running:
            os.kill(self.pid, number)

    async def kill(self) -> None:
        """End it at once, paused or not, and wait until it is gone."""
        self._was_ended = True
        self.send(signal.SIGKILL)
        await self.ended()

    async def stop(self, seconds: float = 20.0) -> int | None:
        """End it in order; its exit status."""
        self._was_ended = True
        self.send(signal.SIGTERM)
        return await self.ended(seconds)

    async def ended(self, seconds: float = 20.0) -> int | None:
        """Wait for its end; its exit status."""
        if self._process is None:
            return None
        await asyncio.to_thread(self._process.join, seconds)
        if self._process.exitcode is None:
            raise TimeoutError(f"daemon {self.name} has not ended within {seconds:g} s")
        return self._process.exitcode
