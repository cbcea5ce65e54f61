"""
The guard of one platform's bot: runs it as the live settings ask, and keeps its state.

A bot is started with credentials and ends with them: when they change it is closed and another is
started, when they are taken away it stays off, when they are refused or the platform is away it is
tried again with growing pauses, at once when the setting changes. State and reason are told to the
log once a change, not once a try.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress

import structlog

from config_store.live_settings import LiveSettings
from core.platform import (
    Bot,
    BotState,
    Connector,
    Credentials,
    CredentialsRefusedError,
    Off,
    Platform,
    PlatformName,
    PlatformUnreachableError,
)
from core.supervision import first_of, growing_pauses

log = structlog.get_logger(__name__)

_STEADY = 60.0  # seconds of running after which the next failure is a new one
_STOPPING = 12.0  # seconds for a bot to end by itself: 10 for its answers and some to close


class BotGuard:
    """Runs the bot of one platform. `state` and `detail` are what `/readyz` shows."""

    def __init__(self, *, platform: Platform, settings: LiveSettings) -> None:
        self._platform = platform
        self._settings = settings
        self._loaded: Connector | None = None
        self.state = BotState.STARTING
        self.detail = "waiting for the settings in the database"
        self.bot: Bot | None = None

    @property
    def name(self) -> PlatformName:
        return self._platform.name

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the bot as the settings want it until `stop` is set."""
        pauses = _new_pauses()
        while not stop.is_set():
            wanted = self._wanted()
            if not isinstance(wanted, Credentials):
                if wanted is not None:
                    self.report(BotState.DISABLED, wanted.reason)
                await self._until_unwanted(wanted, stop)
                continue
            began = time.monotonic()
            pause = await self._serve(wanted, stop, pauses)
            if pause is None or time.monotonic() - began > _STEADY:
                pauses = _new_pauses()
            if pause is not None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._until_unwanted(wanted, stop)

    def report(self, state: BotState, detail: str) -> None:
        """Keep a state and tell the log if it is a new one."""
        if (state, detail) == (self.state, self.detail):
            return
        self.state, self.detail = state, detail
        write = log.warning if state is BotState.FAILING else log.info
        write("bot state", platform=self.name.value, state=state.value, detail=detail)

    async def _connector(self) -> Connector:
        if self._loaded is None:  # in a thread: it takes a second or two of the processor
            self._loaded = await asyncio.to_thread(self._platform.load)
        return self._loaded

    def _wanted(self) -> Credentials | Off | None:
        settings = self._settings.current
        return None if settings is None else self._platform.wanted(settings)

    async def _until_unwanted(self, wanted: Credentials | Off | None, stop: asyncio.Event) -> None:
        """Return when the settings ask for something else, or when `stop` is set."""
        while not stop.is_set():
            seen = self._settings.current
            if self._wanted() != wanted:
                return
            await first_of(stop.wait(), self._settings.changed(seen))

    async def _serve(
        self, credentials: Credentials, stop: asyncio.Event, pauses: "_Pauses"
    ) -> float | None:
        """One bot from start to end; the seconds to pause after a failure, None after none."""
        ending = asyncio.Event()
        if self.state is not BotState.FAILING:
            self.report(BotState.STARTING, "connecting")
        async with asyncio.TaskGroup() as tasks:
            attempt = tasks.create_task(self._attempt(credentials, ending, pauses))
            unwanted = tasks.create_task(self._until_unwanted(credentials, stop))
            await asyncio.wait({attempt, unwanted}, return_when=asyncio.FIRST_COMPLETED)
            unwanted.cancel()
            if not attempt.done():
                ending.set()
                if self.bot is None:  # still connecting: nothing is being answered
                    attempt.cancel()
                await asyncio.wait({attempt}, timeout=_STOPPING)
                attempt.cancel()
        return None if attempt.cancelled() else attempt.result()

    async def _attempt(
        self, credentials: Credentials, ending: asyncio.Event, pauses: "_Pauses"
    ) -> float | None:
        try:
            connector = await self._connector()
            async with connector.connect(credentials) as bot:
                self.bot = bot
                await bot.serve(ending, self.report)
        except CredentialsRefusedError as error:
            self.report(BotState.FAILING, str(error))
            return next(pauses.refused)
        except PlatformUnreachableError as error:
            self.report(BotState.FAILING, str(error))
            return max(next(pauses.unreachable), error.retry_after or 0)
        except Exception:
            log.exception("bot crashed", platform=self.name.value)
            self.report(BotState.FAILING, "a fault of this program: see the log")
            return next(pauses.unreachable)
        finally:
            self.bot = None
        return None


class _Pauses:
    """Two runs of growing pauses: a refused token is looked at more rarely than a lost line."""

    def __init__(self, refused: Iterator[float], unreachable: Iterator[float]) -> None:
        self.refused = refused
        self.unreachable = unreachable


def _new_pauses() -> _Pauses:
    return _Pauses(growing_pauses(5.0, 600.0), growing_pauses(1.0, 60.0))
