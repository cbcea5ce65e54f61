import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError

from sandbox.telegram import Status
from sandbox.telegram.chats import PERMISSIONS
from sandbox.telegram.world import ImpossibleError
from tests.sandbox_telegram.conftest import ANN, BOB, EVE, GROUP


def status_of(world, person_id, chat_id=GROUP):
    return world.state.place_of(world.chat(chat_id), world.person(person_id)).status


async def test_removing_needs_the_right(client):
    """
    An ordinary member has none.
    """
    with pytest.raises(TelegramBadRequest, match="not enough rights to restrict/unrestrict"):
        await client.ban_chat_member(GROUP, BOB)


async def test_a_banned_member_is_out_until_unbanned(world, client, promoted):
    """
    And can come back by themselves only then.
    """
    world.write(BOB, GROUP, "spam")
    await client.ban_chat_member(GROUP, BOB)

    assert status_of(world, BOB) is Status.KICKED
    assert world.messages(GROUP)[-2].is_deleted
    assert world.messages(GROUP)[-1].service["left_chat_member"]["id"] == BOB
    with pytest.raises(ImpossibleError):
        world.join(BOB, GROUP)
    await client.unban_chat_member(GROUP, BOB, only_if_banned=True)
    world.join(BOB, GROUP)
    assert status_of(world, BOB) is Status.MEMBER


async def test_a_ban_runs_out(world, client, promoted, clock):
    """
    Except one for less than 30 seconds or more than 366 days, which is for ever.
    """
    until = int(clock().timestamp()) + 60
    await client.ban_chat_member(GROUP, BOB, until_date=until)
    clock.move(seconds=61)
    assert status_of(world, BOB) is Status.LEFT

    world.join(BOB, GROUP)
    await client.ban_chat_member(GROUP, BOB, until_date=int(clock().timestamp()) + 20)
    clock.move(days=1)
    assert status_of(world, BOB) is Status.KICKED


async def test_unbanning_removes_a_member_who_is_present(world, client, promoted):
    """
    Unless `only_if_banned` is true.
    """
    await client.unban_chat_member(GROUP, BOB, only_if_banned=True)
    assert status_of(world, BOB) is Status.MEMBER

    await client.unban_chat_member(GROUP, BOB)
    assert status_of(world, BOB) is Status.LEFT


async def test_owners_administrators_and_itself_cannot_be_removed(world, client, promoted):
    """
    Each with its own words.
    """
    world.promote(ANN, GROUP, BOB)

    for person, said in (
        (ANN, "can't remove chat owner"),
        (BOB, "user is an administrator of the chat"),
        (1001, "can't restrict self"),
        (999, "PARTICIPANT_ID_INVALID"),
        (0, "invalid user_id specified"),
    ):
        with pytest.raises(TelegramBadRequest, match=said):
            await client.ban_chat_member(GROUP, person)


async def test_a_basic_group_has_no_list_of_the_banned(world, client, basic_group):
    """
    Who is removed there can come back; unbanning is for supergroups only.
    """
    world.promote_bot(ANN, basic_group)
    await client.ban_chat_member(basic_group, BOB)
    world.join(BOB, basic_group)

    with pytest.raises(TelegramBadRequest, match="available for supergroup and channel chats only"):
        await client.unban_chat_member(basic_group, BOB)


async def test_a_restricted_member_loses_permissions_until_they_are_given_back(
    world, client, promoted
):
    """
    All of them at once make an ordinary member again.
    """
    await client.restrict_chat_member(GROUP, BOB, {"can_send_polls": True})
    place = world.chat(GROUP).members[BOB]
    assert (place.status, place.allowed) == (
        Status.RESTRICTED,
        frozenset({"can_send_polls", "can_send_messages"}),
    )

    await client.restrict_chat_member(GROUP, BOB, dict.fromkeys(PERMISSIONS, True))
    assert status_of(world, BOB) is Status.MEMBER


async def test_members_can_be_looked_up(world, client):
    """
    Also those who are not in; administrators in a list.
    """
    assert (await client.get_chat_member(GROUP, BOB)).status == "member"
    assert (await client.get_chat_member(GROUP, EVE)).status == "left"
    assert [m.user.id for m in await client.get_chat_administrators(GROUP)] == [ANN]
    assert await client.get_chat_member_count(GROUP) == 3
    world.promote_bot(ANN, GROUP)
    own = await client.get_chat_member(GROUP, 1001)
    assert (own.status, own.can_restrict_members, own.can_promote_members) == (
        "administrator",
        True,
        False,
    )


