"""
Webhooks: a bot's updates sent to the address it gave, in the real server's manner.

Up to `max_connections` updates are under way at once, so they may arrive out of order. What is not
answered with 2xx is sent again, after a pause that doubles up to a minute (or as long as the
webhook's `Retry-After` says, an hour at most), until it is delivered or 24 hours old.
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Self, cast

import aiohttp

from sandbox.telegram.people import Bot, Webhook
from sandbox.telegram.updates import Update

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
FIRST_PAUSE = 1.0  # seconds
LONGEST_PAUSE = 60.0  # seconds
LONGEST_ASKED_PAUSE = 3600.0  # seconds
ANSWER_TIMEOUT = 60.0  # seconds


class WebhookSender:
    """
    Sends the updates of all bots that have a webhook, while it is entered.

    `first_pause`: seconds before the first repetition; a test makes it short.
    """

    def __init__(self, *, clock: Callable[[], datetime], first_pause: float = FIRST_PAUSE) -> None:
        self._clock = clock
        self._first_pause = first_pause
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=ANSWER_TIMEOUT)
        self._session = aiohttp.ClientSession(timeout=timeout)
        return self

    async def __aexit__(self, *_: object) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()
        if self._session is not None:
            await self._session.close()

    def set(self, bot: Bot, webhook: Webhook) -> None:
        """Send a bot's updates to a webhook from now on."""
        self.remove(bot)
        bot.webhook = webhook
        self._tasks[bot.id] = asyncio.create_task(self._serve(bot, webhook), name="webhook")

    def remove(self, bot: Bot) -> None:
        """Send a bot's updates nowhere; those that wait stay."""
        bot.webhook = None
        task = self._tasks.pop(bot.id, None)
        if task is not None:
            task.cancel()

    async def _serve(self, bot: Bot, webhook: Webhook) -> None:
        free = asyncio.Semaphore(webhook.max_connections)
        taken: set[int] = set()
        async with asyncio.TaskGroup() as deliveries:
            while True:
                seen = bot.updates.arrivals.number
                for update in bot.updates.waiting:
                    if update.id not in taken:
                        await free.acquire()
                        taken.add(update.id)
                        delivery = deliveries.create_task(self._deliver(bot, webhook, update))
                        delivery.add_done_callback(lambda _: free.release())
                await bot.updates.arrivals.beyond(seen)

    async def _deliver(self, bot: Bot, webhook: Webhook, update: Update) -> None:
        pause = self._first_pause
        while update in bot.updates.waiting:
            asked = await self._send(webhook, update)
            if asked is None:
                bot.updates.remove(update)
                return
            await asyncio.sleep(min(asked, LONGEST_ASKED_PAUSE) if asked else pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _send(self, webhook: Webhook, update: Update) -> float | None:
        """None once it is delivered, else the seconds that the webhook asks to wait (0: none)."""
        headers = {"Content-Type": "application/json"}
        if webhook.secret_token:
            headers[SECRET_HEADER] = webhook.secret_token
        session = cast("aiohttp.ClientSession", self._session)
        body = json.dumps(update.as_json())
        try:
            async with session.post(
                webhook.url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                if answer.ok and answer.status < 300:  # noqa: PLR2004 - 2xx
                    return None
                self._note(
                    webhook, f"Wrong response from the webhook: {answer.status} {answer.reason}"
                )
                with suppress(ValueError):
                    return max(float(answer.headers.get("Retry-After", "0")), 0.0)
        except TimeoutError:
            self._note(webhook, "Read timeout expired")
        except aiohttp.ClientConnectorError:
            self._note(webhook, "Connection refused")
        except aiohttp.ClientError:
            self._note(webhook, "Connection closed")
        return 0.0

    def _note(self, webhook: Webhook, error: str) -> None:
        webhook.last_error = error
        webhook.last_error_at = self._clock().timestamp()
