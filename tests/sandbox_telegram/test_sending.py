import json

import pytest
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
)
from aiogram.types import BufferedInputFile

from sandbox.telegram.world import ImpossibleError
from tests.sandbox_telegram.conftest import ANN, BOB, EVE, GROUP

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x02\x00\x00\x00\x03\x08\x06\x00\x00\x00"
    b"0123456789"
)


async def test_a_message_arrives_as_it_was_sent(place, client):
    """
    Text, formatting, buttons and silence; the answer is the message.
    """
    sent = await client.send_message(
        ANN,
        "<b>Hi</b> &lt;you&gt;",
        parse_mode="HTML",
        disable_notification=True,
        reply_markup={"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]},
    )

    message = place.world.messages(ANN)[-1]
    assert (message.id, message.text) == (sent.message_id, "Hi <you>")
    assert message.html == "<b>Hi</b> &lt;you&gt;"
    assert message.is_silent
    assert message.buttons[0].value == "go"
    assert sent.reply_markup.inline_keyboard[0][0].callback_data == "go"
    assert place.server.calls[-1].unknown_parameters == ()


@pytest.mark.parametrize(
    ("chat_id", "said"),
    [
        ("", "Bad Request: chat_id is empty"),
        ("nobody", "Bad Request: chat not found"),
        ("@nobody", "Bad Request: chat not found"),
        (999, "Bad Request: chat not found"),
        (-999, "Bad Request: chat not found"),
        (BOB, "Forbidden: bot can't initiate conversation with a user"),
        (EVE, "Bad Request: chat not found"),
        (1001, "Forbidden: bots can't send messages to bots"),
    ],
)
async def test_a_wrong_target_is_refused(refusal, chat_id, said):
    """
    Unknown ones with 400, people who never started the bot with 403.
    """
    assert await refusal("sendMessage", chat_id=chat_id, text="a") == said


async def test_a_person_who_blocked_the_bot_is_out_of_reach(place, client):
    """
    Until they unblock it; the bot is told both times.
    """
    place.world.block_bot(ANN)
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await client.send_message(ANN, "a")
    place.world.unblock_bot(ANN)
    await client.send_message(ANN, "a")

    updates = await client.get_updates()
    assert [update.my_chat_member.new_chat_member.status for update in updates] == [
        "kicked",
        "member",
    ]


async def test_a_deleted_account_is_refused(place, refusal):
    """
    With 403.
    """
    place.world.delete_account(ANN)

    assert await refusal("sendMessage", chat_id=ANN, text="a") == "Forbidden: user is deactivated"


async def test_who_asks_to_join_may_be_written_to_for_five_minutes(place, clock, promoted):
    """
    Also if they never started the bot.
    """
    place.world.join_request(EVE, GROUP)

    assert (await place.call("sendMessage", chat_id=EVE, text="a"))["ok"]
    clock.move(minutes=5)
    assert (await place.call("sendMessage", chat_id=EVE, text="a"))["error_code"] == 403


async def test_a_bot_that_is_out_of_a_group_cannot_write_there(place, refusal):
    """
    The words tell whether it was banned.
    """
    place.world.remove_member(ANN, GROUP, 1001)
    left = await refusal("sendMessage", chat_id=GROUP, text="a")
    place.world.add_bot_to_group(ANN, GROUP)
    place.world.remove_member(ANN, GROUP, 1001, ban=True)
    banned = await refusal("sendMessage", chat_id=GROUP, text="a")

    assert left == "Forbidden: bot is not a member of the supergroup chat"
    assert banned == "Forbidden: bot was kicked from the supergroup chat"


async def test_a_bot_without_the_right_to_write_is_refused(place, refusal):
    """
    By the group's permissions or by a restriction of its own.
    """
    place.world.set_permissions(GROUP, ())

    assert await refusal("sendMessage", chat_id=GROUP, text="a") == (
        "Bad Request: not enough rights to send text messages to the chat"
    )
    assert await refusal("sendPhoto", chat_id=GROUP, photo="x") == (
        "Bad Request: wrong file identifier/HTTP URL specified"
    )
    place.world.promote_bot(ANN, GROUP)
    assert (await place.call("sendMessage", chat_id=GROUP, text="a"))["ok"]


async def test_a_group_that_became_a_supergroup_names_its_new_id(place, client, basic_group):
    """
    The old id never works again; both sides of the move are told.
    """
    supergroup = place.world.migrate_group(ANN, basic_group)

    with pytest.raises(TelegramMigrateToChat) as caught:
        await client.send_message(basic_group, "a")
    assert caught.value.migrate_to_chat_id == supergroup.id
    assert (await client.send_message(supergroup.id, "a")).chat.type == "supergroup"
    moved = [update.message for update in await client.get_updates()]
    assert moved[0].migrate_to_chat_id == supergroup.id
    assert moved[1].migrate_from_chat_id == basic_group


async def test_topics_are_named_by_their_id_except_the_general_one(place, world, refusal):
    """
    An unknown topic and id 1 are refused, and so is a closed one.
    """
    world.chat(GROUP).is_forum = True
    topic, closed = world.add_topic(GROUP, "News"), world.add_topic(GROUP, "Old")
    world.close_topic(GROUP, closed.id)

    sent = await place.call("sendMessage", chat_id=GROUP, text="a", message_thread_id=topic.id)
    assert sent["result"]["message_thread_id"] == topic.id
    for thread_id in (1, 999):
        said = await refusal("sendMessage", chat_id=GROUP, text="a", message_thread_id=thread_id)
        assert said == "Bad Request: message thread not found"
    said = await refusal("sendMessage", chat_id=GROUP, text="a", message_thread_id=closed.id)
    assert said == "Bad Request: TOPIC_CLOSED"


async def test_a_reply_needs_its_message_unless_told_otherwise(place, refusal):
    """
    `allow_sending_without_reply` sends it all the same.
    """
    reply = {"message_id": 999}

    said = await refusal("sendMessage", chat_id=ANN, text="a", reply_parameters=reply)
    sent = await place.call(
        "sendMessage",
        chat_id=ANN,
        text="a",
        reply_parameters=reply | {"allow_sending_without_reply": True},
    )

    assert said == "Bad Request: message to be replied not found"
    assert "reply_to_message" not in sent["result"]


async def test_a_picture_can_be_sent_again_by_its_id_and_fetched(place, client):
    """
    As a photo with its size and a caption.
    """
    sent = await client.send_photo(ANN, BufferedInputFile(PNG, "code.png"), caption="*a*")
    again = await client.send_photo(ANN, sent.photo[-1].file_id)
    fetched = await client.download(again.photo[-1].file_id)

    assert (sent.photo[0].width, sent.photo[0].height, sent.caption) == (2, 3, "*a*")
    assert fetched.read() == PNG
    assert place.server.calls[0].unknown_parameters == ()


async def test_a_document_keeps_its_name_and_what_is_no_picture_is_no_photo(client, refusal, place):
    """
    An empty request names what is missing.
    """
    sent = await client.send_document(ANN, BufferedInputFile(b"abc", "a.txt"))

    assert sent.document.file_name == "a.txt"
    said = await refusal("sendPhoto", chat_id=ANN)
    assert said == "Bad Request: there is no photo in the request"
    with pytest.raises(Exception, match="IMAGE_PROCESS_FAILED"):
        await client.send_photo(ANN, BufferedInputFile(b"abc", "a.png"))


async def test_messages_are_copied_and_forwarded(place, client):
    """
    A forwarded one says where it came from, a copy does not.
    """
    original = place.world.write(BOB, GROUP, "/hello")

    copy = await client.copy_message(ANN, GROUP, original.id)
    forward = await client.forward_message(ANN, GROUP, original.id)

    copied = place.world.chat(ANN).messages[copy.message_id]
    assert (copied.text, copied.forward_origin) == ("/hello", None)
    assert forward.forward_origin.sender_user.id == BOB


async def test_a_chat_action_needs_a_known_name(client, refusal):
    """
    And a chat that may be written to.
    """
    assert await client.send_chat_action(ANN, "typing")
    assert await refusal("sendChatAction", chat_id=ANN, action="dance") == (
        "Bad Request: wrong parameter action in request"
    )


async def test_a_person_cannot_do_what_their_client_forbids(world):
    """
    Write where they are not, send nothing, or write to a bot they blocked.
    """
    with pytest.raises(ImpossibleError):
        world.write(EVE, GROUP, "a")
    with pytest.raises(ImpossibleError):
        world.write(ANN, ANN, " ")
    world.block_bot(ANN)
    with pytest.raises(ImpossibleError):
        world.write(ANN, ANN, "a")


async def test_markup_of_another_kind_is_kept_as_it_came(place, call):
    """
    A client would show a reply keyboard.
    """
    markup = {"keyboard": [["Yes"]], "resize_keyboard": True}

    await call("sendMessage", chat_id=ANN, text="a", reply_markup=markup)

    assert place.world.messages(ANN)[-1].reply_keyboard == json.loads(json.dumps(markup))


@pytest.mark.parametrize(("width", "height"), [(9000, 1001), (2100, 100), (0, 10)])
async def test_a_picture_of_odd_sides_is_no_photo(client, width, height):
    """
    10,000 pixels for both sides together, and a ratio of 20, are the most.
    """
    with pytest.raises(TelegramBadRequest, match="PHOTO_INVALID_DIMENSIONS"):
        await client.send_photo(ANN, BufferedInputFile(png(width, height), "p.png"))


async def test_a_caption_may_have_1024_characters(client):
    """
    Counted once the markup is taken out.
    """
    photo = BufferedInputFile(png(10, 10), "p.png")

    sent = await client.send_photo(ANN, photo, caption=f"<b>{'x' * 1024}</b>", parse_mode="HTML")

    assert len(sent.caption) == 1024
    with pytest.raises(TelegramBadRequest, match="caption is too long"):
        await client.send_photo(ANN, photo, caption="x" * 1025)


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big")
