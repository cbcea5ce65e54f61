"""
Removing, readmitting and inviting, through real aiogram and the local Telegram.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bots.telegram.platform import TelegramConnector
from core.metrics import Metrics
from core.pacing import Pacer, PaceRules
from core.platform import (
    Bot,
    Credentials,
    MembershipUnavailableError,
    PlatformUnreachableError,
    TargetError,
    TargetMovedError,
)
from sandbox.faults import AnswerPage, Drop
from sandbox.telegram import Status, TelegramServer, TelegramWorld
from sandbox.telegram.world import ImpossibleError
from tests.telegram.conftest import BOUND, GROUP, OTHER, TOKEN, UNBOUND, Chatting

BASIC_GROUP = -4001


@dataclass
class Clock:
    """Telegram's clock, which is not ours."""

    ahead: timedelta = field(default=timedelta(0))

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> TelegramWorld:
    """
    A group of `BOUND`'s (its owner) in which the bot is an administrator with the usual rights.
    """
    world = TelegramWorld(clock=clock)
    bot = world.add_bot(TOKEN, "site_bot", "Site")
    for person in (BOUND, UNBOUND, OTHER):
        world.add_person(person, f"P{person}")
    for group, is_supergroup in ((GROUP, True), (BASIC_GROUP, False)):
        world.add_group(
            group,
            "Group",
            owner_id=BOUND,
            member_ids=[UNBOUND, bot.id],
            is_supergroup=is_supergroup,
        )
        world.promote_bot(BOUND, group)
    return world


@pytest.fixture
async def bot(chatting: Chatting) -> AsyncIterator[Bot]:
    connector = TelegramConnector(
        api_url=chatting.server.url,
        proxy=None,
        desk=None,
        groups=None,
        metrics=Metrics(),
        pacer=Pacer(PaceRules(overall=None)),
        rate=30,
        paid_broadcasts=False,
    )
    async with connector.connect(Credentials(token=TOKEN)) as bot:
        yield bot


@pytest.fixture
def status(world: TelegramWorld) -> Callable[..., Status]:
    """
    A person's place in a group.
    """
    return lambda person=UNBOUND, group=GROUP: (
        world.state.place_of(world.chat(group), world.person(person)).status
    )


def called(server: TelegramServer) -> list[str]:
    return [call.method for call in server.calls if call.method != "getMe"]


@pytest.mark.parametrize("group", [GROUP, BASIC_GROUP])
async def test_who_is_removed_is_out_and_may_come_back(
    bot: Bot, world: TelegramWorld, status: Any, chatting: Chatting, group: int
):
    """
    Nobody is banned afterwards, in both kinds of groups, and Telegram finds no fault with a call.
    """
    await bot.members.remove(str(group), str(UNBOUND))

    assert status(group=group) is Status.LEFT
    world.join(UNBOUND, group)
    assert [call for call in chatting.server.calls if not call.is_ok] == []


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(minutes=5), timedelta(minutes=-5)])
async def test_a_removal_that_is_cut_off_leaves_nobody_banned(
    bot: Bot, status: Any, chatting: Chatting, clock: Clock, ahead: timedelta
):
    """
    If the second call never comes the ban runs out, also where Telegram's clock differs from ours.
    """
    clock.ahead = ahead
    chatting.server.faults.order(Drop(), method="unbanChatMember", times=1)

    with pytest.raises(PlatformUnreachableError):
        await bot.members.remove(str(GROUP), str(UNBOUND))

    assert status() is Status.KICKED
    clock.ahead = ahead + timedelta(minutes=16)
    assert status() is Status.LEFT


async def test_a_removal_that_is_repeated_is_finished(bot: Bot, status: Any, chatting: Chatting):
    """
    The queue tries it again: the ban of the first try is lifted at once.
    """
    chatting.server.faults.order(Drop(), method="unbanChatMember", times=1)
    with pytest.raises(PlatformUnreachableError):
        await bot.members.remove(str(GROUP), str(UNBOUND))

    await bot.members.remove(str(GROUP), str(UNBOUND))

    assert status() is Status.LEFT


async def test_a_ban_that_was_done_without_an_answer_is_lifted(
    bot: Bot, status: Any, chatting: Chatting
):
    """
    An answer that is lost is no reason to leave somebody banned once it is tried again.
    """
    chatting.server.faults.order(Drop(after=True), method="banChatMember", times=1)
    with pytest.raises(PlatformUnreachableError):
        await bot.members.remove(str(GROUP), str(UNBOUND))
    assert status() is Status.KICKED

    await bot.members.remove(str(GROUP), str(UNBOUND))

    assert status() is Status.LEFT


