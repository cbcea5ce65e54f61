"""
Commands, ordinary text, and what is no text: what people send.

In groups what a person passes on from elsewhere is looked at too, since it may hold a secret;
nothing else of a group's talk is ever answered.
"""

import re

from aiogram import F, Router
from aiogram.enums import ContentType
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bots.telegram.people import is_sent_by_a_person, is_written_by_a_person, read_chat, read_person
from bots.telegram.sender import TelegramSender
from core.chat.asking import Answer
from core.chat.desk import ChatDesk

_ANY_COMMAND = re.compile(r"\w+")
_WITHOUT_TEXT = {
    ContentType.ANIMATION,
    ContentType.AUDIO,
    ContentType.CONTACT,
    ContentType.DICE,
    ContentType.DOCUMENT,
    ContentType.GAME,
    ContentType.LOCATION,
    ContentType.PHOTO,
    ContentType.POLL,
    ContentType.STICKER,
    ContentType.STORY,
    ContentType.VENUE,
    ContentType.VIDEO,
    ContentType.VIDEO_NOTE,
    ContentType.VOICE,
}
"""What a person sends, in contrast to what Telegram says of a chat by a service message."""


def messages_router() -> Router:
    """Handlers for what people send; what a program or somebody else wrote passes unanswered."""
    router = Router(name="messages")
    is_private, is_command = F.chat.type == "private", F.text.startswith("/")
    written, sent = is_written_by_a_person, is_sent_by_a_person
    router.message.register(_command, written, F.text, Command(_ANY_COMMAND))
    router.message.register(_text, written, is_private, F.text & ~is_command)
    router.message.register(_no_text, written, is_private, F.content_type.in_(_WITHOUT_TEXT))
    router.message.register(_group_text, sent, ~is_private, F.text | F.caption)
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
    person = read_person(message.from_user)
    chat = read_chat(message, private_chat_url=private_chat_url)
    answer = None
    if command.args and not chat.is_private:  # a secret may stand behind a command as well
        answer = await desk.text(message.text, person, chat)
    if answer is None:
        answer = await desk.command(command.command.lower(), command.args or "", person, chat)
    await _show(answer, message, sender)


async def _text(
    message: Message, desk: ChatDesk, sender: TelegramSender, private_chat_url: str
) -> None:
    await _tell_desk(message.text, message, desk, sender, private_chat_url)


async def _no_text(
    message: Message, desk: ChatDesk, sender: TelegramSender, private_chat_url: str
) -> None:
    await _tell_desk(None, message, desk, sender, private_chat_url)


async def _group_text(
    message: Message, desk: ChatDesk, sender: TelegramSender, private_chat_url: str
) -> None:
    await _tell_desk(message.text or message.caption, message, desk, sender, private_chat_url)


async def _tell_desk(
    text: str | None,
    message: Message,
    desk: ChatDesk,
    sender: TelegramSender,
    private_chat_url: str,
) -> None:
    if message.from_user is None:
        return
    answer = await desk.text(
        text,
        read_person(message.from_user),
        read_chat(message, private_chat_url=private_chat_url),
    )
    await _show(answer, message, sender)


async def _show(answer: Answer | None, message: Message, sender: TelegramSender) -> None:
    """
    Show an answer to a message, and delete that one if it must not stay.

    In a group, where many read, it is deleted first.
    """
    if answer is None:
        return
    is_group = message.chat.type != "private"
    if answer.deletes_asked and is_group:
        await sender.delete(message)
    if answer.message is not None:
        is_reply = is_group and not answer.deletes_asked
        await sender.answer(message, answer.message, as_reply=is_reply)
    if answer.deletes_asked and not is_group:
        await sender.delete(message)
