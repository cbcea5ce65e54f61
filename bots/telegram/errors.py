"""
What Telegram's errors mean for whoever sends, judged by number and text.

The server hands out some refusals of a target as 400 that one would expect as 403, so the text
decides (source: `tdlib/telegram-bot-api`, `Client.cpp`). A wording that is not known counts as a
fault of ours, since Telegram answers 400 to what is wrong in the request.
"""

from collections.abc import Callable
from types import UnionType
from typing import Any

from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiohttp import ClientConnectorError

from core.platform import (
    ContentRefusedError,
    CredentialsRefusedError,
    PlatformError,
    PlatformUnreachableError,
    TargetError,
)

UNKNOWN_TO_TELEGRAM = (
    "Telegram does not know this token: copy it anew from @BotFather into telegram_token"
)
OTHER_RECEIVER = (
    "another program receives with this token (409): stop it, or give it a token of its own"
)

_ABOUT_THE_TARGET = (
    "chat not found",
    "user not found",
    "group chat was upgraded",
    "message thread not found",
    "topic_closed",
    "topic_deleted",
    "not enough rights",
    "have no rights",
    "chat_write_forbidden",
    "chat_admin_required",
    "user_is_blocked",
    "input_user_deactivated",
    "peer_id_invalid",
    "user_id_invalid",
    "chat_restricted",
    "need administrator rights",
)


class NotModifiedError(ContentRefusedError):
    """An edit would change nothing: the message already shows just this."""


class GroupMovedError(TargetError):
    """The group has become a supergroup. `target`: its new id."""

    def __init__(self, said: str, *, target: str) -> None:
        super().__init__(said)
        self.target = target


def translated(error: AiogramError) -> PlatformError:
    """The error as `core` knows it."""
    for kinds, meaning in _MEANINGS:
        if isinstance(error, kinds):
            return meaning(error)
    return PlatformUnreachableError(f"Telegram answered something unknown: {_said(error)}")


def _asked_to_wait(error: TelegramRetryAfter) -> PlatformError:
    return PlatformUnreachableError(
        f"Telegram asks to wait {error.retry_after} s (429)", retry_after=error.retry_after
    )


def _group_moved(error: TelegramMigrateToChat) -> PlatformError:
    return GroupMovedError(
        "the group has become a supergroup with a new id", target=str(error.migrate_to_chat_id)
    )


def _no_answer(error: TelegramNetworkError) -> PlatformError:
    never_sent = isinstance(error.__cause__, ClientConnectorError)
    return PlatformUnreachableError(
        "Telegram cannot be reached: check the network, `telegram_api_url` and `proxy`",
        may_have_arrived=not never_sent,
    )


def _bad_request(error: TelegramBadRequest) -> PlatformError:
    said = _said(error)
    lowered = said.lower()
    if "message is not modified" in lowered:
        return NotModifiedError(said)
    if any(phrase in lowered for phrase in _ABOUT_THE_TARGET):
        return TargetError(said)
    return ContentRefusedError(said)


def _said(error: AiogramError) -> str:
    """Telegram's own words, in one line and without the method that was called."""
    said = error.message if isinstance(error, TelegramAPIError) else str(error)
    return said.replace("\n", " ")[:300]


_MEANINGS: tuple[tuple[type | UnionType, Callable[[Any], PlatformError]], ...] = (
    (TelegramRetryAfter, _asked_to_wait),
    (
        TelegramUnauthorizedError | TelegramNotFound,
        lambda _: CredentialsRefusedError(UNKNOWN_TO_TELEGRAM),
    ),
    (TelegramConflictError, lambda _: PlatformUnreachableError(OTHER_RECEIVER)),
    (TelegramMigrateToChat, _group_moved),
    (TelegramForbiddenError, lambda error: TargetError(_said(error))),
    (TelegramBadRequest, _bad_request),
    (
        TelegramServerError | ClientDecodeError,
        lambda _: PlatformUnreachableError("Telegram has trouble of its own (5xx)"),
    ),
    (TelegramNetworkError, _no_answer),
)
