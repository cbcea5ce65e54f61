"""
Messages with a picture, and changing messages, through real aiogram and the local Telegram.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bots.telegram.platform import TelegramConnector
from core.actions import OpenPage, Page
from core.message import (
    Button,
    CopyText,
    Message,
    Paragraph,
    Picture,
    Style,
    plain,
    styled,
)
from core.metrics import Metrics
from core.pacing import Pacer, PaceRules
from core.platform import (
    Bot,
    ContentRefusedError,
    Credentials,
    PlatformUnreachableError,
    Posting,
    TargetError,
)
from sandbox.faults import AnswerJson, Drop
from sandbox.telegram import TelegramWorld
from tests.conftest import LogLines
from tests.telegram.conftest import BOUND, OTHER, TOKEN, Chatting

PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    + (21).to_bytes(4, "big")
    + (21).to_bytes(4, "big")
    + b"\x08\x06\0\0\0"
)
BUTTONS = ((Button("Back", OpenPage(Page.HOME)), Button("Copy", CopyText("ss://x"))),)


def picture(text: str = "a <b> & c", png: bytes = PNG, **fields: Any) -> Message:
    return Message(blocks=(Paragraph(plain(text)),), picture=Picture(png), **fields)


def words(text: str, **fields: Any) -> Message:
    return Message(blocks=(Paragraph(plain(text)),), **fields)


@pytest.fixture
async def bot(chatting: Chatting) -> AsyncIterator[Bot]:
    chatting.world.start_bot(BOUND)
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


async def send(bot: Bot, message: Message, **fields: Any) -> tuple[str, ...]:
    return (await bot.send(Posting(target=str(BOUND), message=message, **fields))).ids


def seen(world: TelegramWorld, message_id: str) -> Any:
    return world.chat(BOUND).messages[int(message_id)]


def refusing(said: str) -> AnswerJson:
    body = {"ok": False, "error_code": 400, "description": f"Bad Request: {said}"}
    return AnswerJson(400, body)


async def test_a_picture_arrives_with_its_words_and_buttons(bot: Bot, world: TelegramWorld):
    """
    The very bytes, the text as its caption, escaped, and the buttons below.
    """
    (message_id,) = await send(bot, picture(buttons=BUTTONS, silent=True))

    shown = seen(world, message_id)
    assert shown.media.file.content == PNG
    assert shown.text == "a <b> & c"
    assert [button.text for button in shown.buttons] == ["Back", "Copy"]
    assert shown.is_silent


async def test_a_picture_may_have_no_words(bot: Bot, world: TelegramWorld):
    """
    Nothing is made up for a caption.
    """
    (message_id,) = await send(bot, Message(blocks=(), picture=Picture(PNG)))

    assert seen(world, message_id).text == ""


@pytest.mark.parametrize("character", ["x", "<", "\U0001f600"])
async def test_what_is_too_long_for_a_caption_follows(
    bot: Bot, world: TelegramWorld, character: str
):
    """
    The picture has what fits, the rest comes as text, with the buttons below the last.
    """
    ids = await send(bot, picture(character * 1100, buttons=BUTTONS))

    first, *others = [seen(world, each) for each in ids]
    assert first.media is not None
    assert all(each.media is None for each in others)
    assert not first.buttons
    assert len(others[-1].buttons) == 2
    assert "".join(each.text for each in (first, *others)) == character * 1100


async def test_a_caption_that_is_refused_goes_as_plain_text(
    bot: Bot, world: TelegramWorld, chatting: Chatting, log_lines: LogLines
):
    """
    The picture is not lost for its markup.
    """
    chatting.server.faults.order(refusing("can't parse entities"), method="sendPhoto", times=1)

    (message_id,) = await send(
        bot, Message(blocks=(Paragraph(styled("bold", Style.BOLD)),), picture=Picture(PNG))
    )

    shown = seen(world, message_id)
    assert (shown.text, shown.entities) == ("bold", ())
    assert shown.media is not None
    assert [line["event"] for line in log_lines if line["level"] == "error"] == ["markup refused"]


@pytest.mark.parametrize("text", ["words", ""])
async def test_a_picture_that_is_refused_leaves_its_words(
    bot: Bot, world: TelegramWorld, text: str
):
    """
    What Telegram takes for no picture is told without it, with the buttons.
    """
    (message_id,) = await send(bot, picture(text, png=b"no picture", buttons=BUTTONS))

    shown = seen(world, message_id)
    assert shown.media is None
    assert shown.text == (text or "…")
    assert len(shown.buttons) == 2


async def test_a_lost_picture_is_told_as_possibly_arrived(
    bot: Bot, world: TelegramWorld, chatting: Chatting
):
    """
    As for a text.
    """
    chatting.server.faults.order(Drop(after=True), method="sendPhoto", times=1)

    with pytest.raises(PlatformUnreachableError) as failure:
        await send(bot, picture())

    assert failure.value.may_have_arrived


async def test_a_picture_shows_in_no_repr(bot: Bot):
    """
    It may be a secret.
    """
    assert "PNG" not in repr(picture())


async def test_a_message_is_changed_in_place(bot: Bot, world: TelegramWorld, chatting: Chatting):
    """
    Text and buttons; changing it to the same, or once it is gone, does no harm.
    """
    (message_id,) = await send(bot, words("before", buttons=BUTTONS))

    await bot.edit(str(BOUND), message_id, words("after <b>", buttons=BUTTONS[:1]))
    await bot.edit(str(BOUND), message_id, words("after <b>", buttons=BUTTONS[:1]))
    assert seen(world, message_id).text == "after <b>"
    assert len(seen(world, message_id).buttons) == 2
    await bot.edit(str(BOUND), message_id, words("bare"))
    assert seen(world, message_id).buttons == []

    await bot.delete(str(BOUND), message_id)
    await bot.edit(str(BOUND), message_id, words("too late"))


async def test_a_change_that_is_refused_goes_as_plain_text(
    bot: Bot, world: TelegramWorld, chatting: Chatting
):
    """
    A message that hides a secret must be changed, in whatever look.
    """
    (message_id,) = await send(bot, words("before"))
    chatting.server.faults.order(
        refusing("can't parse entities"), method="editMessageText", times=1
    )

    await bot.edit(str(BOUND), message_id, Message(blocks=(Paragraph(styled("x", Style.CODE)),)))

    assert (seen(world, message_id).text, seen(world, message_id).entities) == ("x", ())


async def test_pictures_and_texts_do_not_take_each_others_place(bot: Bot, world: TelegramWorld):
    """
    Neither way; the error is one that ends a try.
    """
    (shown,) = await send(bot, picture("caption"))
    (text,) = await send(bot, words("text"))

    with pytest.raises(ContentRefusedError):
        await bot.edit(str(BOUND), shown, words("words"))
    with pytest.raises(ContentRefusedError):
        await bot.edit(str(BOUND), text, picture())

    assert seen(world, shown).text == "caption"
    assert seen(world, text).text == "text"


async def test_what_cannot_be_changed_says_why(bot: Bot, chatting: Chatting):
    """
    By the errors that the queue knows what to do about.
    """
    with pytest.raises(TargetError):
        await bot.edit(str(BOUND), "x", words("y"))
    with pytest.raises(TargetError):
        await bot.edit(str(OTHER + 1000), "1", words("y"))
    chatting.server.faults.order(Drop(), method="editMessageText", times=1)
    with pytest.raises(PlatformUnreachableError):
        await bot.edit(str(BOUND), "1", words("y"))


async def test_a_message_too_long_for_one_is_shown_as_far_as_it_goes(
    bot: Bot, world: TelegramWorld
):
    """
    With its buttons.
    """
    (message_id,) = await send(bot, words("before"))

    await bot.edit(str(BOUND), message_id, words("x" * 5000, buttons=BUTTONS))

    assert len(seen(world, message_id).text) == 4096
    assert len(seen(world, message_id).buttons) == 2
