"""
Receiving from Slack by Socket Mode: events, presses and commands, over a line we open.

Slack ends each line every few hours and expects another. A line that cannot be had is tried again
with growing pauses and told; sending goes on meanwhile. All that comes is acknowledged within
Slack's 3 seconds, also what nobody here wants, or Slack would repeat it and in the end switch the
app's events off.
"""

import asyncio
import time
from collections.abc import Callable

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_internals import (
    run_async_bolt_app,
    send_async_response,
)
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest

from bots.network import Patience
from bots.slack.calls import SlackCalls
from bots.slack.line import Line
from core.platform import PlatformUnreachableError
from core.supervision import growing_pauses

log = structlog.get_logger(__name__)

Tell = Callable[[str | None], None]
"""Tells why nothing can be received at present, None if it can."""

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0  # seconds between tries
_UNHANDLED = 404  # Bolt's word for what no listener wants


class SocketMode:
    """Holds the line of one app."""

    def __init__(
        self,
        *,
        app: AsyncApp,
        app_token: str,
        calls: SlackCalls,
        http: aiohttp.ClientSession,
        patience: Patience,
    ) -> None:
        self._app = app
        self._calls = calls
        self._http = http
        self._patience = patience
        self._line = Line(
            app_token=app_token, client=app.client, logger=app.logger, take=self._take
        )

    async def run(self, tell: Tell) -> None:
        """
        Hold a line until cancelled.

        Raises:
            CredentialsRefusedError: Slack refuses the app-level token.
        """
        pauses = growing_pauses(_FIRST_PAUSE, _LONGEST_PAUSE)
        while True:
            try:
                await self._connect()
            except PlatformUnreachableError as error:
                tell(str(error))
                await asyncio.sleep(max(next(pauses), error.retry_after or 0))
            else:
                tell(None)
                pauses = growing_pauses(_FIRST_PAUSE, _LONGEST_PAUSE)
                await self._line.until_lost()

    async def finish_answering(self, patience: float) -> None:
        """Take nothing more, and wait for what is being answered."""
        await self._line.finish_answering(patience)

    async def end(self) -> None:
        """Close the line."""
        await self._line.end()

    async def _connect(self) -> None:
        url = await self._calls.open_socket()
        try:
            # Later than the connection's own time-out, which at the same moment would swallow it.
            async with asyncio.timeout(self._patience.call * 1.5):
                await self._line.open(url, self._http)
        except TimeoutError as error:
            raise PlatformUnreachableError("no line for Slack's Socket Mode can be had") from error

    async def _take(self, line: Line, request: SocketModeRequest) -> None:
        taken_at = time.time()
        response = await run_async_bolt_app(self._app, request)
        if response.status == _UNHANDLED:
            response = BoltResponse(status=200, body="")
        try:
            await send_async_response(line, request, response, taken_at)
        except (aiohttp.ClientError, OSError) as error:
            log.warning("not acknowledged", platform="slack", error=type(error).__name__)
