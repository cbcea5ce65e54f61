import asyncio

import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramConflictError

from tests.sandbox_telegram.conftest import ANN, BOB, EVE, GROUP, TOKEN


async def texts(client, **how):
    return [update.message.text for update in await client.get_updates(**how) if update.message]


async def polled(place):
    async with asyncio.timeout(5):
        await place.bot.updates.polled()


async def test_updates_stay_until_they_are_confirmed(place, client):
    """
    By an offset above them.
    """
    for text in ("a", "b", "c"):
        place.world.write(ANN, ANN, text)

    assert await texts(client, limit=2) == ["a", "b"]
    first = (await client.get_updates())[0].update_id
    assert await texts(client, offset=first + 1) == ["b", "c"]
    assert await texts(client) == ["b", "c"]


async def test_a_negative_offset_keeps_the_newest_only(place, client):
    """
    All before are forgotten.
    """
    for text in ("a", "b", "c"):
        place.world.write(ANN, ANN, text)

    assert await texts(client, offset=-1) == ["c"]
    assert await texts(client) == ["c"]


async def test_updates_are_kept_for_24_hours(place, client, clock):
    """
    Older ones are gone.
    """
    place.world.write(ANN, ANN, "old")
    clock.move(hours=23)
    place.world.write(ANN, ANN, "new")
    clock.move(hours=2)

    assert await texts(client) == ["new"]


async def test_a_long_poll_ends_with_the_first_update(place, client):
    """
    At once, not after its time.
    """
    polling = asyncio.create_task(client.get_updates(timeout=30))
    await polled(place)
    place.world.write(ANN, ANN, "a")

    async with asyncio.timeout(5):
        assert (await polling)[0].message.text == "a"


async def test_a_second_poll_ends_the_first(place, client):
    """
    With 409 for the first one.
    """
    first = asyncio.create_task(client.get_updates(timeout=30))
    await polled(place)

    assert await client.get_updates() == []
    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates request"):
        await first


async def test_a_token_that_is_revoked_ends_the_poll(place):
    """
    With 401.
    """
    polling = asyncio.create_task(place.call("getUpdates", timeout=30))
    await polled(place)
    place.world.change_token(place.bot, None)

    assert (await polling)["error_code"] == 401


async def test_some_kinds_of_updates_have_to_be_asked_for(place, client, promoted):
    """
    What is allowed stays so until it is given anew.
    """
    place.world.join(EVE, GROUP)
    assert [update.event_type for update in await client.get_updates(offset=-9)] == ["message"]

    await client.get_updates(offset=-1, allowed_updates=["chat_member"])
    place.bot.updates.clear()
    place.world.leave(EVE, GROUP)
    assert [update.event_type for update in await client.get_updates()] == ["chat_member"]

    place.bot.updates.clear()
    await client.get_updates(allowed_updates=[])
    place.world.join(EVE, GROUP)
    assert [update.event_type for update in await client.get_updates()] == ["message"]


async def test_polling_and_a_webhook_exclude_each_other(place, client):
    """
    409 while a webhook is set.
    """
    await client.set_webhook("http://127.0.0.1:9/hook")
    with pytest.raises(TelegramConflictError, match="can't use getUpdates method while webhook"):
        await client.get_updates()
    await client.delete_webhook()

    assert await client.get_updates() == []


