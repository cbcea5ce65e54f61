"""
The page of the site's group: an invitation for oneself, and the lifting of a ban.

For owners of accounts that are not banned, where the platform's bot can do something about members.
What it may not do is told to the person in plain words, and to the operator in the log, with the
mend.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from config_store.panel.accounts import Account
from core.accounts.member_group import member_group
from core.actions import InviteToGroup, LiftGroupBan, Page
from core.chat.asking import Answer, Question
from core.chat.feature import Feature, MenuPage, Press
from core.clock import SiteClock
from core.message import Message
from core.platform import (
    Bot,
    GroupMembers,
    MembershipUnavailableError,
    PlatformError,
    PlatformName,
    TargetError,
    TargetMovedError,
)
from core.texts import group as texts
from core.texts.group import GroupFacts

log = structlog.get_logger(__name__)

T = TypeVar("T")

INVITATION_LASTS = timedelta(minutes=10)
_SHOWN_AGAIN_FOR = timedelta(minutes=1)  # who presses again gets the same one
_REMEMBERED = 1000  # invitations
_PATIENCE = 2.0  # seconds that the platform may take: a person is waiting


@dataclass(frozen=True, slots=True)
class _Invitation:
    url: str
    group: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class _Impossible:
    """It cannot be done: what the person is told."""

    notice: str


class GroupPage(Feature):
    """Invites and readmits. `running`: a platform's bot while this daemon runs it."""

    def __init__(self, *, running: Callable[[PlatformName], Bot | None], clock: SiteClock) -> None:
        self._running = running
        self._clock = clock
        self._invitations: dict[str, _Invitation] = {}

    def presses(self) -> Sequence[Press[Any]]:
        return (
            Press(action=InviteToGroup, answer=self._invite),
            Press(action=LiftGroupBan, answer=self._lift_ban),
        )

    def pages(self) -> Mapping[Page, MenuPage]:
        return {Page.GROUP: self._page}

    async def _page(self, question: Question, account: Account) -> Message:
        settings = question.settings
        if member_group(settings, question.asker.platform) is None:
            return texts.no_group(question.words)
        return texts.page(
            question.words,
            GroupFacts(
                is_banned=account.is_banned,
                leaves_when_unbound=(
                    settings.telegram_group_bound_user or settings.telegram_unbind_kick_member
                ),
            ),
        )

    async def _invite(self, question: Question, action: InviteToGroup) -> Answer:
        recent = self._recent(question)
        if recent is not None and not _is_refused(question):
            return Answer(message=texts.invitation(question.words, recent), replaces=True)
        url = await self._do(
            question, lambda members, group: members.invite(group, lasts=INVITATION_LASTS)
        )
        if isinstance(url, _Impossible):
            return Answer(notice=url.notice, is_alert=True)
        self._remember(question, url)
        return Answer(message=texts.invitation(question.words, url), replaces=True)

    async def _lift_ban(self, question: Question, action: LiftGroupBan) -> Answer:
        done = await self._do(
            question, lambda members, group: members.readmit(group, question.asker.id)
        )
        if isinstance(done, _Impossible):
            return Answer(notice=done.notice, is_alert=True)
        log.info("ban in the group lifted", user=question.asker.id)
        return Answer(notice=texts.ban_lifted(question.words), is_alert=True)

    async def _do(
        self, question: Question, what: Callable[[GroupMembers, str], Awaitable[T]]
    ) -> T | _Impossible:
        words, platform = question.words, question.asker.platform
        group = member_group(question.settings, platform)
        if group is None or _is_refused(question):
            return _Impossible(texts.refused(words, has_group=group is not None))
        bot = self._running(platform)
        if bot is None or bot.members is None:
            return _Impossible(texts.try_again(words))
        try:
            async with asyncio.timeout(_PATIENCE):
                return await what(bot.members, group)
        except TimeoutError:
            return _Impossible(texts.try_again(words))
        except PlatformError as error:
            is_lasting = isinstance(error, MembershipUnavailableError | TargetError)
            if not is_lasting or isinstance(error, TargetMovedError):
                log.info("group not reached", group=group, reason=str(error))
                return _Impossible(texts.try_again(words))
            log.warning("the bot may not do this in the group", group=group, mend=str(error))
            return _Impossible(texts.not_possible(words))

    def _recent(self, question: Question) -> str | None:
        """The invitation that this person was given a moment ago."""
        known = self._invitations.get(question.asker.id)
        if known is None or self._clock.now() - known.made_at > _SHOWN_AGAIN_FOR:
            return None
        is_same = known.group == member_group(question.settings, question.asker.platform)
        return known.url if is_same else None

    def _remember(self, question: Question, url: str) -> None:
        self._invitations.pop(question.asker.id, None)
        while len(self._invitations) >= _REMEMBERED:
            del self._invitations[next(iter(self._invitations))]
        group = member_group(question.settings, question.asker.platform) or ""
        self._invitations[question.asker.id] = _Invitation(url, group, self._clock.now())


def _is_refused(question: Question) -> bool:
    """Whether the asker has no account, or one that the site has banned."""
    return question.account is None or question.account.is_banned
