"""Discord as a platform: how a token becomes a running bot."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import discord
from discord.http import Route

from bots.discord.bot import DiscordBot
from bots.discord.calls import DiscordCalls
from bots.discord.client import GatewayClient
from bots.discord.errors import TOKEN_REFUSED, translated
from bots.discord.interactions import acknowledge
from bots.network import DEFAULT_PATIENCE, OUTSIDE_FAULTS, Patience, connector, unreachable
from core.platform import (
    Credentials,
    CredentialsRefusedError,
    PlatformError,
    PlatformUnreachableError,
)


class DiscordConnector:
    """
    Discord at an address.

    `api_url`: of the HTTP API with its version, which also tells where the gateway is. `proxy`: an
    http or socks5 address.
    """

    def __init__(
        self, *, api_url: str, proxy: str | None, patience: Patience = DEFAULT_PATIENCE
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._proxy = proxy
        self._patience = patience
        # What the library has to say of Discord's failures is told by our errors, once.
        logging.getLogger("discord").setLevel(logging.CRITICAL)

    @asynccontextmanager
    async def connect(self, credentials: Credentials) -> AsyncGenerator[DiscordBot]:
        """See `core.platform.Connector.connect`."""
        if not (credentials.token.isascii() and credentials.token.isprintable()):
            raise CredentialsRefusedError(TOKEN_REFUSED)
        Route.BASE = self._api_url  # the library knows one address for all its clients
        connections = connector(self._proxy)
        client = GatewayClient(connector=connections, answer=acknowledge)
        try:
            await _log_in(client, credentials.token, self._patience.call)
            async with aiohttp.ClientSession(connector=connections, connector_owner=False) as http:
                calls = DiscordCalls(
                    client=client,
                    http=http,
                    api_url=self._api_url,
                    token=credentials.token,
                    timeout=self._patience.call,
                )
                yield DiscordBot(client=client, calls=calls, patience=self._patience)
        finally:
            await client.end()


async def _log_in(client: GatewayClient, token: str, patience: float) -> None:
    """
    Have the token accepted.

    Raises:
        PlatformUnreachableError: Discord did not answer in time.
        CredentialsRefusedError: the token was refused.
    """
    try:
        async with asyncio.timeout(patience):
            await client.login(token)
    except discord.LoginFailure as error:
        raise CredentialsRefusedError(TOKEN_REFUSED) from error
    except discord.HTTPException as error:
        raise translated(error) from error
    except OUTSIDE_FAULTS as error:
        raise _no_answer(client, error) from error
    except (KeyError, TypeError) as error:  # the library reads the answer without a look at it
        raise PlatformUnreachableError(
            "what answers is not Discord: check discord_api_url and proxy"
        ) from error


def _no_answer(client: GatewayClient, error: BaseException) -> PlatformError:
    """A failure of logging in; the library has repeated what Discord could not answer."""
    if isinstance(error, TimeoutError) and client.last_status is not None:
        if client.last_status == 429:  # noqa: PLR2004 - HTTP's own number
            return PlatformUnreachableError(
                "Discord asks to wait (429)", retry_after=client.last_retry_after
            )
        if client.last_status >= 500:  # noqa: PLR2004 - HTTP's own number
            return PlatformUnreachableError(
                f"Discord has trouble of its own ({client.last_status})"
            )
    return unreachable("Discord", error)
