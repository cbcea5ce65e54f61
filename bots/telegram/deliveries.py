"""
Sending what nobody waits for at a screen: notices and broadcasts, and changing or deleting them.

Each call is tried once; when again is the caller's business, and so is the pace. Only what is no
paid broadcast has a limit of its own beside it, where the whole bot may send more than is free.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeVar

import structlog
from aiogram import Bot as Client
from aiogram.exceptions import AiogramError
from aiogram.methods import DeleteMessage, TelegramMethod

from bots.posting import post_parts, rendered, telling_sent
from bots.telegram.errors import (
    ButtonsRefusedError,
    MessageGoneError,
    NotModifiedError,
    PictureRefusedError,
    translated,
)
from bots.telegram.methods import edit_text, only_part, photo
from bots.telegram.rendering import RenderedPart, keyboard, render
from bots.telegram.session import LeanSession
from bots.telegram.targets import chat_of, read_target
from core.message import Message
from core.pacing import Pacer, Priority
from core.platform import ContentRefusedError, PlatformName, Posting, Sent, TargetError

log = structlog.get_logger(__name__)

T = TypeVar("T")

CALL_TIMEOUT = 10  # seconds for one call
_KEPT = 16  # messages whose rendering is kept: a broadcast is the same for all
_NOTHING = "…"  # stands for a picture without words, which could not be shown
_NO_PREVIEW: Mapping[str, Any] = {"is_disabled": True}


class TelegramDeliveries:
    """
    Sends with one bot's token.

    `paid_broadcasts`: broadcasts are paid for. `unpaid_pacer`: the pace of everything else, if that
    is slower than the bot's.
    """

    def __init__(
        self,
        *,
        client: Client,
        session: LeanSession,
        paid_broadcasts: bool,
        unpaid_pacer: Pacer | None,
    ) -> None:
        self._client = client
        self._session = session
        self._paid_broadcasts = paid_broadcasts
        self._unpaid_pacer = unpaid_pacer
        self._rendered = lru_cache(maxsize=_KEPT)(_rendered)

    async def send(self, posting: Posting) -> Sent:
        """See `core.platform.Bot.send`."""
        with telling_sent(posting.sent):
            chat_id, thread_id = read_target(posting.target)
        is_paid = self._paid_broadcasts and posting.is_broadcast
        fields = {
            "chat_id": chat_id,
            "message_thread_id": thread_id,
            "disable_notification": posting.message.silent or None,
            "allow_paid_broadcast": is_paid or None,
        }
        common = {name: value for name, value in fields.items() if value is not None}
        parts, buttons = await rendered(self._rendered, posting.message)

        async def post(number: int, refusal: ContentRefusedError | None) -> str:
            part, given = parts[number], dict[str, Any](common)
            is_last = number == len(parts) - 1
            if is_last and buttons and not isinstance(refusal, ButtonsRefusedError):
                given["reply_markup"] = buttons
            if part.picture is not None and not isinstance(refusal, PictureRefusedError):
                return str(await self._post_picture(part, given, is_plain=refusal is not None))
            given["link_preview_options"] = _NO_PREVIEW
            return str(await self._post(given | _shown(part, is_plain=refusal is not None)))

        if self._unpaid_pacer is not None and not is_paid:
            posting = _slowed(posting, self._unpaid_pacer)
        return Sent(await post_parts(posting, len(parts), post, platform=PlatformName.TELEGRAM))

    async def edit(self, target: str, message_id: str, message: Message) -> None:
        """See `core.platform.Bot.edit`. A picture is never put in place of a text."""
        if message.picture is not None:
            raise ContentRefusedError("a picture cannot be put in place of a message")
        chat_id, _ = read_target(target)
        number = _message_id(message_id)
        part, markup = only_part(message)
        with suppress(MessageGoneError, NotModifiedError):
            try:
                await self._call(edit_text(chat_id, number, part, markup))
            except (MessageGoneError, NotModifiedError):
                raise
            except ContentRefusedError as refusal:
                log.error("markup refused", platform="telegram", error=str(refusal))  # noqa: TRY400 - Telegram's words say it all
                keeps = None if isinstance(refusal, ButtonsRefusedError) else markup
                await self._call(edit_text(chat_id, number, part, keeps, is_plain=True))

    async def delete(self, target: str, message_id: str) -> None:
        """See `core.platform.Bot.delete`."""
        chat_id, _ = read_target(target)
        with suppress(MessageGoneError):
            await self._call(DeleteMessage(chat_id=chat_id, message_id=_message_id(message_id)))

    async def _call(self, method: TelegramMethod[T]) -> T:
        try:
            return await self._client(method, request_timeout=CALL_TIMEOUT)
        except AiogramError as error:
            raise translated(error) from error

    async def _post_picture(
        self, part: RenderedPart, fields: dict[str, Any], *, is_plain: bool
    ) -> int:
        """A picture is a file, which goes as a form: the library's own way."""
        return (await self._call(photo(part, is_plain=is_plain, **fields))).message_id

    async def _post(self, fields: dict[str, Any]) -> int:
        try:
            return await self._session.post_message(self._client, fields, timeout=CALL_TIMEOUT)
        except AiogramError as error:
            raise translated(error) from error


def _message_id(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise TargetError(f"{text!r} is no id of a message at Telegram")
    return int(text)


def _rendered(message: Message) -> tuple[tuple[RenderedPart, ...], Mapping[str, Any] | None]:
    """The parts, and the keyboard as the Bot API has it."""
    markup = keyboard(message.buttons)
    return render(message), None if markup is None else markup.model_dump(exclude_none=True)


def _shown(part: RenderedPart, *, is_plain: bool) -> dict[str, Any]:
    return (
        {"text": part.text or _NOTHING} if is_plain else {"text": part.html, "parse_mode": "HTML"}
    )


def _slowed(posting: Posting, pacer: Pacer) -> Posting:
    async def turn() -> None:
        priority = Priority.BROADCAST if posting.is_broadcast else Priority.NOTICE
        await pacer.wait(chat_of(posting.target), priority)
        await posting.turn()

    return replace(posting, turn=turn)
