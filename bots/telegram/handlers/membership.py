"""The bot's own membership: it leaves groups that it has no business in."""

import structlog
from aiogram import F, Router
from aiogram.methods import LeaveChat
from aiogram.types import ChatMemberUpdated

from bots.telegram.sender import TelegramSender
from core.platform import PlatformError
from core.site_groups import SiteGroups

log = structlog.get_logger(__name__)

_OUTSIDE = {"left", "kicked"}


def membership_router() -> Router:
    """The handler of the bot's being added somewhere."""
    router = Router(name="membership")
    router.my_chat_member.register(_joined, F.chat.type != "private")
    return router


async def _joined(change: ChatMemberUpdated, groups: SiteGroups, sender: TelegramSender) -> None:
    was_outside = change.old_chat_member.status in _OUTSIDE
    is_outside = change.new_chat_member.status in _OUTSIDE
    if not was_outside or is_outside or groups.may_stay(change.chat.id):
        return
    try:
        await sender.call(LeaveChat(chat_id=change.chat.id))
    except PlatformError as error:
        log.warning("could not leave a group", chat=change.chat.id, reason=str(error))
    else:
        log.info("left a group", chat=change.chat.id, mend="allow_to_join_new_groups")
