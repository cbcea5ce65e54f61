"""
What Discord's errors mean for whoever sends, judged by code, and by HTTP status without one.

Codes are those of Discord's page "Opcodes and Status Codes". One that is not in the table says
nothing about the target: it counts as a failure that may pass, with Discord's own words.
"""

import json
from collections.abc import Mapping

import aiohttp
import discord

from core.platform import (
    ContentRefusedError,
    CredentialsRefusedError,
    PlatformError,
    PlatformUnreachableError,
    TargetError,
)

TOKEN_REFUSED = (
    "Discord does not know this token: copy it anew from the Developer Portal into "  # noqa: S105 - words, no token
    "discord_bot_token"
)
UNKNOWN_CHANNEL = 10003

_ABOUT_THE_TARGET: Mapping[int, str] = {
    UNKNOWN_CHANNEL: "there is no such channel: check the id",
    10004: "there is no such server: check the id",
    10013: "there is no such user: check the id",
    10015: "this webhook is gone: make another",
    40058: "a forum takes posts in its threads only: name a thread",
    50001: "the bot cannot see this channel: invite it, and let its role view the channel",
    50007: "this user takes no direct messages from the bot, or has blocked it",
    50008: "this is no text channel: name another",
    50013: "the bot may not write here: let its role send messages in this channel",
    50033: "this id is neither a channel nor a person whom the bot can write to",
    50083: "this thread is archived: open it again",
    50278: "this user is in no server together with the bot",
    160005: "this thread is locked: unlock it",
}
_ABOUT_THE_TOKEN = frozenset({40001, 50014})
_ABOUT_THE_CONTENT = frozenset({20009, 40005, 50006, 50035})
_PASSING: Mapping[int, str] = {
    20016: "slow mode is on in this channel",
    20028: "the channel has reached its write limit",
    20029: "the server has reached its write limit",
    40003: "direct messages are being opened too fast",
    40062: "the service is being rate limited",
    130000: "Discord is overloaded",
}


class UnknownChannelError(TargetError):
    """The id is no channel's. It may be a user's."""


def translated(error: discord.HTTPException) -> PlatformError:
    """The error as `core` knows it."""
    said = _said(error)
    if error.status == 401 or error.code in _ABOUT_THE_TOKEN:  # noqa: PLR2004 - HTTP's own number
        return CredentialsRefusedError(TOKEN_REFUSED)
    if error.code == UNKNOWN_CHANNEL:
        return UnknownChannelError(f"{_ABOUT_THE_TARGET[error.code]} ({said})")
    if error.code in _ABOUT_THE_TARGET:
        return TargetError(f"{_ABOUT_THE_TARGET[error.code]} ({said})")
    if error.code in _ABOUT_THE_CONTENT:
        return ContentRefusedError(f"Discord does not take this message ({said})")
    if error.code in _PASSING:
        return PlatformUnreachableError(f"{_PASSING[error.code]} ({said})")
    return PlatformUnreachableError(
        f"Discord answered something unknown ({said}): if it lasts, check discord_api_url"
    )


async def passing_failure(response: aiohttp.ClientResponse) -> PlatformUnreachableError | None:
    """What an answer of 429 or 5xx says, None for any other answer."""
    if response.status == 429:  # noqa: PLR2004 - HTTP's own number
        wait = _seconds(await response.read(), response.headers)
        asked = "to wait" if wait is None else f"to wait {wait:g} s"
        return PlatformUnreachableError(f"Discord asks {asked} (429)", retry_after=wait)
    if response.status >= 500:  # noqa: PLR2004 - HTTP's own number
        await response.read()
        return PlatformUnreachableError(
            f"Discord has trouble of its own ({response.status})", may_have_arrived=True
        )
    return None


def _seconds(body: bytes, headers: Mapping[str, str]) -> float | None:
    """The wait that a 429 asks for: to the fraction in its body, else whole in its header."""
    try:
        return float(json.loads(body)["retry_after"])
    except (ValueError, KeyError, TypeError):
        header = headers.get("Retry-After", "")
        return float(header) if header.isdigit() else None


def _said(error: discord.HTTPException) -> str:
    """Discord's own words, in one line."""
    words = " ".join(error.text.split())[:300]
    return f"Discord: {words}, {error.code}" if error.code else f"Discord: HTTP {error.status}"
