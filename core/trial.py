"""
Sending a test message at once, past the queue, and saying what the platform answered.

The bot that runs in this daemon sends it; where none does, since another daemon has the platform or
it does not come up, one is connected for this message alone. It keeps the pace of replies.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from config_store.live_settings import LiveSettings
from core.delivery.counting import outcome_of
from core.message import Message, Paragraph, plain
from core.pacing import Priority
from core.platform import (
    Bot,
    Credentials,
    Off,
    Platform,
    PlatformError,
    PlatformName,
    PlatformUnreachableError,
    Posting,
    Sent,
)

TRIAL_TIMEOUT = 15.0  # seconds, loading the platform's library included


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """The platform's bot is not wanted: `reason`, for the operator."""

    reason: str


Answer = Sent | PlatformError | SwitchedOff


class Trial:
    """Sends test messages. `running`: the bot of a platform that runs here, if one does."""

    def __init__(
        self,
        *,
        platforms: Sequence[Platform],
        settings: LiveSettings,
        running: Callable[[PlatformName], Bot | None],
        timeout: float = TRIAL_TIMEOUT,
    ) -> None:
        self._platforms = {platform.name: platform for platform in platforms}
        self._settings = settings
        self._running = running
        self._timeout = timeout

    async def prepare(self) -> None:
        """
        See that the settings are known.

        Raises:
            DatabaseUnavailableError: they were never read and cannot be read now.
        """
        if self._settings.current is None:
            await self._settings.look()

    async def send(self, name: PlatformName, target: str, text: str) -> Answer:
        """
        Send a text, and say what came of it; `prepare` first.

        Raises:
            DatabaseUnavailableError: as `prepare`.
        """
        settings = self._settings.current or await self._settings.look()
        platform = self._platforms[name]
        credentials = platform.wanted(settings)
        if isinstance(credentials, Off):
            return SwitchedOff(credentials.reason)
        posting = self._posting(platform, target, text)
        try:
            async with asyncio.timeout(self._timeout):
                return await self._send(platform, credentials, posting)
        except TimeoutError:
            said = f"{name.value} did not answer within {self._timeout:g} s"
            return PlatformUnreachableError(said, may_have_arrived=True)
        except PlatformError as error:
            return error

    async def _send(self, platform: Platform, credentials: Credentials, posting: Posting) -> Sent:
        bot = self._running(platform.name)
        if bot is not None:
            return await bot.send(posting)
        connector = await asyncio.to_thread(platform.load)  # a second or two of the processor
        async with connector.connect(credentials) as passing:
            return await passing.send(posting)

    def _posting(self, platform: Platform, target: str, text: str) -> Posting:
        async def turn() -> None:
            await platform.pacer.wait(platform.budget_of(target), Priority.REPLY)

        return Posting(target=target, message=Message(blocks=(Paragraph(plain(text)),)), turn=turn)


def as_json(answer: Answer) -> dict[str, Any]:
    """What came of a test message, for machines."""
    match answer:
        case Sent(ids):
            return {"ok": True, "message_ids": list(ids)}
        case SwitchedOff(reason):
            return {"ok": False, "reason": "switched_off", "message": reason}
        case error:
            told: dict[str, Any] = {"ok": False, "reason": outcome_of(error), "message": str(error)}
    if isinstance(error, PlatformUnreachableError) and error.retry_after is not None:
        told["retry_after_seconds"] = error.retry_after
    if error.sent:
        told["message_ids"] = list(error.sent)
    return told