async def test_who_is_not_there_is_left_alone(bot: Bot, status: Any, chatting: Chatting):
    """
    A stranger, and somebody who has left: no call that changes anything.
    """
    await bot.members.remove(str(GROUP), str(OTHER))
    await bot.members.remove(str(GROUP), "999888777")

    assert status(OTHER) is Status.LEFT
    assert [call.method for call in chatting.server.calls if call.is_ok] == [
        "getMe",
        "getChatMember",
    ]


async def test_an_administrators_ban_is_not_lifted_by_a_removal(
    bot: Bot, world: TelegramWorld, status: Any
):
    """
    Who was banned in the group by hand does not come back by unbinding.
    """
    world.remove_member(BOUND, GROUP, UNBOUND, ban=True)

    await bot.members.remove(str(GROUP), str(UNBOUND))

    assert status() is Status.KICKED


@pytest.mark.parametrize("person", [BOUND, UNBOUND])
async def test_administrators_cannot_be_removed(
    bot: Bot, world: TelegramWorld, status: Any, person: int
):
    """
    Neither the owner nor one that he has made: the error tells the operator what to do first.
    """
    world.promote(BOUND, GROUP, UNBOUND)
    before = status(person)

    with pytest.raises(MembershipUnavailableError, match="take that role from him"):
        await bot.members.remove(str(GROUP), str(person))

    assert status(person) is before


async def test_a_right_that_is_missing_is_named(bot: Bot, world: TelegramWorld, status: Any):
    """
    By the name that Telegram's clients give it.
    """
    world.promote_bot(BOUND, GROUP, rights=["can_manage_chat"])

    with pytest.raises(MembershipUnavailableError, match="Ban users"):
        await bot.members.remove(str(GROUP), str(UNBOUND))
    with pytest.raises(MembershipUnavailableError, match="Invite users via link"):
        await bot.members.invite(str(GROUP), lasts=timedelta(minutes=10))
    world.remove_member(BOUND, GROUP, UNBOUND, ban=True)
    with pytest.raises(MembershipUnavailableError, match="Ban users"):
        await bot.members.readmit(str(GROUP), str(UNBOUND))

    assert status() is Status.KICKED


async def test_who_is_readmitted_may_join_and_a_member_stays(
    bot: Bot, world: TelegramWorld, status: Any
):
    """
    A ban is lifted, a member is not thrown out by it, a stranger does no harm.
    """
    await bot.members.readmit(str(GROUP), str(UNBOUND))
    assert status() is Status.MEMBER
    world.remove_member(BOUND, GROUP, UNBOUND, ban=True)

    await bot.members.readmit(str(GROUP), str(UNBOUND))
    await bot.members.readmit(str(GROUP), "999888777")
    await bot.members.readmit(str(BASIC_GROUP), str(UNBOUND))

    world.join(UNBOUND, GROUP)
    assert status(UNBOUND, BASIC_GROUP) is Status.MEMBER


async def test_an_invitation_is_for_one_person_and_its_time(
    bot: Bot, world: TelegramWorld, clock: Clock
):
    """
    The second one who opens it is refused, and so is who comes too late.
    """
    url = await bot.members.invite(str(GROUP), lasts=timedelta(minutes=10))
    late = await bot.members.invite(str(GROUP), lasts=timedelta(minutes=10))

    world.open_link(OTHER, url)
    world.leave(UNBOUND, GROUP)
    with pytest.raises(ImpossibleError):
        world.open_link(UNBOUND, url)
    clock.ahead = timedelta(minutes=11)
    with pytest.raises(ImpossibleError):
        world.open_link(UNBOUND, late)


async def test_a_group_that_moved_or_is_gone_is_told(bot: Bot, world: TelegramWorld):
    """
    By the errors that the queue knows what to do about.
    """
    moved = world.migrate_group(BOUND, BASIC_GROUP)

    with pytest.raises(TargetMovedError) as failure:
        await bot.members.remove(str(BASIC_GROUP), str(UNBOUND))
    with pytest.raises(TargetError):
        await bot.members.remove("-100777", str(UNBOUND))
    with pytest.raises(TargetError):
        await bot.members.remove(str(GROUP), "U0123")

    assert failure.value.target == str(moved.id)


async def test_trouble_of_telegrams_own_may_pass(bot: Bot, chatting: Chatting):
    """
    It is no right that is missing.
    """
    chatting.server.faults.order(AnswerPage(502), method="getChatMember", times=1)

    with pytest.raises(PlatformUnreachableError):
        await bot.members.remove(str(GROUP), str(UNBOUND))