async def test_a_press_is_answered_once_and_in_time(place, client, clock):
    """
    The client shows what the bot said.
    """
    keyboard = {"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}
    sent = await client.send_message(ANN, "x", reply_markup=keyboard)
    query = place.world.press(ANN, ANN, sent.message_id)
    got = (await client.get_updates())[0].callback_query
    assert (got.data, got.from_user.id, got.message.message_id) == ("a", ANN, sent.message_id)

    await client.answer_callback_query(query.id, text="Done", show_alert=True)
    assert (await place.world.wait_for_answer(query)).text == "Done"
    assert query.is_alert
    with pytest.raises(TelegramBadRequest, match="query is too old and response timeout expired"):
        await client.answer_callback_query(query.id)
    late = place.world.press(ANN, ANN, sent.message_id)
    clock.move(seconds=16)
    with pytest.raises(TelegramBadRequest, match="query is too old and response timeout expired"):
        await client.answer_callback_query(late.id)


async def test_an_answer_to_a_press_has_200_characters_at_most(place, client):
    """
    And an address of the bot's own only.
    """
    sent = await client.send_message(ANN, "x")
    query = place.world.press(ANN, ANN, sent.message_id, data="forged")

    with pytest.raises(TelegramBadRequest, match="MESSAGE_TOO_LONG"):
        await client.answer_callback_query(query.id, text="a" * 201)
    with pytest.raises(TelegramBadRequest, match="URL_INVALID"):
        await client.answer_callback_query(query.id, url="https://example.com/")
    assert await client.answer_callback_query(query.id, url="https://t.me/site_bot?start=x")


async def test_a_press_on_a_message_that_is_gone_shows_it_inaccessible(place, client):
    """
    With a date of 0.
    """
    sent = await client.send_message(ANN, "x")
    await client.delete_message(ANN, sent.message_id)
    place.world.press(ANN, ANN, sent.message_id, data="a")

    got = (await client.get_updates())[0].callback_query.message
    assert (got.message_id, got.date) == (sent.message_id, 0)


async def test_privacy_mode_hides_what_is_not_for_the_bot(place, client, world):
    """
    Commands, replies to it and service messages come; the rest only to an administrator.
    """
    sent = await client.send_message(GROUP, "hi")
    world.write(BOB, GROUP, "talk")
    world.write(BOB, GROUP, "/ping")
    world.write(BOB, GROUP, "/ping@Site_Bot")
    world.write(BOB, GROUP, "/ping@other_bot")
    world.write(BOB, GROUP, "yes", reply_to=sent.message_id)
    assert await texts(client) == ["/ping", "/ping@Site_Bot", "yes"]

    world.promote_bot(ANN, GROUP)
    world.bots[0].updates.clear()
    world.write(BOB, GROUP, "talk")
    assert await texts(client) == ["talk"]


async def test_a_general_command_is_for_the_bot_that_wrote_last(place, client, world):
    """
    Another bot's conversation is not ours.
    """
    other = world.add_bot("1002:x", "other_bot", "Other")
    world.add_members(ANN, GROUP, [other.id])
    await client.send_message(GROUP, "hi")
    await place.call("sendMessage", token="1002:x", chat_id=GROUP, text="hi")
    place.bot.updates.clear()
    world.write(BOB, GROUP, "/ping")

    assert await texts(client) == []
    assert [update.body["message"]["text"] for update in other.updates.waiting[-1:]] == ["/ping"]


async def test_anonymous_administrators_and_channel_posts_come_from_stand_ins(client, world):
    """
    Neither is a person.
    """
    world.promote_bot(ANN, GROUP)
    channel = world.add_channel(-1005, "News")
    channel.linked_chat_id = GROUP
    world.bots[0].updates.clear()
    world.write(ANN, GROUP, "we", as_anonymous_admin=True)
    world.channel_post(channel.id, "news")

    anonymous, post = [update.message for update in await client.get_updates()]
    assert (anonymous.from_user.id, anonymous.sender_chat.id) == (1087968824, GROUP)
    assert (post.from_user.id, post.sender_chat.id, post.is_automatic_forward) == (
        777000,
        channel.id,
        True,
    )


async def test_edits_forwards_and_odd_updates_come_through(place, client):
    """
    Also what the platform may invent one day.
    """
    message = place.world.write(ANN, ANN, "a", forwarded=True)
    place.world.edit(ANN, ANN, message.id, "b")
    place.world.push_raw_update(place.bot, {"brand_new": {"x": 1}})

    updates = (await place.call("getUpdates"))["result"]
    assert updates[0]["message"]["forward_origin"]["type"] == "hidden_user"
    assert updates[1]["edited_message"]["text"] == "b"
    assert updates[2]["brand_new"] == {"x": 1}
    assert len(await client.get_updates()) == 3


async def test_start_carries_its_payload(place, client):
    """
    In private, and in a group that the bot is added to by a link.
    """
    place.world.start_bot(EVE, payload="abc")
    place.world.remove_member(ANN, GROUP, 1001)
    place.world.add_bot_to_group(ANN, GROUP, payload="def")

    assert [text for text in await texts(client) if text] == ["/start abc", "/start@site_bot def"]


async def test_getting_oneself_shows_the_bot(client):
    """
    With what it can do.
    """
    me = await client.get_me()

    assert (me.id, me.username, me.can_read_all_group_messages) == (1001, "site_bot", False)
    assert me.is_bot
    assert TOKEN not in repr(me)
