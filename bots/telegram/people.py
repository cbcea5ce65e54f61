"""
Who wrote or pressed, and where: Telegram's users and chats as `core` knows them.
"""

from aiogram.types import InaccessibleMessage
from aiogram.types import Message as TelegramMessage
from aiogram.types import User as TelegramUser

from core.chat.asking import Chat, Person
from core.platform import PlatformName

AnyMessage = TelegramMessage | InaccessibleMessage
"""A message, also one that is so old that Telegram tells nothing but its id."""

_ANONYMOUS_ADMINISTRATOR = 1087968824  # the stand-in that Telegram names as the sender


def read_person(user: TelegramUser) -> Person:
    """The person behind a Telegram user."""
    return Person(
        platform=PlatformName.TELEGRAM,
        id=str(user.id),
        name=user.full_name,
        language=user.language_code,
        is_anonymous=user.id == _ANONYMOUS_ADMINISTRATOR,
    )


def read_chat(message: AnyMessage, *, private_chat_url: str | None) -> Chat:
    """The chat that a message stands in, and which message that is unless it is too old."""
    return Chat(
        target=str(message.chat.id),
        is_private=message.chat.type == "private",
        private_chat_url=private_chat_url,
        message_id=None if isinstance(message, InaccessibleMessage) else str(message.message_id),
    )


def is_sent_by_a_person(message: TelegramMessage) -> bool:
    """Whether a person put a message there, be it his own words or what he passes on."""
    sender = message.from_user
    if sender is None or message.chat.type == "channel" or message.is_automatic_forward:
        return False
    if sender.id == _ANONYMOUS_ADMINISTRATOR:
        return message.sender_chat is not None and message.sender_chat.id == message.chat.id
    return not sender.is_bot and message.sender_chat is None


def is_written_by_a_person(message: TelegramMessage) -> bool:
    """
    Whether a message is somebody's own words to us.

    Channel posts (also those that Telegram copies into a linked group), other bots and forwarded
    messages are not: their commands were meant for somebody else.
    """
    if message.forward_origin is not None or message.via_bot is not None:
        return False
    return is_sent_by_a_person(message)
