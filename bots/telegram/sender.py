"""
Answers to people, and single calls: one place for time-outs, errors and the pace.

An answer to a person is worth a few tries, for some seconds: later the person has asked again. It
is not sent twice for a time-out, since the first may have arrived. In a group that has used up its
budget an answer is left out: notices and moderation need the rest.
"""

import asyncio
from typing import TypeVar

import structlog
from aiogram import Bot as Client
from aiogram.exceptions import AiogramError
from aiogram.methods import AnswerCallbackQuery, EditMessageText, SendMessage, TelegramMethod
from aiogram.types import InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from aiogram.types import Message as TelegramMessage

from bots.telegram.deliveries import CALL_TIMEOUT
from bots.telegram.errors import NotModifiedError, ServerTroubleError, translated
from bots.telegram.rendering import RenderedPart, keyboard, render
from core.message import Message
from core.pacing import Pacer, Priority
from core.platform import (
    ContentRefusedError,
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
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


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

    async def answer(self, to: TelegramMessage, message: Message, *, as_reply: bool) -> None:
        """Answer a person's message where it was written; in vain if it cannot be done by now."""
        reply = (
            ReplyParameters(message_id=to.message_id, allow_sending_without_reply=True)
            if as_reply
            else None
        )
        thread_id = to.message_thread_id if to.is_topic_message else None
        if to.chat.type != "private" and not await self._pacer.try_now(
            str(to.chat.id), Priority.REPLY, leave=_LEFT_IN_GROUPS
        ):
            log.info("answer left out", reason="the group's budget is used up", chat=to.chat.id)
            return
        for number, (part, markup) in enumerate(_with_keyboard(message)):
            if to.chat.type == "private" or number:
                await self._pacer.wait(str(to.chat.id), Priority.REPLY)
            if not await self._patiently(
                self._part(to.chat.id, part, markup, thread_id=thread_id, reply=reply),
                plain=self._part(to.chat.id, part, markup, thread_id=thread_id, plain=True),
                chat_id=to.chat.id,
            ):
                return

    async def replace(self, shown: TelegramMessage, message: Message) -> None:
        """Show another message in place of one of ours."""
        part, markup = _with_keyboard(message)[0]
        await self._pacer.wait(str(shown.chat.id), Priority.REPLY)
        await self._patiently(
            EditMessageText(
                chat_id=shown.chat.id,
                message_id=shown.message_id,
                text=part.html,
                parse_mode="HTML",
                reply_markup=markup,
                link_preview_options=_NO_PREVIEW,
            ),
            chat_id=shown.chat.id,
        )

    async def answer_press(self, query_id: str, notice: str | None, *, is_alert: bool) -> None:
        """Stop the button's progress sign, with a short notice if there is one."""
        text = notice[:_ALERT_LENGTH] if notice else None
        await self._patiently(
            AnswerCallbackQuery(callback_query_id=query_id, text=text, show_alert=is_alert or None)
        )

    def _part(
        self,
        chat_id: int,
        part: RenderedPart,
        markup: InlineKeyboardMarkup | None,
        *,
        thread_id: int | None = None,
        reply: ReplyParameters | None = None,
        plain: bool = False,
    ) -> SendMessage:
        return SendMessage(
            chat_id=chat_id,
            message_thread_id=thread_id,
            text=part.text if plain else part.html,
            parse_mode=None if plain else "HTML",
            reply_markup=markup,
            reply_parameters=reply,
            link_preview_options=_NO_PREVIEW,
        )

    async def _patiently(
        self,
        method: TelegramMethod[T],
        *,
        plain: TelegramMethod[T] | None = None,
        chat_id: int | None = None,
    ) -> bool:
        """
        Try for `_PATIENCE` seconds; whether it was done. Why it was not is a line in the log.

        `plain`: what to try if the content is refused. `chat_id`: whose budget it has used.
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
                if plain is None:
                    log.info("answer refused", reason=str(error))
                    return False
                log.error("markup refused", platform="telegram", error=str(error))  # noqa: TRY400 - Telegram's words say it all
                method, plain = plain, None
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


def _with_keyboard(message: Message) -> list[tuple[RenderedPart, InlineKeyboardMarkup | None]]:
    """The parts of a message; the buttons stand below the last."""
    parts = render(message)
    markups = [None] * (len(parts) - 1) + [keyboard(message.buttons)]
    return list(zip(parts, markups, strict=True))
