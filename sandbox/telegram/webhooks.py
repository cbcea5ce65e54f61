"""
Webhooks: a bot's updates sent to the address it gave, in the real server's manner.

Updates of one chat, and presses of one person, are sent in order, each when the one before it was
taken; otherwise up to `max_connections` are under way at once. What is not answered with 2xx is
sent again: at once, then after a pause that doubles up to a minute (or as long as the webhook's
`Retry-After` says, an hour at most), until it is taken or 24 hours old. A method in a webhook's
answer is not carried out.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Self, cast

import aiohttp

from sandbox.telegram.objects import as_object
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

    `first_pause`: seconds that the pauses between repetitions grow from; a test makes it short.
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
        connections = asyncio.Semaphore(webhook.max_connections)
        lanes: dict[str, deque[Update]] = {}
        last_id = 0
        async with asyncio.TaskGroup() as running:
            while True:
                seen = bot.updates.arrivals.number
                for update in bot.updates.waiting:
                    if update.id <= last_id:
                        continue
                    last_id = update.id
                    lane = _lane_of(update)
                    if lane in lanes:
                        lanes[lane].append(update)
                        continue
                    lanes[lane] = deque([update])
                    running.create_task(self._run(bot, webhook, lanes, lane, connections))
                await bot.updates.arrivals.beyond(seen)

    async def _run(
        self,
        bot: Bot,
        webhook: Webhook,
        lanes: dict[str, deque[Update]],
        lane: str,
        connections: asyncio.Semaphore,
    ) -> None:
        while lanes[lane]:
            await self._deliver(bot, webhook, lanes[lane][0], connections)
            lanes[lane].popleft()
        del lanes[lane]

    async def _deliver(
        self, bot: Bot, webhook: Webhook, update: Update, connections: asyncio.Semaphore
    ) -> None:
        pauses = self._pauses()
        while update in bot.updates.waiting:
            async with connections:
                asked = await self._send(webhook, update)
            if asked is None:
                bot.updates.remove(update)
                return
            pause = next(pauses)
            await asyncio.sleep(min(asked, LONGEST_ASKED_PAUSE) if asked else pause)

    def _pauses(self) -> Iterator[float]:
        """The first repetition comes at once; then the pauses double."""
        yield 0.0
        pause = self._first_pause * 2
        while True:
            yield min(pause, LONGEST_PAUSE)
            pause *= 2

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


def _lane_of(update: Update) -> str:
    """What an update has in common with those that it must not overtake."""
    kind, body = next(iter(update.body.items()), ("", None))
    fields = as_object(body) or {}
    if kind == "callback_query":
        return f"press {(as_object(fields.get('from')) or {}).get('id')}"
    family = "message" if kind.endswith(("message", "channel_post")) else kind
    return f"{family} {(as_object(fields.get('chat')) or {}).get('id')}"
