"""
The guard of one platform's bot: runs it as the live settings ask while this daemon has the role.

A bot is started with credentials and ends with them: when they change it is closed and another is
started, when they are taken away it stays off, when they are refused or the platform is away it is
tried again with growing pauses, at once when the setting changes. State and reason are told to the
log once a change, not once a try.

While another daemon has the role the bot stands by, its library loaded. A bot whose role is no
longer sure, since the database is away, goes on receiving, until the role is known to be lost or
the platform says that somebody else receives.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
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
    OtherReceiverError,
    Platform,
    PlatformName,
    PlatformUnreachableError,
)
from core.roles import Role, RoleState, Standing
from core.supervision import first_of, growing_pauses

log = structlog.get_logger(__name__)

_STEADY = 60.0  # seconds of running after which the next failure is a new one
_STOPPING = 12.0  # seconds for a bot to end by itself: 10 for its answers and some to close


class BotGuard:
    """Runs the bot of one platform. `state` and `detail` are what `/readyz` shows."""

    def __init__(self, *, platform: Platform, settings: LiveSettings, role: Role) -> None:
        self._platform = platform
        self._settings = settings
        self._role = role
        self._loaded: Connector | None = None
        self._bot: Bot | None = None
        self._next_bot = asyncio.Event()
        self._refusal: asyncio.Future[CredentialsRefusedError] | None = None
        self._rival_in: int | None = None  # the tenure in which another one began to receive
        self.state = BotState.STARTING
        self.detail = "waiting for the settings in the database"

    @property
    def name(self) -> PlatformName:
        return self._platform.name

    @property
    def bot(self) -> Bot | None:
        """The bot that runs now."""
        return self._bot

    async def bot_changed(self, seen: Bot | None) -> Bot | None:
        """Wait until another bot than `seen`, or none any more, runs, and return it."""
        while self._bot is seen:
            await self._next_bot.wait()
        return self._bot

    def refuse_token(self, error: CredentialsRefusedError, *, bot: Bot | None = None) -> None:
        """
        The platform refused the token while something was sent: close the running bot at once.

        `bot`: what it was sent with; if another one runs by now, nothing is done.
        """
        runs = self._bot is not None and bot in (None, self._bot)
        if runs and self._refusal is not None and not self._refusal.done():
            self._refusal.set_result(error)

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the bot as the settings and the role want it until `stop` is set."""
        pauses = _new_pauses()
        while not stop.is_set():
            wanted = self._wanted()
            if not isinstance(wanted, Credentials):
                if wanted is not None:
                    self.report(BotState.DISABLED, wanted.reason)
                await self._until(lambda wanted=wanted: self._wanted() != wanted, stop)
                continue
            if not self._may_run():
                await self._stand_by(wanted, stop)
                continue
            began = time.monotonic()
            pause = await self._serve(wanted, stop, pauses)
            if pause is None or time.monotonic() - began > _STEADY:
                pauses = _new_pauses()
            if pause is not None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._until(lambda wanted=wanted: self._is_over(wanted), stop)

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
            # A library's hundred thousands of objects stay: no collection need look at them again.
            gc.freeze()
        return self._loaded

    def _wanted(self) -> Credentials | Off | None:
        settings = self._settings.current
        return None if settings is None else self._platform.wanted(settings)

    def _may_run(self) -> bool:
        if self._role.is_held:
            return True
        return self._role.state is RoleState.UNSURE and self._rival_in != self._role.epoch

    def _is_over(self, credentials: Credentials) -> bool:
        return self._wanted() != credentials or not self._may_run()

    async def _until(self, condition: Callable[[], bool], stop: asyncio.Event) -> None:
        """Wait for what the settings and the role decide, or until `stop` is set."""
        while not condition() and not stop.is_set():
            await first_of(
                stop.wait(),
                self._settings.changed(self._settings.current),
                self._role.changed(self._role.standing),
            )

    async def _stand_by(self, wanted: Credentials, stop: asyncio.Event) -> None:
        """Be ready to take over, and wait for the role or for other settings."""
        await first_of(stop.wait(), self._connector())
        if stop.is_set() or self._may_run():
            return
        standing = self._role.standing
        self.report(*_why_it_stands_by(standing))
        await self._until(lambda: self._wanted() != wanted or self._role.standing != standing, stop)

    async def _serve(
        self, credentials: Credentials, stop: asyncio.Event, pauses: "_Pauses"
    ) -> float | None:
        """One bot from start to end; the seconds to pause after a failure, None after none."""
        ending = asyncio.Event()
        self._refusal = refusal = asyncio.get_running_loop().create_future()
        if self.state is not BotState.FAILING:
            self.report(BotState.STARTING, "connecting")
        async with asyncio.TaskGroup() as tasks:
            attempt = tasks.create_task(self._attempt(credentials, ending, pauses))
            over = tasks.create_task(self._until(lambda: self._is_over(credentials), stop))
            await asyncio.wait({attempt, over, refusal}, return_when=asyncio.FIRST_COMPLETED)
            over.cancel()
            if refusal.done():
                attempt.cancel()
            elif not attempt.done():
                await self._end(attempt, ending)
        if refusal.done():
            return self._was_refused(refusal.result(), pauses)
        return None if attempt.cancelled() else attempt.result()

    async def _end(self, attempt: asyncio.Task[float | None], ending: asyncio.Event) -> None:
        ending.set()
        if self._bot is None:  # still connecting: nothing is being answered
            attempt.cancel()
        await asyncio.wait({attempt}, timeout=_STOPPING)
        attempt.cancel()

    async def _attempt(
        self, credentials: Credentials, ending: asyncio.Event, pauses: "_Pauses"
    ) -> float | None:
        try:
            connector = await self._connector()
            async with connector.connect(credentials) as bot:
                self._show(bot)
                await bot.serve(ending, self.report)
        except CredentialsRefusedError as error:
            return self._was_refused(error, pauses)
        except PlatformUnreachableError as error:
            return self._was_unreachable(error, pauses)
        except Exception:
            log.exception("bot crashed", platform=self.name.value)
            self.report(BotState.FAILING, "a fault of this program: see the log")
            return next(pauses.unreachable)
        finally:
            self._show(None)
        return None

    def _was_refused(self, error: CredentialsRefusedError, pauses: "_Pauses") -> float:
        self.report(BotState.FAILING, str(error))
        return next(pauses.refused)

    def _was_unreachable(self, error: PlatformUnreachableError, pauses: "_Pauses") -> float | None:
        if isinstance(error, OtherReceiverError) and not self._role.is_held:
            self._rival_in = self._role.epoch
            return None
        self.report(BotState.FAILING, str(error))
        return max(next(pauses.unreachable), error.retry_after or 0)

    def _show(self, bot: Bot | None) -> None:
        self._bot = bot
        self._next_bot.set()
        self._next_bot = asyncio.Event()


def _why_it_stands_by(standing: Standing) -> tuple[BotState, str]:
    if standing.trouble is not None:
        return BotState.STARTING, f"its role cannot be taken: {standing.trouble}"
    if standing.state is RoleState.UNSURE:
        return BotState.STANDBY, "another program receives, and the database is away"
    if standing.holder is None:
        return BotState.STARTING, "waiting for its role"
    return BotState.STANDBY, "another daemon has this role"


class _Pauses:
    """Two runs of growing pauses: a refused token is looked at more rarely than a lost line."""

    def __init__(self, refused: Iterator[float], unreachable: Iterator[float]) -> None:
        self.refused = refused
        self.unreachable = unreachable


def _new_pauses() -> _Pauses:
    return _Pauses(growing_pauses(5.0, 600.0), growing_pauses(1.0, 60.0))
