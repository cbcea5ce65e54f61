"""
What Telegram's errors mean for whoever sends, judged by number and text.

The server hands out some refusals of a target as 400 that one would expect as 403, so the text
decides (source: `tdlib/telegram-bot-api`, `Client.cpp`). A wording that is not known says nothing
about the target: it counts as a failure that may pass, with Telegram's own words.
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
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)

from bots.network import unreachable
from core.platform import (
    ContentRefusedError,
    CredentialsRefusedError,
    OtherReceiverError,
    PlatformError,
    PlatformUnreachableError,
    TargetError,
    TargetMovedError,
)

UNKNOWN_TO_TELEGRAM = (
    "Telegram does not know this token: copy it anew from @BotFather into telegram_token"
)
OTHER_RECEIVER = (
    "another program receives with this token (409): stop it, or give it a token of its own"
)
_MOST_SAID = 400  # characters of Telegram's words

_ABOUT_THE_TARGET = (
    "chat not found",
    "chat_id is empty",
    "user not found",
    "group chat was upgraded",
    "group chat was deleted",
    "message thread not found",
    "message_thread_id",
    "topic_closed",
    "topic_deleted",
    "topic_id_invalid",
    "not enough rights",
    "have no rights",
    "need administrator rights",
    "chat_write_forbidden",
    "chat_admin_required",
    "chat_restricted",
    "chat_forbidden",
    "chat_send_",
    "chat_guest_send_forbidden",
    "channel_private",
    "channel_invalid",
    "user_is_blocked",
    "user_is_bot",
    "user_is_deleted",
    "user_deactivated",
    "input_user_deactivated",
    "you_blocked_user",
    "bot was blocked",
    "bot was kicked",
    "bot is not a member",
    "peer_id_invalid",
    "user_id_invalid",
    "chat_id_invalid",
)
_GONE = ("message to delete not found", "message_id_invalid")
_ABOUT_THE_BUTTONS = ("button", "reply markup", "reply_markup", "keyboard")
_ABOUT_THE_CONTENT = (
    *_ABOUT_THE_BUTTONS,
    "can't parse",
    "can't find end",
    "unsupported start tag",
    "entity",
    "entities",
    "message is too long",
    "message_too_long",
    "message text is empty",
    "message_empty",
    "text must be",
    "text is too long",
    'parameter "text"',
    "wrong http url",
    "url_invalid",
    "url host is empty",
    "strings must be encoded in utf-8",
    # about one press or one message, which nothing sent later can mend
    "query is too old",
    "query_id_invalid",
    "message to edit not found",
    "message to be replied not found",
    "message can't be",
)


class NotModifiedError(ContentRefusedError):
    """An edit would change nothing: the message already shows just this."""


class ButtonsRefusedError(ContentRefusedError):
    """Telegram does not take the buttons; the text alone may do."""


class MessageGoneError(ContentRefusedError):
    """The message that was to be deleted is not there."""


class ServerTroubleError(PlatformUnreachableError):
    """An error of Telegram's own, or a page in place of an answer: most likely nothing was done."""


def translated(error: AiogramError) -> PlatformError:
    """The error as `core` knows it."""
    for kinds, meaning in _MEANINGS:
        if isinstance(error, kinds):
            return meaning(error)
    return _unknown(error)


def _unknown(error: AiogramError) -> PlatformError:
    return PlatformUnreachableError(f"Telegram answered something unknown: {_said(error)}")


def _asked_to_wait(error: TelegramRetryAfter) -> PlatformError:
    return PlatformUnreachableError(
        f"Telegram asks to wait {error.retry_after} s (429)", retry_after=error.retry_after
    )


def _group_moved(error: TelegramMigrateToChat) -> PlatformError:
    return TargetMovedError(
        "the group has become a supergroup with a new id", target=str(error.migrate_to_chat_id)
    )


def _trouble(error: TelegramServerError | ClientDecodeError) -> PlatformError:
    said = _said(error) if isinstance(error, TelegramServerError) else "a page that is no answer"
    return ServerTroubleError(
        f"Telegram has trouble of its own (5xx: {said})", may_have_arrived=True
    )


def _no_answer(error: TelegramNetworkError) -> PlatformError:
    return unreachable("Telegram", error.__cause__ or error)


def _bad_request(error: TelegramBadRequest) -> PlatformError:
    said = _said(error)
    lowered = said.lower()
    if "message is not modified" in lowered:
        return NotModifiedError(said)
    if any(phrase in lowered for phrase in _GONE):
        return MessageGoneError(said)
    if any(phrase in lowered for phrase in _ABOUT_THE_TARGET):
        return TargetError(said)
    if any(phrase in lowered for phrase in _ABOUT_THE_BUTTONS):
        return ButtonsRefusedError(said)
    if any(phrase in lowered for phrase in _ABOUT_THE_CONTENT):
        return ContentRefusedError(said)
    return _unknown(error)


def _said(error: AiogramError) -> str:
    """Telegram's own words, in one line and without the method that was called."""
    said = error.message if isinstance(error, TelegramAPIError) else str(error)
    return " ".join(said.split())[:_MOST_SAID]


_MEANINGS: tuple[tuple[type | UnionType, Callable[[Any], PlatformError]], ...] = (
    (TelegramRetryAfter, _asked_to_wait),
    (
        TelegramUnauthorizedError | TelegramNotFound,
        lambda _: CredentialsRefusedError(UNKNOWN_TO_TELEGRAM),
    ),
    (TelegramConflictError, lambda _: OtherReceiverError(OTHER_RECEIVER)),
    (TelegramMigrateToChat, _group_moved),
    (TelegramForbiddenError, lambda error: TargetError(_said(error))),
    (TelegramBadRequest, _bad_request),
    (TelegramServerError | ClientDecodeError, _trouble),
    (TelegramEntityTooLarge, lambda error: ContentRefusedError(_said(error))),
    (TelegramNetworkError, _no_answer),
)
