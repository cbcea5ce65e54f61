"""
What is done with each kind of update, a file a kind. A handler reads, asks `core`, shows.

Kinds that no handler takes (edited messages, channel posts, reactions …) are not asked for, and
pass without an answer if they come all the same.
"""

from aiogram import Dispatcher

from bots.telegram.handlers.membership import membership_router
from bots.telegram.handlers.messages import messages_router
from bots.telegram.handlers.presses import presses_router
from bots.telegram.sender import TelegramSender
from core.chat.desk import ChatDesk
from core.site_groups import SiteGroups

ALLOWED_UPDATES = ["message", "callback_query", "my_chat_member"]


def build_dispatcher(
    *, desk: ChatDesk, groups: SiteGroups, sender: TelegramSender, private_chat_url: str
) -> Dispatcher:
    """The handlers of one bot, with what they ask for by name."""
    dispatcher = Dispatcher(
        disable_fsm=True,
        desk=desk,
        groups=groups,
        sender=sender,
        private_chat_url=private_chat_url,
    )
    dispatcher.include_routers(messages_router(), presses_router(), membership_router())
    return dispatcher
