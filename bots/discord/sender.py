"""
Sending to Discord: to a channel, or to a person by a direct message.

An id does not say which of the two it is. The gateway's cache knows the channels that the bot can
see, so that a person is not looked for among the channels first; whatever was found once is kept.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any

import structlog

from bots.discord.calls import DiscordCalls
from bots.discord.errors import MessageGoneError, NoAccessError, WrongIdError
from bots.discord.rendering import RenderedPart, render
from bots.posting import post_parts, rendered, telling_sent
from core.message import Message
from core.platform import ContentRefusedError, PlatformName, Posting, Sent, TargetError

log = structlog.get_logger(__name__)

_REMEMBERED = 1000  # targets whose channel is known
_KEPT = 16  # messages whose rendering is kept: a broadcast is the same for all
_SUPPRESS_NOTIFICATIONS = 1 << 12  # message flag
_BETWEEN = "/"  # a channel's and a message's id

FindChannel = Callable[[Posting], Awaitable[str]]


class DiscordSender:
    """
    Sends with one bot's token.

    `may_be_channel`: whether an id can be a channel's, as far as is known.
    """

    def __init__(self, *, calls: DiscordCalls, may_be_channel: Callable[[str], bool]) -> None:
        self._calls = calls
        self._may_be_channel = may_be_channel
        self._known: dict[str, str] = {}
        self._render = lru_cache(maxsize=_KEPT)(render)

    async def send(self, posting: Posting) -> Sent:
        """See `core.platform.Bot.send`: to a channel, or to the user who has this id."""
        with telling_sent(posting.sent):
            _check_id(posting.target)
            remembered = self._remembered
            *others, last = self._ways(posting, remembered)
            for find in others:
                try:
                    return await self._send_to(find, posting)
                except (WrongIdError, NoAccessError) as error:
                    self._known.pop(posting.target, None)
                    was_right = len(error.sent) > len(posting.sent)
                    if was_right or (isinstance(error, NoAccessError) and find is not remembered):
                        raise
            return await self._send_to(last, posting)

    async def edit(self, target: str, message_id: str, message: Message) -> None:
        """See `core.platform.Bot.edit`: what one message can show of it."""
        channel_id, number = _message_of(message_id)
        part = self._render(message)[0]
        with suppress(MessageGoneError, WrongIdError):
            try:
                await self._calls.edit_message(channel_id, number, _body(part, is_plain=False))
            except MessageGoneError:
                raise
            except ContentRefusedError as refusal:
                log.error("markup refused", platform="discord", error=str(refusal))  # noqa: TRY400 - the platform's words say it all
                await self._calls.edit_message(channel_id, number, _body(part, is_plain=True))

    async def delete(self, target: str, message_id: str) -> None:
        """See `core.platform.Bot.delete`."""
        channel_id, number = _message_of(message_id)
        with suppress(MessageGoneError, WrongIdError):
            await self._calls.delete_message(channel_id, number)

    def _ways(self, posting: Posting, remembered: FindChannel) -> Sequence[FindChannel]:
        """How to come by the channel, the likeliest first."""
        as_channel, as_person = self._itself, self._open_direct_message
        ways = [as_person, as_channel]
        if self._may_be_channel(posting.target):
            ways.reverse()
        known = posting.direct_channel or self._known.get(posting.target)
        if known == posting.target:
            return [as_channel, as_person]
        return ways if known is None else [remembered, as_person, as_channel]

    async def _send_to(self, find: FindChannel, posting: Posting) -> Sent:
        channel_id = await find(posting)
        parts = await rendered(self._render, posting.message)

        async def turn() -> None:
            await self._calls.budgets.wait(channel_id)
            await posting.turn()

        async def post(number: int, refusal: ContentRefusedError | None) -> str:
            body = _body(parts[number], is_plain=refusal is not None)
            body |= _flags(is_silent=posting.message.silent) | _nonce(posting.key, number)
            return f"{channel_id}{_BETWEEN}{await self._calls.post_message(channel_id, body)}"

        ids = await post_parts(
            replace(posting, turn=turn), len(parts), post, platform=PlatformName.DISCORD
        )
        self._remember(posting.target, channel_id)
        return Sent(ids, channel_id if channel_id != posting.target else None)

    async def _remembered(self, posting: Posting) -> str:
        return posting.direct_channel or self._known[posting.target]

    async def _itself(self, posting: Posting) -> str:
        return posting.target

    async def _open_direct_message(self, posting: Posting) -> str:
        self._calls.check_may_open(is_broadcast=posting.is_broadcast)
        await posting.turn()
        return await self._calls.open_direct_message(posting.target)

    def _remember(self, target: str, channel_id: str) -> None:
        while len(self._known) >= _REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[target] = channel_id


def _message_of(message_id: str) -> tuple[str, str]:
    """The channel's and the message's id in an id of ours."""
    channel_id, _, number = message_id.partition(_BETWEEN)
    for each in (channel_id, number):
        _check_id(each)
    return channel_id, number


def _check_id(text: str) -> None:
    if not (text.isascii() and text.isdigit() and int(text) < 1 << 64):
        raise TargetError(f"{text!r} is no id of Discord's: ids are numbers of 17 to 20 digits")


def _body(part: RenderedPart, *, is_plain: bool) -> dict[str, Any]:
    return {
        "content": part.plain if is_plain else part.content,
        "components": [] if is_plain else part.components,
        "allowed_mentions": {"parse": []},
    }


def _flags(*, is_silent: bool) -> dict[str, Any]:
    return {"flags": _SUPPRESS_NOTIFICATIONS} if is_silent else {}


def _nonce(key: str | None, number: int) -> dict[str, Any]:
    """What makes Discord give back the first message instead of taking the same one again."""
    return {} if key is None else {"nonce": f"{key}-{number}", "enforce_nonce": True}
