"""Sending to Slack: to a channel, or to a person by a direct message with the app."""

import re

from bots.slack.calls import SlackCalls
from bots.slack.rendering import render
from core.message import Message
from core.platform import PlatformUnreachableError, Sent, TargetError

_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,}", re.ASCII)
_USER = re.compile(r"[UW][A-Z0-9]{2,}", re.ASCII)
_REMEMBERED = 1000  # people whose direct message is known


class SlackSender:
    """Sends with one app's token."""

    def __init__(self, *, calls: SlackCalls) -> None:
        self._calls = calls
        self._direct_messages: dict[str, str] = {}

    async def send(self, target: str, message: Message) -> Sent:
        """
        Send to a channel (`C…`, `G…`, `D…`) or a user (`U…`, `W…`).

        Raises:
            PlatformError: the subclass that says what to do next.
        """
        channel_id = await self._channel(target)
        sent: list[str] = []
        for part in render(message):
            try:
                sent.append(await self._calls.post(channel_id, part.text, part.blocks))
            except PlatformUnreachableError as error:
                error.may_have_arrived = error.may_have_arrived or bool(sent)
                raise
            except TargetError:
                self._direct_messages.pop(target, None)
                raise
        return Sent(tuple(sent))

    async def _channel(self, target: str) -> str:
        if _CHANNEL.fullmatch(target):
            return target
        if not _USER.fullmatch(target):
            raise TargetError(
                f"{target!r} is no id of Slack's: channels are C… or G…, users U… or W…"
            )
        if target not in self._direct_messages:
            opened = await self._calls.open_direct_message(target)
            while len(self._direct_messages) >= _REMEMBERED:
                del self._direct_messages[next(iter(self._direct_messages))]
            self._direct_messages[target] = opened
        return self._direct_messages[target]
