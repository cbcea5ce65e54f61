"""Commands and ordinary text that people write."""

import re

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bots.telegram.people import is_written_by_a_person, read_chat, read_person
from bots.telegram.sender import TelegramSender
from core.chat.asking import Answer
from core.chat.desk import ChatDesk

_ANY_COMMAND = re.compile(r"\w+")


def messages_router() -> Router:
    """Handlers for what people write; what a program or somebody else wrote passes unanswered."""
    router = Router(name="messages")
    router.message.filter(is_written_by_a_person)
    router.message.register(_command, F.text, Command(_ANY_COMMAND))
    router.message.register(_text, F.text & ~F.text.startswith("/"))
    return router


async def _command(
    message: Message,
    command: CommandObject,
    desk: ChatDesk,
    sender: TelegramSender,
    private_chat_url: str,
) -> None:
    if message.from_user is None:
        return
    answer = await desk.command(
        command.command.lower(),
        command.args or "",
        read_person(message.from_user),
        read_chat(message.chat, private_chat_url=private_chat_url),
    )
    await _show(answer, message, sender)


async def _text(
    message: Message, desk: ChatDesk, sender: TelegramSender, private_chat_url: str
) -> None:
    if message.from_user is None:
        return
    answer = await desk.text(
        message.text or "",
        read_person(message.from_user),
        read_chat(message.chat, private_chat_url=private_chat_url),
    )
    await _show(answer, message, sender)


async def _show(answer: Answer | None, message: Message, sender: TelegramSender) -> None:
    if answer is not None and answer.message is not None:
        await sender.answer(message, answer.message, as_reply=message.chat.type != "private")
