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

_RIGHT_IS_MISSING = (
    "not enough rights",
    "have no rights",
    "need administrator rights",
    "chat_admin_required",
    "right_forbidden",
    "member list is inaccessible",
)
_IS_ADMINISTRATOR = (
    "user is an administrator",
    "can't remove chat owner",
    "user_admin_invalid",
)
_IS_A_STRANGER = (
    "user not found",
    "member not found",
    "user_not_participant",
    "participant_id_invalid",
    "invalid user_id",
)
_ABOUT_THE_TARGET = (
    "chat not found",
    "chat_id is empty",
    "can't restrict self",
    "group chat was upgraded",
    "group chat was deleted",
    "message thread not found",
    "message_thread_id",
    "topic_closed",
    "topic_deleted",
    "topic_id_invalid",
    "chat_write_forbidden",
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
_GONE = ("message to delete not found", "message to edit not found", "message_id_invalid")
_ABOUT_THE_PICTURE = (
    "image_process_failed",
    "photo_invalid",
    "photo_ext_invalid",
    "photo_crop_size_small",
    "file must be non-empty",
    "file is too big",
)
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
    "caption is too long",
    "caption_too_long",
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
    "message to be replied not found",
    "there is no text in the message",
    "message can't be",
)


class NotModifiedError(ContentRefusedError):
    """An edit would change nothing: the message already shows just this."""


class ButtonsRefusedError(ContentRefusedError):
    """Telegram does not take the buttons; the text alone may do."""


class PictureRefusedError(ContentRefusedError):
    """Telegram does not take the picture; the text alone may do."""


class MessageGoneError(ContentRefusedError):
    """The message that was to be deleted or changed is not there."""


class RightMissingError(TargetError):
    """The bot is no administrator of the group, or one without the right that this needs."""


class AdministratorError(TargetError):
    """The person administers the group: no bot may remove him."""


class StrangerError(TargetError):
    """The person is not in the group, or Telegram does not know him."""


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
    for phrases, meaning in _BAD_REQUESTS:
        if any(phrase in lowered for phrase in phrases):
            return meaning(said)
    return _unknown(error)


def _said(error: AiogramError) -> str:
    """Telegram's own words, in one line and without the method that was called."""
    said = error.message if isinstance(error, TelegramAPIError) else str(error)
    return " ".join(said.split())[:_MOST_SAID]


_BAD_REQUESTS: tuple[tuple[tuple[str, ...], Callable[[str], PlatformError]], ...] = (
    (("message is not modified",), NotModifiedError),
    (_GONE, MessageGoneError),
    (_RIGHT_IS_MISSING, RightMissingError),
    (_IS_ADMINISTRATOR, AdministratorError),
    (_IS_A_STRANGER, StrangerError),
    (_ABOUT_THE_TARGET, TargetError),
    (_ABOUT_THE_PICTURE, PictureRefusedError),
    (_ABOUT_THE_BUTTONS, ButtonsRefusedError),
    (_ABOUT_THE_CONTENT, ContentRefusedError),
)
"""What wordings mean; the first that is found counts."""

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
