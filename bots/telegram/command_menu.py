"""
The list of commands that Telegram shows beside the input field, in every language.

Telegram takes a two-letter language code, so both kinds of Chinese share one list; the list
without a code is for everybody else, in the site's language (Bot API, setMyCommands).
"""

from collections.abc import Awaitable, Callable

import structlog
from aiogram.methods import SetMyCommands
from aiogram.types import BotCommand, BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats

from core.chat.desk import ChatDesk
from core.platform import PlatformError

log = structlog.get_logger(__name__)

_LANGUAGE_CODES = (None, "zh", "en", "ja")


async def register_commands(
    desk: ChatDesk, call: Callable[[SetMyCommands], Awaitable[bool]]
) -> None:
    """Tell Telegram the commands. Without them the bot works, so a failure is only a warning."""
    try:
        for scope in (BotCommandScopeAllPrivateChats(), BotCommandScopeAllGroupChats()):
            in_groups = isinstance(scope, BotCommandScopeAllGroupChats)
            for code in _LANGUAGE_CODES:
                listed = [
                    BotCommand(command=entry.name, description=entry.description)
                    for entry in desk.commands(code, in_groups=in_groups)
                ]
                await call(SetMyCommands(commands=listed, scope=scope, language_code=code))
    except PlatformError as error:
        log.warning("commands not registered", platform="telegram", reason=str(error))
