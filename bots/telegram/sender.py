"""
Answers to people, and single calls: one place for time-outs, errors and the pace.

An answer to a person is worth a few tries, for some seconds: later the person has asked again. It
is not sent twice for a time-out, since the first may have arrived. In a group that has used up its
budget an answer is left out: notices and moderation need the rest.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import structlog
from aiogram import Bot as Client
from aiogram.exceptions import AiogramError
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    SendMessage,
    SendPhoto,
    TelegramMethod,
)
from aiogram.types import InaccessibleMessage, InlineKeyboardMarkup, ReplyParameters
from aiogram.types import Message as TelegramMessage

from bots.telegram.deliveries import CALL_TIMEOUT
from bots.telegram.errors import (
    ButtonsRefusedError,
    MessageGoneError,
    NotModifiedError,
    PictureRefusedError,
    ServerTroubleError,
    translated,
)
from bots.telegram.methods import edit_text, only_part, parts_of, photo, text
from bots.telegram.people import AnyMessage
from bots.telegram.rendering import RenderedPart
from core.message import Message
from core.pacing import Pacer, Priority
from core.platform import (
    ContentRefusedError,
    PlatformError,
    PlatformUnreachableError,
    TargetError,
    TargetMovedError,
)
from core.supervision import growing_pauses

log = structlog.get_logger(__name__)

T = TypeVar("T")

_PATIENCE = 12.0  # seconds an answer is tried for
_LEFT_IN_GROUPS = 0.25  # share of a group's budget that answers leave to notices
_ALERT_LENGTH = 200  # characters (Bot API, answerCallbackQuery)
_NO_PICTURE = "…"  # stands for a picture without words, which could not be shown

Sending = SendMessage | SendPhoto


class TelegramSender:
    """Answers and calls with one bot's token."""

    def __init__(self, *, client: Client, pacer: Pacer) -> None:
        self._client = client
        self._pacer = pacer

    async def call(self, method: TelegramMethod[T], *, timeout: int = CALL_TIMEOUT) -> T:
        """
        One call, tried once.

        Raises:
            PlatformError: the subclass that says what to do next.
        """
        try:
            return await self._client(method, request_timeout=timeout)
        except AiogramError as error:
            raise translated(error) from error

    async def answer(self, to: AnyMessage, message: Message, *, as_reply: bool) -> bool:
        """
        Answer a person where he wrote or pressed; whether all of it was shown.

        In vain if it cannot be done by now.
        """
        reply = (
            ReplyParameters(message_id=to.message_id, allow_sending_without_reply=True)
            if as_reply
            else None
        )
        thread_id = None
        if isinstance(to, TelegramMessage) and to.is_topic_message:
            thread_id = to.message_thread_id
        if to.chat.type != "private" and not await self._pacer.try_now(
            str(to.chat.id), Priority.REPLY, leave=_LEFT_IN_GROUPS
        ):
            log.info("answer left out", reason="the group's budget is used up", chat=to.chat.id)
            return False
        where: dict[str, Any] = {"chat_id": to.chat.id, "message_thread_id": thread_id}
        for number, (part, markup) in enumerate(parts_of(message)):
            if to.chat.type == "private" or number:
                await self._pacer.wait(str(to.chat.id), Priority.REPLY)
            if not await self._patiently(
                _shown(part, **where, reply_markup=markup, reply_parameters=reply),
                otherwise=partial(_shown_plainly, part, {**where, "reply_markup": markup}),
                chat_id=to.chat.id,
            ):
                return False
        return True

    async def replace(self, shown: AnyMessage, message: Message) -> None:
        """
        Show another message in place of one of ours.

        A picture and a text cannot take each other's place: the new one is sent, the former
        deleted. What is too old to be looked at is left where it is.
        """
        is_old = isinstance(shown, InaccessibleMessage)
        if is_old or shown.photo is not None or message.picture is not None:
            if await self.answer(shown, message, as_reply=False) and not is_old:
                await self.delete(shown)
            return
        part, markup = only_part(message)
        if shown.text == part.text and _are_same(shown.reply_markup, markup):
            return  # what changes nothing is refused (Bot API: „message is not modified")
        await self._pacer.wait(str(shown.chat.id), Priority.REPLY)
        edit = partial(edit_text, shown.chat.id, shown.message_id, part)
        await self._patiently(
            edit(markup),
            otherwise=lambda refusal: edit(_kept(markup, refusal), is_plain=True),
            chat_id=shown.chat.id,
        )

    async def delete(self, message: AnyMessage) -> None:
        """Delete a message of ours or of a person. That it cannot be done is a line in the log."""
        chat, told = message.chat, {"chat": message.chat.id, "message": message.message_id}
        try:
            await self.call(DeleteMessage(chat_id=chat.id, message_id=message.message_id))
        except MessageGoneError:
            return
        except PlatformError as error:
            if chat.type != "private" and isinstance(error, TargetError | ContentRefusedError):
                mend = "make the bot an administrator with the right to delete messages"
                log.warning("message not deleted", **told, reason=str(error), mend=mend)
            else:
                log.info("message not deleted", **told, reason=str(error))

    async def answer_press(self, query_id: str, notice: str | None, *, is_alert: bool) -> None:
        """Stop the button's progress sign, with a short notice if there is one."""
        text = notice[:_ALERT_LENGTH] if notice else None
        await self._patiently(
            AnswerCallbackQuery(callback_query_id=query_id, text=text, show_alert=is_alert or None)
        )

    async def _patiently(
        self,
        method: TelegramMethod[T],
        *,
        otherwise: Callable[[ContentRefusedError], TelegramMethod[T]] | None = None,
        chat_id: int | None = None,
    ) -> bool:
        """
        Try for `_PATIENCE` seconds; whether it was done. Why it was not is a line in the log.

        `otherwise`: what to try if the content is refused. `chat_id`: whose budget it has used.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + _PATIENCE
        pauses = growing_pauses(0.5, _PATIENCE)
        while True:
            try:
                await self._call_following(method)
            except NotModifiedError:
                return True
            except TargetError as error:
                log.info("answer refused", reason=str(error))
                return False
            except ContentRefusedError as error:
                if otherwise is None or isinstance(error, MessageGoneError):
                    log.info("answer refused", reason=str(error))
                    return False
                log.error("markup refused", platform="telegram", error=str(error))  # noqa: TRY400 - Telegram's words say it all
                method, otherwise = otherwise(error), None
            except PlatformUnreachableError as error:
                wait = self._asked_wait(error, chat_id) or next(pauses)
                is_lost = error.may_have_arrived and not isinstance(error, ServerTroubleError)
                if is_lost or clock() + wait > deadline:
                    log.warning("answer given up", reason=str(error))
                    return False
                await asyncio.sleep(wait)
            else:
                return True
            if chat_id is not None:
                await self._pacer.wait(str(chat_id), Priority.REPLY)

    async def _call_following(self, method: TelegramMethod[T]) -> T:
        """As `call`; into the supergroup that a group has become."""
        try:
            return await self.call(method)
        except TargetMovedError as error:
            log.info("answer follows a group", to=error.target)
            return await self.call(method.model_copy(update={"chat_id": int(error.target)}))

    def _asked_wait(self, error: PlatformUnreachableError, chat_id: int | None) -> float | None:
        """The seconds that Telegram asks to wait, which whatever goes to that chat then does."""
        if error.retry_after is not None and chat_id is not None:
            self._pacer.penalise(str(chat_id), error.retry_after)
        return error.retry_after


def _shown(part: RenderedPart, *, is_plain: bool = False, **fields: Any) -> Sending:
    if part.picture is None:
        return text(part, is_plain=is_plain, **fields)
    return photo(part, is_plain=is_plain, **fields)


def _shown_plainly(
    part: RenderedPart, fields: Mapping[str, Any], refusal: ContentRefusedError
) -> Sending:
    """The same without what was refused: markup, buttons, the picture."""
    if isinstance(refusal, PictureRefusedError):
        part = RenderedPart(part.html, part.text or _NO_PICTURE)
    kept = {**fields, "reply_markup": _kept(fields["reply_markup"], refusal)}
    return _shown(part, is_plain=True, **kept)


def _are_same(shown: InlineKeyboardMarkup | None, new: InlineKeyboardMarkup | None) -> bool:
    if shown is None or new is None:
        return shown is new
    return shown.model_dump(exclude_none=True) == new.model_dump(exclude_none=True)


def _kept(
    markup: InlineKeyboardMarkup | None, refusal: ContentRefusedError
) -> InlineKeyboardMarkup | None:
    return None if isinstance(refusal, ButtonsRefusedError) else markup
