"""
What people do at the local Telegram besides writing, and what bots hear of it.
"""

import pytest

from sandbox.telegram import Status
from sandbox.telegram.world import ImpossibleError
from tests.sandbox_telegram.conftest import ANN, BOB, EVE, GROUP


def heard(world):
    """
    The messages that the bot has waiting.
    """
    return [
        update.body["message"]
        for update in world.bots[0].updates.waiting
        if update.kind == "message"
    ]


@pytest.mark.parametrize("kind", ["photo", "document", "sticker", "voice"])
async def test_what_is_no_text_comes_as_its_kind(world, client, kind):
    """
    A file has no text; the real client library reads it.
    """
    caption = "" if kind == "sticker" else "look"
    world.send_file(ANN, ANN, kind, caption=caption)

    (update,) = await client.get_updates(timeout=0)

    assert update.message.text is None
    assert update.message.content_type == kind
    assert (update.message.caption or "") == caption


async def test_a_sticker_has_no_caption(world):
    """
    No client lets a person write one.
    """
    with pytest.raises(ImpossibleError):
        world.send_file(ANN, ANN, "sticker", caption="no")


async def test_a_link_starts_the_bot_with_what_it_carries(world, client):
    """
    As a person who opens `t.me/bot?start=…` and presses Start.
    """
    world.open_link(EVE, "https://t.me/Site_Bot?start=Ab_c-1")

    (update,) = await client.get_updates(timeout=0)

    assert update.message.text == "/start Ab_c-1"


@pytest.mark.parametrize(
    "url",
    [
        "https://t.me/other_bot?start=1",
        "https://example.com/site_bot",
        "t.me/+nothing",
        "https://[",
    ],
)
async def test_a_link_to_nowhere_is_none(world, url):
    """
    Other hosts, other bots, invitations that nobody made.
    """
    with pytest.raises(ImpossibleError):
        world.open_link(EVE, url)


@pytest.mark.parametrize("payload", ["a b", "<b>", "x" * 65, "ü"])
async def test_a_link_carries_few_characters(world, payload):
    """
    What no link can carry, no client sends.
    """
    with pytest.raises(ImpossibleError):
        world.start_bot(ANN, payload=payload)


async def test_an_invitation_lets_one_in_for_its_time(world, client, promoted, clock):
    """
    `member_limit` and `expire_date` hold for who opens the link.
    """
    until = int(clock().timestamp()) + 600
    once = await client.create_chat_invite_link(GROUP, member_limit=1, expire_date=until)
    again = await client.create_chat_invite_link(GROUP, member_limit=1, expire_date=until)

    assert world.open_link(EVE, once.invite_link).id == GROUP
    assert world.chat(GROUP).has(EVE)
    world.leave(BOB, GROUP)
    with pytest.raises(ImpossibleError, match="not valid"):
        world.open_link(BOB, once.invite_link)
    clock.move(seconds=601)
    with pytest.raises(ImpossibleError, match="not valid"):
        world.open_link(BOB, again.invite_link)


async def test_an_invitation_does_not_let_the_banned_in(world, client, promoted):
    """
    The ban has to be lifted first.
    """
    await client.ban_chat_member(GROUP, BOB)
    link = await client.create_chat_invite_link(GROUP, member_limit=1)

    with pytest.raises(ImpossibleError):
        world.open_link(BOB, link.invite_link)
    await client.unban_chat_member(GROUP, BOB, only_if_banned=True)
    world.open_link(BOB, link.invite_link)

    place = world.state.place_of(world.chat(GROUP), world.person(BOB))
    assert place.status is Status.MEMBER


async def test_invitations_of_odd_sizes_are_refused(world, refusal, promoted, clock):
    """
    A limit beyond 99,999, and an end in the past.
    """
    past = int(clock().timestamp()) - 1

    assert "USAGE_LIMIT_INVALID" in await refusal(
        "createChatInviteLink", chat_id=GROUP, member_limit=100_000
    )
    assert "EXPIRE_DATE_INVALID" in await refusal(
        "createChatInviteLink", chat_id=GROUP, expire_date=past
    )


async def test_a_press_below_an_old_message_tells_its_id_alone(world, client, clock):
    """
    After 48 hours the message comes without date and content.
    """
    keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    sent = await client.send_message(ANN, "hello", reply_markup=keyboard)
    clock.move(hours=49)
    world.press(ANN, ANN, sent.message_id)

    (update,) = await client.get_updates(timeout=0)

    shown = update.callback_query.message
    assert (shown.message_id, shown.date, shown.chat.id) == (sent.message_id, 0, ANN)
