"""
Presses of inline buttons. Each is answered, or its progress sign would turn for ever.

Telegram waits for some seconds only. What is not decided by then has its sign stopped without a
word, and the answer comes as a message.
"""

import asyncio

from aiogram import Router
from aiogram.types import CallbackQuery, InaccessibleMessage

from bots.telegram.people import AnyMessage, read_chat, read_person
from bots.telegram.sender import TelegramSender
from core.chat.asking import Answer
from core.chat.desk import ChatDesk
from core.texts.layout import sentence

_DEAD_BUTTON = ""  # data that no action has
_PROMPT = 3.0  # seconds after which the button's sign is stopped


def presses_router() -> Router:
    """The handler of presses."""
    router = Router(name="presses")
    router.callback_query.register(_press)
    return router


async def _press(
    query: CallbackQuery, desk: ChatDesk, sender: TelegramSender, private_chat_url: str
) -> None:
    if query.message is None or query.data is None:  # nobody knows where to answer
        await sender.answer_press(query.id, None, is_alert=False)
        return
    chat = read_chat(query.message, private_chat_url=private_chat_url)
    asking = asyncio.create_task(desk.press(query.data, read_person(query.from_user), chat))
    try:
        await asyncio.wait({asking}, timeout=_PROMPT)
        prompt = _answered(asking)
        if asking.done() and isinstance(query.message, InaccessibleMessage) and _is_silent(prompt):
            # Nothing can be done to so old a message. The desk has words for a dead button.
            prompt = await desk.press(_DEAD_BUTTON, read_person(query.from_user), chat)
        await sender.answer_press(query.id, prompt.notice, is_alert=prompt.is_alert)
        answer = await asking
    finally:
        asking.cancel()
        await asyncio.wait({asking})
    if answer.message is None and answer.notice is not None and prompt.notice is None:
        answer = Answer(message=sentence(answer.notice), deletes_asked=answer.deletes_asked)
    await _show(answer, query.message, sender)


def _answered(asking: asyncio.Task[Answer]) -> Answer:
    """The answer so far: an empty one while there is none, and if there will be none."""
    is_there = asking.done() and not asking.cancelled() and asking.exception() is None
    return asking.result() if is_there else Answer()


def _is_silent(answer: Answer) -> bool:
    return answer.message is None and answer.notice is None


async def _show(answer: Answer, shown: AnyMessage, sender: TelegramSender) -> None:
    if answer.message is not None and answer.replaces:
        await sender.replace(shown, answer.message)
    elif answer.message is not None:
        await sender.answer(shown, answer.message, as_reply=shown.chat.type != "private")
    if answer.deletes_asked and not isinstance(shown, InaccessibleMessage):
        await sender.delete(shown)