async def test_a_chat_can_be_looked_up(world, client):
    """
    A group and a private one; one the bot was never in is unknown.
    """
    world.add_group(-1007, "Strange")

    assert (await client.get_chat(GROUP)).title == "Group"
    assert (await client.get_chat(ANN)).first_name == "Ann"
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await client.get_chat(-1007)


async def test_several_people_added_at_once_come_in_one_message(world, client):
    """
    As `new_chat_members`.
    """
    world.add_person(504, "Dan")
    world.add_members(ANN, GROUP, [EVE, 504])

    message = (await client.get_updates())[-1].message
    assert [member.id for member in message.new_chat_members] == [EVE, 504]
    assert message.from_user.id == ANN


async def test_the_bot_learns_of_its_own_coming_and_going(world, client):
    """
    By `my_chat_member`, with who did it.
    """
    world.promote_bot(ANN, GROUP)
    world.remove_member(ANN, GROUP, 1001)
    world.add_bot_to_group(ANN, GROUP)

    changes = [update.my_chat_member for update in await client.get_updates()]
    assert [
        (change.old_chat_member.status, change.new_chat_member.status)
        for change in changes
        if change
    ] == [("member", "administrator"), ("administrator", "left"), ("left", "member")]
    assert changes[0].from_user.id == ANN


async def test_a_bot_can_leave(world, client):
    """
    It is told of it, and is no member any more.
    """
    assert await client.leave_chat(GROUP)

    with pytest.raises(TelegramForbiddenError, match="bot is not a member"):
        await client.send_message(GROUP, "a")
    with pytest.raises(TelegramBadRequest, match="can't be changed in private chats"):
        await client.leave_chat(ANN)


async def test_a_request_to_join_is_approved_or_declined_once(world, client, promoted):
    """
    The bot needs the right to invite; a decided one is gone.
    """
    link = await client.create_chat_invite_link(GROUP, creates_join_request=True)
    with pytest.raises(ImpossibleError):
        world.join(EVE, GROUP, link=link.invite_link)
    world.join_request(EVE, GROUP, link=link.invite_link)
    request = (await client.get_updates())[-1].chat_join_request
    assert (request.user_chat_id, request.invite_link.invite_link) == (EVE, link.invite_link)

    await client.decline_chat_join_request(GROUP, EVE)
    with pytest.raises(TelegramBadRequest, match="HIDE_REQUESTER_MISSING"):
        await client.approve_chat_join_request(GROUP, EVE)
    world.join_request(EVE, GROUP)
    await client.approve_chat_join_request(GROUP, EVE)
    assert status_of(world, EVE) is Status.MEMBER
    with pytest.raises(TelegramBadRequest, match="USER_ALREADY_PARTICIPANT"):
        await client.approve_chat_join_request(GROUP, EVE)


async def test_links_and_requests_need_the_right_to_invite(world, client):
    """
    Without it each is refused in its own words.
    """
    world.promote_bot(ANN, GROUP, rights=["can_manage_chat"])
    world.join_request(EVE, GROUP)

    with pytest.raises(TelegramBadRequest, match="not enough rights to manage chat invite link"):
        await client.export_chat_invite_link(GROUP)
    with pytest.raises(TelegramBadRequest, match="not enough rights to manage chat join requests"):
        await client.approve_chat_join_request(GROUP, EVE)
    assert all(update.chat_join_request is None for update in await client.get_updates())


async def test_a_link_lets_in_as_many_as_it_says(world, client, promoted):
    """
    And a new primary link revokes the former.
    """
    limited = await client.create_chat_invite_link(GROUP, member_limit=1)
    world.join(EVE, GROUP, link=limited.invite_link)
    world.add_person(504, "Dan")
    with pytest.raises(ImpossibleError):
        world.join(504, GROUP, link=limited.invite_link)

    first = await client.export_chat_invite_link(GROUP)
    await client.export_chat_invite_link(GROUP)
    with pytest.raises(ImpossibleError):
        world.join(504, GROUP, link=first)
