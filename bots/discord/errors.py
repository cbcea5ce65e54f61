"""
What Discord's errors mean for whoever sends, judged by code, and by HTTP status without one.

Codes are those of Discord's page "Opcodes and Status Codes". One that is not in the table says
nothing about the target: it counts as a failure that may pass, with Discord's own words.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

import discord

from core.platform import (
    ContentRefusedError,
    Covers,
    CredentialsRefusedError,
    PlatformError,
    PlatformUnreachableError,
    TargetError,
)

TOKEN_REFUSED = (
    "Discord does not know this token: copy it anew from the Developer Portal into "  # noqa: S105 - words, no token
    "discord_bot_token"
)
_MOST_SAID = 400  # characters of Discord's words

_WRONG_ID: Mapping[int, str] = {
    10003: "there is no such channel: check the id",
    10013: "there is no such user: check the id",
    50033: "this id is neither a channel nor a person whom the bot can write to",
}
_ABOUT_THE_TARGET: Mapping[int, str] = {
    10004: "there is no such server: check the id",
    10015: "this webhook is gone: make another",
    40058: "a forum takes posts in its threads only: name a thread",
    50007: "this user takes no direct messages from the bot, or has blocked it",
    50008: "this is no text channel: name another",
    50013: "the bot may not write here: let its role send messages in this channel",
    50083: "this thread is archived: open it again",
    50278: "this user is in no server together with the bot",
    160005: "this thread is locked: unlock it",
}
_NO_ACCESS: Mapping[int, str] = {
    50001: "the bot cannot see this channel: invite it, and let its role view the channel",
}
_ABOUT_THE_TOKEN = frozenset({40001, 50014})
_ABOUT_THE_CONTENT: Mapping[int, str] = dict.fromkeys(
    (20009, 40005, 50005, 50006, 50035), "Discord does not take this message"
)
_GONE: Mapping[int, str] = {10008: "there is no such message"}
_OPENED_TOO_FAST: Mapping[int, str] = {40003: "direct messages are being opened too fast"}
_PASSING: Mapping[int, str] = {
    20016: "slow mode is on in this channel",
    20028: "the channel has reached its write limit",
    20029: "the server has reached its write limit",
    40062: "the service is being rate limited",
    130000: "Discord is overloaded",
}


class WrongIdError(TargetError):
    """The id is no channel's, or no person's: it may be the other's."""


class NoAccessError(TargetError):
    """The bot cannot see the channel. A direct message that it had with another token is such."""


class MessageGoneError(ContentRefusedError):
    """The message that was to be deleted or changed is not there."""


class OpenedTooFastError(PlatformUnreachableError):
    """Direct messages are being opened faster than Discord likes."""


def translated(error: discord.HTTPException) -> PlatformError:
    """The error as `core` knows it."""
    return _judged(error.status, error.code, error.text)


def refused(status: int, headers: Mapping[str, str], body: bytes) -> PlatformError:
    """An answer that is no success, as `core` knows it."""
    answer = _object(body)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _asked_to_wait(answer, headers)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return PlatformUnreachableError(
            f"Discord has trouble of its own ({_said(status, answer)})", may_have_arrived=True
        )
    code: Any = answer.get("code")
    judged = _judged(status, code if isinstance(code, int) else 0, _said(status, answer))
    if isinstance(judged, PlatformUnreachableError) and "retry_after" in answer:
        judged.retry_after, judged.covers = _seconds(answer, headers), Covers.TARGET
    return judged


def not_discord() -> PlatformUnreachableError:
    """An answer that Discord would not give."""
    return PlatformUnreachableError(
        "what answers is not Discord: check discord_api_url and proxy", may_have_arrived=True
    )


def _judged(status: int, code: int, words: str) -> PlatformError:
    said = f"Discord: {' '.join(words.split())[:_MOST_SAID]}"
    said = f"{said}, {code}" if code else f"{said} (HTTP {status})"
    if status == HTTPStatus.UNAUTHORIZED or code in _ABOUT_THE_TOKEN:
        return CredentialsRefusedError(TOKEN_REFUSED)
    for table, kind in _MEANINGS:
        if code in table:
            return kind(f"{table[code]} ({said})")
    return PlatformUnreachableError(
        f"Discord answered something unknown ({said}): if it lasts, check discord_api_url"
    )


def _asked_to_wait(answer: Mapping[str, Any], headers: Mapping[str, str]) -> PlatformError:
    """
    A 429. One without JSON is no budget's: whatever comes from this address is being refused.
    """
    wait = _seconds(answer, headers)
    asked = "to wait" if wait is None else f"to wait {wait:g} s"
    is_global = headers.get("X-RateLimit-Scope") == "global" or answer.get("global", not answer)
    return PlatformUnreachableError(
        f"Discord asks {asked} (429)",
        retry_after=wait,
        covers=Covers.BOT if is_global else Covers.TARGET,
    )


def _seconds(answer: Mapping[str, Any], headers: Mapping[str, str]) -> float | None:
    """The wait that is asked for: to the fraction in the body, else whole in the header."""
    try:
        return float(answer["retry_after"])
    except (ValueError, KeyError, TypeError):
        header = headers.get("Retry-After", "")
        return float(header) if header.isdigit() else None


def _object(body: bytes) -> Mapping[str, Any]:
    """The JSON object in a body, empty if it is none."""
    try:
        answer: Any = json.loads(body)
    except ValueError:
        return {}
    return cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}


def _said(status: int, answer: Mapping[str, Any]) -> str:
    """Discord's own words, with what it says of each field that is wrong."""
    if "message" not in answer:
        return f"HTTP {status}, no answer of the API"
    errors = answer.get("errors")
    return f"{answer['message']} {json.dumps(errors)}" if errors else str(answer["message"])


_MEANINGS: tuple[tuple[Mapping[int, str], type[PlatformError]], ...] = (
    (_WRONG_ID, WrongIdError),
    (_NO_ACCESS, NoAccessError),
    (_ABOUT_THE_TARGET, TargetError),
    (_ABOUT_THE_CONTENT, ContentRefusedError),
    (_GONE, MessageGoneError),
    (_OPENED_TOO_FAST, OpenedTooFastError),
    (_PASSING, PlatformUnreachableError),
)
