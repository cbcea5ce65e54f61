"""
A bot's updates: what is kept for it, and how it takes and confirms them.

An update is kept for 24 hours at most. `getUpdates` confirms everything below its `offset`; a
second `getUpdates` ends the first with 409. Which kinds a bot gets is its `allowed` setting, which
stays until it is given anew; a kind that is not allowed at the moment is not kept.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.revision import Revision
from sandbox.telegram.errors import ApiError, conflict

UPDATE_KINDS = frozenset(
    {
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "guest_message",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
        "managed_bot",
    }
)
ASKED_FOR_KINDS = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
KEPT_FOR = timedelta(hours=24)
MAX_BATCH = 100
MAX_TIMEOUT = 50  # seconds


@dataclass(frozen=True, slots=True)
class Update:
    """One update. `body` is the Bot API's Update without its id."""

    id: int
    body: Mapping[str, object]
    made_at: datetime

    def as_json(self) -> dict[str, object]:
        return {"update_id": self.id, **self.body}


class UpdateQueue:
    """The updates that wait for one bot."""

    def __init__(self, *, clock: Callable[[], datetime], first_id: int) -> None:
        self._clock = clock
        self._waiting: deque[Update] = deque()
        self._next_id = first_id
        self._allowed: frozenset[str] | None = None
        self._arrivals = Revision()
        self._polls = Revision()
        self._poll: asyncio.Future[ApiError] | None = None

    @property
    def allowed(self) -> frozenset[str] | None:
        """The kinds that were asked for, None for the default."""
        return self._allowed

    @property
    def waiting(self) -> Sequence[Update]:
        """What is not confirmed yet, oldest first."""
        self._forget_old()
        return tuple(self._waiting)

    @property
    def is_polled(self) -> bool:
        """Whether a long poll is under way."""
        return self._poll is not None and not self._poll.done()

    async def polled(self) -> None:
        """Wait until a long poll is under way."""
        while not self.is_polled:
            await self._polls.beyond(self._polls.number)

    def allow(self, kinds: Sequence[str] | None) -> None:
        """Set which kinds come from now on: None leaves it, an empty list is the default."""
        if kinds is not None:
            known = frozenset(kinds) & UPDATE_KINDS
            self._allowed = known or None

    def takes(self, kind: str) -> bool:
        """Whether updates of this kind are kept for the bot at the moment."""
        if self._allowed is None:
            return kind not in ASKED_FOR_KINDS
        return kind in self._allowed

    def push(self, kind: str, body: Mapping[str, object]) -> None:
        """Keep an update if its kind is allowed."""
        if self.takes(kind):
            self.push_raw({kind: body})

    def push_raw(self, body: Mapping[str, object]) -> None:
        """Keep an update of any make, even one that the real platform does not know."""
        self._waiting.append(Update(self._next_id, body, self._clock()))
        self._next_id += 1
        self._arrivals.bump()

    def confirm(self, offset: int) -> None:
        """Forget everything with an id below `offset`; below 0 keeps only that many, the newest."""
        if offset < 0:
            while len(self._waiting) > -offset:
                self._waiting.popleft()
        while self._waiting and self._waiting[0].id < offset:
            self._waiting.popleft()

    def remove(self, update: Update) -> None:
        """Forget one update that was delivered."""
        if update in self._waiting:
            self._waiting.remove(update)

    def clear(self) -> None:
        self._waiting.clear()

    @property
    def arrivals(self) -> Revision:
        """Grows with each update that comes."""
        return self._arrivals

    def end_poll(self, reason: ApiError) -> None:
        """Let the long poll that is under way fail."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(reason)

    async def take(self, *, offset: int, limit: int, timeout: int) -> list[Update]:
        """
        The oldest updates after confirming those below `offset`, waiting up to `timeout` seconds.

        Raises:
            ApiError: another poll or a webhook took over (409).
        """
        self.end_poll(
            conflict(
                "terminated by other getUpdates request; "
                "make sure that only one bot instance is running"
            )
        )
        poll = self._poll = asyncio.get_running_loop().create_future()
        self._polls.bump()
        self._forget_old()
        self.confirm(offset)
        try:
            if not self._waiting and timeout > 0:
                await self._wait(poll, timeout)
            if poll.done():
                raise poll.result()
        finally:
            if self._poll is poll:
                self._poll = None
        self._forget_old()
        return list(self._waiting)[: limit if 0 < limit <= MAX_BATCH else MAX_BATCH]

    async def _wait(self, poll: asyncio.Future[ApiError], seconds: int) -> None:
        arrival = asyncio.ensure_future(self._arrivals.beyond(self._arrivals.number))
        try:
            await asyncio.wait(
                {poll, arrival},
                timeout=min(seconds, MAX_TIMEOUT),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            arrival.cancel()

    def _forget_old(self) -> None:
        oldest = self._clock() - KEPT_FOR
        while self._waiting and self._waiting[0].made_at < oldest:
            self._waiting.popleft()
