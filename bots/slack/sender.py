"""Sending to Slack: to a channel, or to a person by a direct message with the app."""

import re
from contextlib import suppress
from functools import lru_cache

import structlog

from bots.openings import Openings
from bots.posting import post_parts, rendered, telling_sent
from bots.slack.calls import SlackCalls
from bots.slack.errors import MessageGoneError, UnknownChannelError
from bots.slack.rendering import render
from core.message import Message
from core.platform import (
    ContentRefusedError,
    PlatformName,
    PlatformUnreachableError,
    Posting,
    Sent,
    TargetError,
)

log = structlog.get_logger(__name__)

_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,}", re.ASCII)
_USER = re.compile(r"[UW][A-Z0-9]{2,}", re.ASCII)
_MESSAGE = re.compile(r"([CGD][A-Z0-9]{2,}):([0-9]+\.[0-9]+)", re.ASCII)
_REMEMBERED = 1000  # people whose direct message is known
_KEPT = 16  # messages whose rendering is kept: a broadcast is the same for all
_OPENED_A_MINUTE = 45  # Slack's tier 3 is 50


class SlackSender:
    """Sends with one app's token."""

    def __init__(self, *, calls: SlackCalls) -> None:
        self._calls = calls
        self._direct_messages: dict[str, str] = {}
        self._render = lru_cache(maxsize=_KEPT)(render)
        self._openings = Openings(platform="Slack", count=_OPENED_A_MINUTE, seconds=60.0)

    async def send(self, posting: Posting) -> Sent:
        """See `core.platform.Bot.send`: to a channel (`C…`, `G…`, `D…`) or a user (`U…`, `W…`)."""
        with telling_sent(posting.sent):
            _check_target(posting.target)
            if _CHANNEL.fullmatch(posting.target):
                return Sent(await self._post(posting.target, posting))
            known = posting.direct_channel or self._direct_messages.get(posting.target)
            if known is not None:
                try:
                    return Sent(await self._post(known, posting), known)
                except UnknownChannelError as error:
                    self._direct_messages.pop(posting.target, None)
                    if len(error.sent) > len(posting.sent):  # it was right for the parts before
                        raise
            opened = await self._open_direct_message(posting)
            return Sent(await self._post(opened, posting), opened)

    async def edit(self, target: str, message_id: str, message: Message) -> None:
        """See `core.platform.Bot.edit`: what one message can show of it."""
        channel_id, ts = _message_of(message_id)
        part = self._render(message)[0]
        with suppress(MessageGoneError, UnknownChannelError):
            try:
                await self._calls.update(channel_id, ts, part.text, part.blocks)
            except MessageGoneError:
                raise
            except ContentRefusedError as refusal:
                log.error("markup refused", platform="slack", error=str(refusal))  # noqa: TRY400 - the platform's words say it all
                await self._calls.update(channel_id, ts, part.plain, ())

    async def delete(self, target: str, message_id: str) -> None:
        """See `core.platform.Bot.delete`."""
        channel_id, ts = _message_of(message_id)
        with suppress(MessageGoneError, UnknownChannelError):
            await self._calls.delete(channel_id, ts)

    async def _post(self, channel_id: str, posting: Posting) -> tuple[str, ...]:
        parts = await rendered(self._render, posting.message)

        async def post(number: int, refusal: ContentRefusedError | None) -> str:
            part = parts[number]
            text, blocks = (part.text, part.blocks) if refusal is None else (part.plain, ())
            return f"{channel_id}:{await self._calls.post(channel_id, text, blocks)}"

        return await post_parts(posting, len(parts), post, platform=PlatformName.SLACK)

    async def _open_direct_message(self, posting: Posting) -> str:
        self._openings.take(is_broadcast=posting.is_broadcast)
        try:
            opened = await self._calls.open_direct_message(posting.target)
        except PlatformUnreachableError as error:
            if error.retry_after is not None:
                self._openings.rest(error.retry_after)
            raise
        while len(self._direct_messages) >= _REMEMBERED:
            del self._direct_messages[next(iter(self._direct_messages))]
        self._direct_messages[posting.target] = opened
        return opened


def _message_of(message_id: str) -> tuple[str, str]:
    """The channel's id and the time stamp in an id of ours."""
    found = _MESSAGE.fullmatch(message_id)
    if found is None:
        raise TargetError(f"{message_id!r} is no message of ours at Slack: channel:time stamp")
    return found[1], found[2]


def _check_target(target: str) -> None:
    if not (_CHANNEL.fullmatch(target) or _USER.fullmatch(target)):
        raise TargetError(f"{target!r} is no id of Slack's: channels are C… or G…, users U… or W…")
