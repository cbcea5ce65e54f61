"""
slack_sdk's Socket Mode client as this program uses it: no reconnecting of its own, tasks owned.

The library reconnects without an end and without telling why it cannot. Here it only says that the
line is lost; `socket_mode` decides what that means.
"""

# slack_sdk is typed in part
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import aiohttp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

_PING_INTERVAL = 10.0  # seconds; four without an answer are a lost line
_GLANCE = 1.0  # seconds between looks at the line
_CLOSING = 1.0  # seconds for closing in good order; then the connection is cut


class Line(SocketModeClient):
    """
    A line to Slack, used for one connection after the other.

    `take` gets each event, press and command.
    """

    def __init__(
        self,
        *,
        app_token: str,
        client: AsyncWebClient,
        logger: logging.Logger,
        take: Callable[["Line", SocketModeRequest], Awaitable[None]],
    ) -> None:
        super().__init__(
            app_token=app_token,
            logger=logger,
            web_client=client,
            auto_reconnect_enabled=False,
            ping_interval=_PING_INTERVAL,
        )
        self.proxy = None  # the library would take one from the environment
        self.socket_mode_request_listeners.append(take)  # pyright: ignore[reportArgumentType] - it hands out this very client
        self._own_session = self.aiohttp_client_session
        self._ended = asyncio.Event()
        self._answering: set[asyncio.Task[Any]] = set()

    async def open(self, url: str, http: aiohttp.ClientSession) -> None:
        """
        Connect to an address of Socket Mode. To be given up from outside: it tries for ever.

        `http`: whose connections are used, and who closes them.
        """
        await self._hang_up()
        await self._own_session.close()
        self.aiohttp_client_session = http
        self._ended.clear()
        self.wss_uri = url
        await self.connect()

    async def until_lost(self) -> None:
        """Return when the line is down, or when Slack says that it soon will be."""
        while await self.is_connected() and not self._ended.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(_GLANCE):
                    await self._ended.wait()

    async def finish_answering(self, patience: float) -> None:
        """Take nothing more, and wait for what is being answered."""
        self.message_processor.cancel()
        await asyncio.sleep(0)  # what was just taken starts now
        if self._answering:
            _, late = await asyncio.wait(self._answering, timeout=patience)
            for task in late:
                task.cancel()

    async def end(self) -> None:
        """Close everything but the connections that were lent."""
        self.closed = True
        tasks = [self.message_processor, self.current_session_monitor, self.message_receiver]
        started = [task for task in tasks if task is not None]
        for task in started:
            task.cancel()
        await asyncio.gather(*started, *self._answering, return_exceptions=True)
        await self._hang_up()
        await self._own_session.close()

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 - the library's
        """Called by the library when Slack asks to connect anew."""
        self._ended.set()

    async def run_message_listeners(self, message: dict[str, Any], raw_message: str) -> None:
        """Called by the library, in a task of its own, for all that comes."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        self._answering.add(task)
        try:
            await super().run_message_listeners(message, raw_message)
        finally:
            self._answering.discard(task)

    async def _hang_up(self) -> None:
        if self.current_session is not None and not self.current_session.closed:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSING):
                    await self.current_session.close()
