"""
The Discord bot while it runs: connected to the gateway, and sending.

discord.py connects again and resumes by itself. A short break is not worth a word; a longer one is
told, and one that lasts ends this bot, so that all is made anew. Times are in seconds.
"""

import asyncio

import discord
import yarl
from discord.gateway import DiscordWebSocket

from bots.discord.calls import DiscordCalls
from bots.discord.client import GatewayClient
from bots.discord.errors import TOKEN_REFUSED, translated
from bots.discord.sender import DiscordSender
from bots.network import OUTSIDE_FAULTS, Patience, unreachable
from bots.racing import race
from core.message import Message
from core.platform import (
    BotState,
    CredentialsRefusedError,
    PlatformUnreachableError,
    Posting,
    Report,
    Sent,
)
from core.supervision import wait_for

_FINISHING = 10.0  # for what is being answered when told to stop
_AUTHENTICATION_FAILED = 4004  # the gateway's close code


class DiscordBot:
    """See `core.platform.Bot`."""

    def __init__(self, *, client: GatewayClient, calls: DiscordCalls, patience: Patience) -> None:
        self._client = client
        self._patience = patience
        self._sender = DiscordSender(calls=calls, may_be_channel=client.may_be_channel)

    async def serve(self, stop: asyncio.Event, report: Report) -> None:
        """See `core.platform.Bot.serve`."""
        await self._find_gateway()
        await race(self._keep_connected(), self._watch(stop, report))
        await self._client.finish_answering(_FINISHING)

    async def send(self, posting: Posting) -> Sent:
        """See `core.platform.Bot.send`: a target is the id of a channel, or of a user."""
        return await self._sender.send(posting)

    @property
    def private_chat_url(self) -> None:
        """See `core.platform.Bot.private_chat_url`."""
        return

    @property
    def members(self) -> None:
        """See `core.platform.Bot.members`: nothing is done about a server's members."""
        return

    async def edit(self, target: str, message_id: str, message: Message) -> None:
        """See `core.platform.Bot.edit`."""
        await self._sender.edit(target, message_id, message)

    async def delete(self, target: str, message_id: str) -> None:
        """See `core.platform.Bot.delete`."""
        await self._sender.delete(target, message_id)

    async def _find_gateway(self) -> None:
        """Ask where the gateway is. The library would, after some faults, go to the public one."""
        try:
            async with asyncio.timeout(self._patience.call):
                shards, url, logins = await self._client.http.get_bot_gateway()
        except discord.GatewayNotFound as error:
            cause = error.__cause__
            raise (
                translated(cause)
                if isinstance(cause, discord.HTTPException)
                else PlatformUnreachableError("Discord does not say where its gateway is")
            ) from error
        except OUTSIDE_FAULTS as error:
            raise unreachable("Discord", error) from error
        if logins["remaining"] <= 0:  # one more and Discord takes the token away
            raise PlatformUnreachableError(
                "the bot has logged in too often today: look for what restarts it",
                retry_after=logins["reset_after"] / 1000,
            )
        self._client.shard_count = shards
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)

    async def _keep_connected(self) -> None:
        """
        Hold the gateway's line until it is lost for good.

        Raises:
            PlatformUnreachableError: it is lost.
            CredentialsRefusedError: Discord refuses the token.
        """
        try:
            await self._client.connect()
        except discord.ConnectionClosed as error:
            if error.code == _AUTHENTICATION_FAILED:
                raise CredentialsRefusedError(TOKEN_REFUSED) from error
            raise PlatformUnreachableError(
                f"Discord's gateway closed the connection ({error.code})"
            ) from error
        except discord.HTTPException as error:
            raise translated(error) from error
        except OUTSIDE_FAULTS as error:
            raise unreachable("Discord's gateway", error) from error
        except AttributeError as error:  # the library's, of a line that breaks before HELLO
            raise PlatformUnreachableError("Discord's gateway broke the connection") from error
        raise PlatformUnreachableError("Discord's gateway ended the connection")

    async def _watch(self, stop: asyncio.Event, report: Report) -> None:
        """
        Tell how the line is, until `stop` is set.

        Raises:
            PlatformUnreachableError: it stays down.
        """
        client = self._client
        untold, lasting = self._patience.untold_break, self._patience.lasting_break
        while not stop.is_set():
            if client.up.is_set():
                report(BotState.RUNNING, "connected to the gateway")
                await race(_wait(stop), _wait(client.down))
                continue
            await race(_wait(stop), _wait_for(client.up, untold))
            if not stop.is_set() and not client.up.is_set():
                report(BotState.FAILING, "no connection to Discord's gateway: connecting again")
                await race(_wait(stop), _wait_for(client.up, lasting - untold))
                if not stop.is_set() and not client.up.is_set():
                    raise PlatformUnreachableError(
                        f"Discord's gateway could not be reached for {lasting:g} s"
                    )


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


async def _wait_for(event: asyncio.Event, seconds: float) -> None:
    await wait_for(event, seconds)
