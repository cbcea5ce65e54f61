"""Presses of inline buttons. Each is answered, or its progress sign would turn for ever."""

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bots.telegram.people import read_chat, read_person
from bots.telegram.sender import TelegramSender
from core.chat.desk import ChatDesk


def presses_router() -> Router:
    """The handler of presses."""
    router = Router(name="presses")
    router.callback_query.register(_press)
    return router


async def _press(
    query: CallbackQuery, desk: ChatDesk, sender: TelegramSender, private_chat_url: str
) -> None:
    if query.message is None or query.data is None:  # the message is too old to be shown anew
        await sender.answer_press(query.id, None, is_alert=False)
        return
    chat = query.message.chat
    answer = await desk.press(
        query.data,
        read_person(query.from_user),
        read_chat(chat, private_chat_url=private_chat_url),
    )
    await sender.answer_press(query.id, answer.notice, is_alert=answer.is_alert)
    if answer.message is None or not isinstance(query.message, Message):
        return
    if answer.replaces:
        await sender.replace(query.message, answer.message)
    else:
        await sender.answer(query.message, answer.message, as_reply=chat.type != "private")
