"""
discord.py's client as this program uses it: watched, and with every task owned.

The library connects, resumes and repeats by itself and tells of it in its log; here its events say
whether the gateway's line is up, and whoever serves decides what that means.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import aiohttp
import discord
import structlog

log = structlog.get_logger(__name__)

Answer = Callable[[discord.Interaction], Awaitable[None]]

_CLOSING = 1.0  # seconds for closing in good order; then the connections are cut


class GatewayClient(discord.AutoShardedClient):
    """
    A client with one bot's token.

    `last_status` and `last_retry_after` are those of the last HTTP answer, for the calls that
    discord.py repeats by itself. `answer` is called with each interaction.
    """

    def __init__(self, *, connector: aiohttp.BaseConnector, answer: Answer) -> None:
        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(self._note_answer)
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0,  # nothing here waits for the servers' details
            max_ratelimit_timeout=30,
            connector=connector,
            http_trace=trace,
        )
        self.last_status: int | None = None
        self.last_retry_after: float | None = None
        self.up = asyncio.Event()
        self.down = asyncio.Event()
        self.down.set()
        self._connector = connector
        self._answer = answer
        self._up_shards: set[int] = set()
        self._answering: set[asyncio.Task[None]] = set()
        self._takes_interactions = True

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Called by the library with everything that happens."""
        if event in {"shard_connect", "shard_resumed"}:
            self._up_shards.add(args[0])
            self._note_line()
        elif event == "shard_disconnect":
            self._up_shards.discard(args[0])
            self._note_line()
        elif event == "interaction" and self._takes_interactions:
            task = asyncio.create_task(self._answer_one(args[0]), name="discord interaction")
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        super().dispatch(event, *args, **kwargs)

    def may_be_channel(self, id_: str) -> bool:
        """Whether an id can be a channel's: what the bot can see is known once it is connected."""
        return not self.is_ready() or self.get_channel(int(id_)) is not None

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Called by the library with the exception of a handler of ours."""
        log.exception("handler crashed", platform="discord", handler=event_method)  # noqa: LOG004 - called while it is handled

    async def finish_answering(self, patience: float) -> None:
        """Take no more interactions, and wait for those that are being answered."""
        self._takes_interactions = False
        if self._answering:
            _, late = await asyncio.wait(self._answering, timeout=patience)
            for task in late:
                task.cancel()

    async def end(self) -> None:
        """Close everything, in good order if Discord plays along."""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSING):
                    await self.close()
        finally:
            await self.http.close()
            await self._connector.close()

    async def _answer_one(self, interaction: discord.Interaction) -> None:
        try:
            await self._answer(interaction)
        except Exception:
            log.exception("handler crashed", platform="discord", handler="interaction")

    def _note_line(self) -> None:
        is_up = len(self._up_shards) >= (self.shard_count or 1)
        raised, lowered = (self.up, self.down) if is_up else (self.down, self.up)
        lowered.clear()
        raised.set()

    async def _note_answer(
        self, session: aiohttp.ClientSession, context: Any, seen: aiohttp.TraceRequestEndParams
    ) -> None:
        self.last_status = seen.response.status
        wait = seen.response.headers.get("Retry-After", "")
        self.last_retry_after = float(wait) if wait.isdigit() else None
