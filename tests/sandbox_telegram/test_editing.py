import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import BufferedInputFile, InputMediaPhoto

from tests.sandbox_telegram.conftest import ANN, BOB, GROUP
from tests.sandbox_telegram.test_sending import PNG

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup "
    "are exactly the same as a current content and reply markup of the message"
)
KEYBOARD = {"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}


async def test_an_edit_changes_the_message_in_place(place, client):
    """
    Text and buttons; without `reply_markup` the buttons go.
    """
    sent = await client.send_message(ANN, "a", reply_markup=KEYBOARD)

    edited = await client.edit_message_text("b", chat_id=ANN, message_id=sent.message_id)

    message = place.world.messages(ANN)[-1]
    assert (message.text, message.keyboard) == ("b", ())
    assert message.edited_at is not None
    assert edited.edit_date is not None


async def test_an_edit_to_the_same_is_refused(place, refusal):
    """
    What counts is what is shown, not the markup that it was written in.
    """
    sent = await place.call(
        "sendMessage", chat_id=ANN, text="<b>a</b>", parse_mode="HTML", reply_markup=KEYBOARD
    )
    again = {
        "chat_id": ANN,
        "message_id": sent["result"]["message_id"],
        "text": "*a*",
        "parse_mode": "MarkdownV2",
    }

    assert await refusal("editMessageText", **again, reply_markup=KEYBOARD) == NOT_MODIFIED
    assert (await place.call("editMessageText", **again))["ok"]
    said_again = await refusal(
        "editMessageReplyMarkup", chat_id=ANN, message_id=again["message_id"]
    )
    assert said_again == NOT_MODIFIED


async def test_only_its_own_message_that_is_there_can_be_edited(place, refusal):
    """
    Neither a gone one nor somebody else's.
    """
    theirs = place.world.write(ANN, ANN, "a")
    edit = {"chat_id": ANN, "text": "b"}

    assert await refusal("editMessageText", **edit, message_id=999) == (
        "Bad Request: message to edit not found"
    )
    assert await refusal("editMessageText", **edit, message_id=theirs.id) == (
        "Bad Request: message can't be edited"
    )
    assert await refusal("editMessageText", text="b") == (
        "Bad Request: message identifier is not specified"
    )


async def test_a_photo_has_a_caption_and_no_text_to_edit(client):
    """
    Its picture can be exchanged.
    """
    sent = await client.send_photo(ANN, BufferedInputFile(PNG, "a.png"))
    where = {"chat_id": ANN, "message_id": sent.message_id}

    with pytest.raises(TelegramBadRequest, match="there is no text in the message to edit"):
        await client.edit_message_text("a", **where)
    captioned = await client.edit_message_caption(caption="b", **where)
    exchanged = await client.edit_message_media(
        InputMediaPhoto(media=BufferedInputFile(PNG + b"more", "b.png"), caption="c"), **where
    )

    assert (captioned.caption, exchanged.caption) == ("b", "c")
    assert exchanged.photo[0].file_size == len(PNG) + 4


async def test_its_own_message_can_be_deleted_for_48_hours(place, client, clock):
    """
    Then no more.
    """
    first = await client.send_message(ANN, "a")
    second = await client.send_message(ANN, "b")

    assert await client.delete_message(ANN, first.message_id)
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await client.delete_message(ANN, first.message_id)
    clock.move(hours=48)
    with pytest.raises(TelegramBadRequest, match="message can't be deleted"):
        await client.delete_message(ANN, second.message_id)
    assert [m.is_deleted for m in place.world.messages(ANN)[-2:]] == [True, False]


async def test_what_members_wrote_is_deleted_with_the_right_only(place, client, world):
    """
    An administrator with that right may at any time.
    """
    message = place.world.write(BOB, GROUP, "spam")

    with pytest.raises(TelegramBadRequest, match="message can't be deleted"):
        await client.delete_message(GROUP, message.id)
    world.promote_bot(ANN, GROUP)
    assert await client.delete_message(GROUP, message.id)


async def test_up_to_a_hundred_messages_are_deleted_at_once(place, client, refusal):
    """
    Those that are not there are passed over.
    """
    ids = [(await client.send_message(ANN, str(n))).message_id for n in range(3)]

    assert await client.delete_messages(ANN, [*ids, 9999])
    assert all(message.is_deleted for message in place.world.messages(ANN)[-3:])
    assert await refusal("deleteMessages", chat_id=ANN, message_ids=list(range(1, 102))) == (
        "Bad Request: too many message identifiers specified"
    )
    assert await refusal("deleteMessages", chat_id=ANN) == (
        "Bad Request: message identifiers are not specified"
    )


async def test_pinning_in_a_group_needs_the_right(place, client, world, refusal):
    """
    And leaves a service message.
    """
    sent = await client.send_message(GROUP, "a")

    assert await refusal("pinChatMessage", chat_id=GROUP, message_id=sent.message_id) == (
        "Bad Request: not enough rights to manage pinned messages in the chat"
    )
    world.promote_bot(ANN, GROUP)
    assert await client.pin_chat_message(GROUP, sent.message_id)
    assert "pinned_message" in place.world.messages(GROUP)[-1].service
    assert await client.unpin_chat_message(GROUP)


async def test_a_bot_gives_one_reaction(place, client, refusal):
    """
    An emoji.
    """
    message = place.world.write(ANN, ANN, "a")

    assert await client.set_message_reaction(ANN, message.id, [{"type": "emoji", "emoji": "👍"}])
    assert message.reactions == {1001: ("👍",)}
    assert await refusal(
        "setMessageReaction", chat_id=ANN, message_id=message.id, reaction=[{"type": "x"}]
    ) == ("Bad Request: can't parse ReactionType: invalid reaction type specified")
