"""
The calls that this program makes of Discord's HTTP API with a bot's token, each tried once.

What Discord answers, also "wait" and "not now", goes to the caller at once, who knows what else
there is to send. Opening direct messages goes through discord.py, which keeps the one budget there
is for it; messages do not, as `bots.discord.budgets` tells. Times are in seconds.
"""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp
import discord
from discord.http import Route

from bots.discord.budgets import ChannelBudgets
from bots.discord.client import GatewayClient
from bots.discord.errors import OpenedTooFastError, not_discord, refused, translated
from bots.discord.invalid_calls import InvalidCalls
from bots.network import OUTSIDE_FAULTS, unreachable
from bots.openings import Openings
from core.platform import Covers, PlatformUnreachableError
from core.supervision import growing_pauses

_OPENED_A_MINUTE = 60  # not published; "meant to follow a user's action" (Discord's User resource)
_FIRST_REST, _LONGEST_REST = 60.0, 600.0  # after an opening that was too fast
_DONE = 300  # the first HTTP status that is no success


class DiscordCalls:
    """
    Makes the calls of one bot. `http`: closed by who made it. `timeout`: for one call.
    """

    def __init__(
        self,
        *,
        client: GatewayClient,
        http: aiohttp.ClientSession,
        api_url: str,
        token: str,
        timeout: float,
    ) -> None:
        self._client = client
        self._http = http
        self._api_url = api_url
        self._headers = {"Authorization": f"Bot {token}", "User-Agent": client.http.user_agent}
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._invalid_calls = InvalidCalls()
        self._openings = Openings(platform="Discord", count=_OPENED_A_MINUTE, seconds=60.0)
        self._rests = growing_pauses(_FIRST_REST, _LONGEST_REST)
        self.budgets = ChannelBudgets()

    async def post_message(self, channel_id: str, body: Mapping[str, Any]) -> str:
        """
        Post a message and return its id.

        Raises:
            PlatformError: the subclass that says what to do next; so do all calls here.
        """
        path = f"/channels/{channel_id}/messages"
        return _id_in(await self._call("POST", path, body=body, channel_id=channel_id))

    async def edit_message(self, channel_id: str, message_id: str, body: Mapping[str, Any]) -> None:
        """Put a body in place of a message's of ours."""
        await self._call("PATCH", f"/channels/{channel_id}/messages/{message_id}", body=body)

    async def delete_message(self, channel_id: str, message_id: str) -> None:
        await self._call("DELETE", f"/channels/{channel_id}/messages/{message_id}")

    def check_may_open(self, *, is_broadcast: bool) -> None:
        """
        Count the opening of a direct message, which is to follow.

        Raises:
            PlatformUnreachableError: it would be too fast.
        """
        self._openings.take(is_broadcast=is_broadcast)

    async def open_direct_message(self, user_id: str) -> str:
        """The channel of the direct message with a user."""
        try:
            opened = await self._by_library(
                Route("POST", "/users/@me/channels"), {"recipient_id": user_id}
            )
        except OpenedTooFastError as error:
            error.retry_after, error.covers = next(self._rests), Covers.TARGET
            self._openings.rest(error.retry_after)
            raise
        except PlatformUnreachableError as error:
            if error.retry_after is not None:
                self._openings.rest(error.retry_after)
            raise
        self._rests = growing_pauses(_FIRST_REST, _LONGEST_REST)
        return _id_in(opened)

    async def _call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        channel_id: str | None = None,
    ) -> Any:
        self._check_open()
        try:
            async with self._http.request(
                method,
                self._api_url + path,
                json=body,
                headers=self._headers,
                timeout=self._timeout,
            ) as response:
                status, headers, answer = response.status, response.headers, await response.read()
        except OUTSIDE_FAULTS as error:
            raise unreachable("Discord", error) from error
        self._invalid_calls.note(status, headers)
        if channel_id is not None:
            self.budgets.note(channel_id, headers)
        if status >= _DONE:
            raise refused(status, headers, answer)
        try:
            return json.loads(answer) if answer else None
        except ValueError as error:
            raise not_discord() from error

    async def _by_library(self, route: Route, body: Mapping[str, Any]) -> Any:
        self._check_open()
        try:
            return await self._client.http.request(
                route, json=body, timeout=self._timeout, middlewares=(self._tell_failures,)
            )
        except discord.HTTPException as error:
            raise translated(error) from error
        except discord.RateLimited as error:
            raise PlatformUnreachableError(
                f"Discord's budget for this is used up for {error.retry_after:g} s",
                retry_after=error.retry_after,
                covers=Covers.TARGET,
            ) from error
        except OUTSIDE_FAULTS as error:
            raise unreachable("Discord", error) from error

    def _check_open(self) -> None:
        if self._http.closed or self._client.is_closed():
            raise PlatformUnreachableError("the bot is being closed")
        self._invalid_calls.check()

    async def _tell_failures(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Without this the library would sleep on a 429 and repeat on a 5xx, unseen."""
        response = await handler(request)
        self._invalid_calls.note(response.status, response.headers)
        if response.status in {429, *range(500, 600)}:
            raise refused(response.status, response.headers, await response.read())
        return response


def _id_in(answer: Any) -> str:
    try:
        return str(answer["id"])
    except (KeyError, TypeError) as error:
        raise not_discord() from error
