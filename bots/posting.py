"""
A message on its way in parts, the same for every platform: what was accepted, and what is refused.

Each part is posted in its turn and at most twice: what the platform refuses for its form goes once
more as plain text. Whatever ends a message on its way tells which parts had been accepted.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import structlog

from core.markup.runs import shown_length
from core.message import Message
from core.platform import ContentRefusedError, PlatformError, PlatformName, Posting

log = structlog.get_logger(__name__)

T = TypeVar("T")

_LONG = 8000  # characters; to render more takes long enough to keep others waiting

Post = Callable[[int, ContentRefusedError | None], Awaitable[str]]
"""Posts the part of a number from 0 on, as plain text if it was refused before; gives its id."""


async def rendered(render: Callable[[Message], T], message: Message) -> T:
    """What `render` makes of a message; of a long one in a thread, while all else goes on."""
    if shown_length(message.blocks) <= _LONG:
        return render(message)
    return await asyncio.to_thread(render, message)


async def post_parts(
    posting: Posting, count: int, post: Post, *, platform: PlatformName
) -> tuple[str, ...]:
    """
    Post those of `count` parts that were not accepted before, and return the ids of all.

    Raises:
        PlatformError: its `sent` holds the ids of the parts that have been accepted.
    """
    ids = list(posting.sent)
    is_told = False
    with telling_sent(ids):
        for number in range(len(ids), count):
            await posting.turn()
            try:
                message_id = await post(number, None)
            except ContentRefusedError as refusal:
                if not is_told:
                    log.error("markup refused", platform=platform.value, error=str(refusal))  # noqa: TRY400 - the platform's words say it all
                    is_told = True
                await posting.turn()
                message_id = await post(number, refusal)
            ids.append(message_id)
            posting.accepted(message_id)
    return tuple(ids)


@contextmanager
def telling_sent(ids: Sequence[str]) -> Generator[None]:
    """Let an error that ends a message tell the parts that had been accepted: at least `ids`."""
    try:
        yield
    except PlatformError as error:
        if len(error.sent) < len(ids):
            error.sent = tuple(ids)
        raise
