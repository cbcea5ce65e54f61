"""
Who is in a group: removing, readmitting, inviting, as one bot may.

Telegram has no plain removal. It is a ban and then its lifting (Bot API, banChatMember), and should
the second call never come, the ban ends by itself a while later. Nobody's ban by an administrator
is lifted by a removal: whoever is out already is left as he is.
"""

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Protocol, TypeVar

from aiogram.methods import (
    BanChatMember,
    CreateChatInviteLink,
    GetChatMember,
    TelegramMethod,
    UnbanChatMember,
)
from aiogram.types import ChatMemberBanned, ChatMemberRestricted
from aiogram.types import ResultChatMemberUnion as ChatMember

from bots.telegram.errors import AdministratorError, RightMissingError, StrangerError
from bots.telegram.targets import read_target
from core.platform import MembershipUnavailableError, TargetError

T = TypeVar("T")

_BAN = timedelta(minutes=10)
"""How long a ban lasts whose lifting never came. Telegram takes under 30 seconds for ever, and its
clock is not ours."""

_FIRST_SUPERGROUP = -1_000_000_000_000  # ids of basic groups lie above it
_BANS, _INVITES = "Ban users", "Invite users via link"  # the rights as Telegram's clients call them
_IN = {"creator", "administrator", "member"}


class Call(Protocol):
    """Makes one call. Raises `PlatformError`."""

    async def __call__(self, method: TelegramMethod[T], /) -> T: ...


class TelegramMembers:
    """See `core.platform.GroupMembers`. `now` gives Unix seconds."""

    def __init__(self, *, call: Call, now: Callable[[], float] = time.time) -> None:
        self._call = call
        self._now = now

    async def remove(self, group: str, user_id: str) -> None:
        """See `core.platform.GroupMembers.remove`."""
        chat_id, number = _chat_id(group), _user_id(user_id)
        member = await self._find(chat_id, number)
        if member is None or _is_in(member):
            await self._ban(chat_id, number)
        elif not self._is_being_removed(member):
            return
        await self._lift(chat_id, number)

    async def readmit(self, group: str, user_id: str) -> None:
        """See `core.platform.GroupMembers.readmit`."""
        await self._lift(_chat_id(group), _user_id(user_id))

    async def invite(self, group: str, *, lasts: timedelta) -> str:
        """See `core.platform.GroupMembers.invite`."""
        until = int(self._now() + lasts.total_seconds())
        link = await _with_right(
            _INVITES,
            self._call(
                CreateChatInviteLink(chat_id=_chat_id(group), member_limit=1, expire_date=until)
            ),
        )
        return link.invite_link

    async def _ban(self, chat_id: int | str, user_id: int) -> None:
        until = int(self._now() + _BAN.total_seconds())
        method = BanChatMember(chat_id=chat_id, user_id=user_id, until_date=until)
        with suppress(StrangerError):  # he is not there
            await _with_right(_BANS, self._call(method))

    async def _lift(self, chat_id: int | str, user_id: int) -> None:
        if not _has_bans(chat_id):
            return
        method = UnbanChatMember(chat_id=chat_id, user_id=user_id, only_if_banned=True)
        with suppress(StrangerError):  # nobody who was never there is banned
            await _with_right(_BANS, self._call(method))

    async def _find(self, chat_id: int | str, user_id: int) -> ChatMember | None:
        """His place in the group. None if Telegram does not say: it does not always know."""
        try:
            return await _with_right(
                _BANS, self._call(GetChatMember(chat_id=chat_id, user_id=user_id))
            )
        except StrangerError:
            return None

    def _is_being_removed(self, member: ChatMember) -> bool:
        """Whether a removal of ours was cut off in its middle: only such a ban ends so soon."""
        if not isinstance(member, ChatMemberBanned):
            return False
        return 0 < member.until_date.timestamp() <= self._now() + _BAN.total_seconds()


async def _with_right(right: str, call: Awaitable[T]) -> T:
    """
    What a call that needs a right gives.

    Raises:
        MembershipUnavailableError: the right is missing, or the person administers the group.
    """
    try:
        return await call
    except RightMissingError as error:
        raise MembershipUnavailableError(
            f"make the bot an administrator of the group with the right “{right}” ({error})"
        ) from error
    except AdministratorError as error:
        raise MembershipUnavailableError(
            "a bot cannot remove an administrator: take that role from him in the group's settings"
            f" first, or remove him by hand ({error})"
        ) from error


def _is_in(member: ChatMember) -> bool:
    if isinstance(member, ChatMemberRestricted):
        return member.is_member
    return member.status in _IN


def _has_bans(chat_id: int | str) -> bool:
    """A basic group keeps no list of the banned; the call that lifts a ban is refused there."""
    return isinstance(chat_id, str) or chat_id < _FIRST_SUPERGROUP


def _chat_id(group: str) -> int | str:
    return read_target(group)[0]


def _user_id(user_id: str) -> int:
    if not (user_id.isascii() and user_id.isdigit()):
        raise TargetError(f"{user_id!r} is no id of a person at Telegram: those are numbers")
    return int(user_id)
