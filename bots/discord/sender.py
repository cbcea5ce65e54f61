"""
Sending to Discord: to a channel, or to a person by a direct message.

Each call is tried once. discord.py keeps to the budgets that Discord's answers name and waits for
them before a call; but what Discord answers, also "wait" and "not now", goes to the caller at once,
who knows what else there is to send.
"""

from collections.abc import Sequence
from typing import Any

import aiohttp
import discord
from discord.http import Route

from bots.discord.client import GatewayClient
from bots.discord.errors import UnknownChannelError, passing_failure, translated
from bots.discord.rendering import RenderedPart, render
from bots.network import OUTSIDE_FAULTS, unreachable
from core.message import Message
from core.platform import PlatformUnreachableError, Sent, TargetError

_REMEMBERED = 1000  # people whose direct message is known


class DiscordSender:
    """Sends with one bot's token. `timeout`: seconds for one call."""

    def __init__(self, *, client: GatewayClient, timeout: float) -> None:
        self._client = client
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._direct_messages: dict[str, str] = {}

    async def send(self, target: str, message: Message) -> Sent:
        """
        Send to a channel or, if no channel has this id, to the user who has it.

        Raises:
            PlatformError: the subclass that says what to do next.
        """
        if not (target.isascii() and target.isdigit() and int(target) < 1 << 64):
            raise TargetError(
                f"{target!r} is no id of Discord's: ids are numbers of 17 to 20 digits"
            )
        parts = render(message)
        try:
            return await self._send_parts(self._direct_messages.get(target, target), parts)
        except UnknownChannelError:
            self._direct_messages.pop(target, None)
            channel_id = await self._open_direct_message(target)
            return await self._send_parts(channel_id, parts)

    async def _send_parts(self, channel_id: str, parts: Sequence[RenderedPart]) -> Sent:
        ids: list[str] = []
        for part in parts:
            try:
                ids.append(await self._send_part(channel_id, part))
            except PlatformUnreachableError as error:
                error.may_have_arrived = error.may_have_arrived or bool(ids)
                raise
        return Sent(tuple(ids))

    async def _send_part(self, channel_id: str, part: RenderedPart) -> str:
        route = Route("POST", "/channels/{channel_id}/messages", channel_id=channel_id)
        body: dict[str, Any] = {
            "content": part.content,
            "components": part.components,
            "allowed_mentions": {"parse": []},
        }
        return (await self._call(route, body))["id"]

    async def _open_direct_message(self, user_id: str) -> str:
        opened = await self._call(Route("POST", "/users/@me/channels"), {"recipient_id": user_id})
        while len(self._direct_messages) >= _REMEMBERED:
            del self._direct_messages[next(iter(self._direct_messages))]
        self._direct_messages[user_id] = opened["id"]
        return opened["id"]

    async def _call(self, route: Route, body: dict[str, Any]) -> dict[str, Any]:
        """
        One call, tried once.

        Raises:
            PlatformError: the subclass that says what to do next.
        """
        if self._client.is_closed():
            raise PlatformUnreachableError("the bot is being closed")
        try:
            return await self._client.http.request(
                route,
                json=body,
                timeout=self._timeout,
                middlewares=(_tell_failures,),
            )
        except discord.HTTPException as error:
            raise translated(error) from error
        except discord.RateLimited as error:
            raise PlatformUnreachableError(
                f"Discord's budget for this is used up for {error.retry_after:g} s",
                retry_after=error.retry_after,
            ) from error
        except OUTSIDE_FAULTS as error:
            raise unreachable("Discord", error) from error


async def _tell_failures(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Without this the library would sleep on a 429 and repeat on a 5xx, unseen."""
    response = await handler(request)
    failure = await passing_failure(response)
    if failure is not None:
        raise failure
    return response
