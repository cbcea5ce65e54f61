"""
What nobody waits for at a screen: sent by the bot that the registry makes, to the local Telegram.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from bots.registry import platforms
from bots.telegram.bot import TelegramBot
from config_store.bootstrap.settings import BootstrapSettings
from core.actions import CheckBinding
from core.app import App
from core.log import Redactor
from core.message import Button, Message, OpenUrl, Paragraph, Style, plain, styled
from core.platform import (
    ContentRefusedError,
    Credentials,
    PlatformUnreachableError,
    Posting,
    TargetError,
    TargetMovedError,
)
from sandbox.faults import AnswerJson, AnswerPage, Drop
from tests.conftest import LogLines
from tests.telegram.conftest import BOUND, GROUP, OTHER, TOKEN, Chatting

LONG = "\n".join("x" * 99 for _ in range(100))  # three parts
BASIC_GROUP, SUPERGROUP = -4001, -1004001

OpenBot = Callable[..., Any]


class NotOursError(Exception):
    """What a turn raises when the claim is lost."""


@pytest.fixture
def open_bot(chatting: Chatting, sqlite_url: str) -> OpenBot:
    """
    A bot that only sends. Keywords are bootstrap settings.
    """
    chatting.world.start_bot(BOUND)

    @asynccontextmanager
    async def open_(**settings: Any) -> AsyncIterator[TelegramBot]:
        bootstrap = BootstrapSettings(
            database_url=sqlite_url,
            telegram_api_url=chatting.server.url,
            site_url="https://site.example",
            listen=None,
            **settings,
        )
        app = App(bootstrap=bootstrap, redactor=Redactor(), platforms=platforms)
        try:
            telegram, *_ = app.platforms
            async with telegram.load().connect(Credentials(token=TOKEN)) as bot:
                yield bot
        finally:
            await app.close()

    return open_


@pytest.fixture
async def bot(open_bot: OpenBot) -> AsyncIterator[TelegramBot]:
    async with open_bot() as bot:
        yield bot


def to(target: int | str, text: str = "x", **more: Any) -> Posting:
    message = Message(blocks=(Paragraph(plain(text)),))
    return Posting(target=str(target), message=message, **more)


def last(chatting: Chatting, chat: int = BOUND):
    return chatting.world.messages(chat)[-1]


async def test_a_message_arrives_as_it_was_meant(bot: TelegramBot, chatting: Chatting):
    """
    With its markup and buttons, without a preview, under the id that was returned.
    """
    message = Message(
        blocks=(Paragraph((*styled("<bold>", Style.BOLD), *plain(" & 汉字 😀"))),),
        buttons=(
            (Button("Site", OpenUrl("https://site.example/")),),
            (Button("Again", CheckBinding()),),
        ),
    )

    sent = await bot.send(Posting(target=str(BOUND), message=message))

    shown = last(chatting)
    assert sent.ids == (str(shown.id),)
    assert sent.direct_channel is None
    assert shown.html == "<b>&lt;bold&gt;</b> &amp; 汉字 😀"
    assert [button.kind for button in shown.buttons] == ["url", "callback_data"]
    call = chatting.server.calls.of("sendMessage")[-1]
    assert (call.unknown_parameters, call.misfits) == ((), ())
    assert "is_disabled" in call.parameters["link_preview_options"]


async def test_only_silent_messages_are_silent(bot: TelegramBot, chatting: Chatting):
    """
    `disable_notification`, and nothing of the kind otherwise.
    """
    loud = to(BOUND)

    await bot.send(loud)
    await bot.send(replace(loud, message=replace(loud.message, silent=True)))

    assert [m.is_silent for m in chatting.world.messages(BOUND)[-2:]] == [False, True]


@pytest.mark.parametrize("is_paid", [False, True])
async def test_only_broadcasts_are_paid_for_and_only_if_allowed(
    open_bot: OpenBot, chatting: Chatting, *, is_paid: bool
):
    """
    `allow_paid_broadcast` costs the operator: never without the setting, never for a notice.
    """
    async with open_bot(telegram_paid_broadcast=is_paid) as bot:
        await bot.send(to(BOUND))
        await bot.send(to(BOUND, is_broadcast=True))

    paid = [m.is_paid_broadcast for m in chatting.world.messages(BOUND)[-2:]]
    assert paid == [False, is_paid]


async def test_what_is_not_paid_for_keeps_the_free_rate(open_bot: OpenBot, chatting: Chatting):
    """
    With a rate of 1000 a second notices still go no faster than is free, also without any pace.
    """
    async with open_bot(telegram_paid_broadcast=True, telegram_rate=1000) as bot:
        await asyncio.gather(*(bot.send(to(BOUND, str(n))) for n in range(20)))
        await asyncio.gather(*(bot.send(to(BOUND, str(n), is_broadcast=True)) for n in range(40)))

    calls = chatting.server.calls.of("sendMessage")
    assert len(calls) == 60
    unpaid = [call.at for call in calls if "allow_paid_broadcast" not in call.parameters]
    paid = [call.at for call in calls if "allow_paid_broadcast" in call.parameters]
    assert (unpaid[-1] - unpaid[0]).total_seconds() > 0.6
    assert (paid[-1] - paid[0]).total_seconds() < 0.6


async def test_topics_and_names_are_targets(bot: TelegramBot, chatting: Chatting):
    """
    `id:topic`, `@name`, and both; the general topic is named by nothing.
    """
    world = chatting.world
    group = world.chat(GROUP)
    topic = world.add_topic(GROUP, "News", topic_id=56)
    group.username, group.is_forum = "our_group", True

    for target in (f"{GROUP}:{topic.id}", f"{GROUP}:1", "@our_group", f"@our_group:{topic.id}"):
        await bot.send(to(target))

    assert [m.thread_id for m in world.messages(GROUP)[-4:]] == [topic.id, None, None, topic.id]


@pytest.mark.parametrize("target", ["", "x", "@", "1:x", "-", "１", "1:2:3", "@a b", "42"])
async def test_an_unknown_target_is_refused(bot: TelegramBot, target: str):
    """
    What is no target, or nobody's, ends with a sentence about the target.
    """
    with pytest.raises(TargetError):
        await bot.send(to(target))


async def test_parts_that_were_accepted_are_not_sent_again(bot: TelegramBot, chatting: Chatting):
    """
    A message that breaks off tells what was accepted, and goes on where it did.
    """
    turns: list[int] = []

    async def turn() -> None:
        turns.append(len(turns))
        if len(turns) == 2:
            chatting.server.faults.order(AnswerPage(502), method="sendMessage")

    before = len(chatting.world.messages(BOUND))
    with pytest.raises(PlatformUnreachableError) as failure:
        await bot.send(to(BOUND, LONG, turn=turn))
    sent = await bot.send(to(BOUND, LONG, sent=failure.value.sent))

    assert len(failure.value.sent) == 1
    assert len(sent.ids) == len(chatting.world.messages(BOUND)) - before == 3


async def test_what_a_turn_raises_passes_through(bot: TelegramBot, chatting: Chatting):
    """
    Nothing is sent after it.
    """

    async def turn() -> None:
        raise NotOursError

    with pytest.raises(NotOursError):
        await bot.send(to(BOUND, turn=turn))

    assert chatting.server.calls.count("sendMessage") == 0


async def test_refused_markup_goes_as_plain_text(
    bot: TelegramBot, chatting: Chatting, log_lines: LogLines
):
    """
    In a turn of its own and with its buttons; Telegram's words are one line in the log.
    """
    turns: list[int] = []

    async def turn() -> None:
        turns.append(len(turns))

    _refuse(chatting, "can't parse entities: unexpected end tag")
    message = Message(
        blocks=(Paragraph(styled("bold", Style.BOLD)),),
        buttons=((Button("Again", CheckBinding()),),),
    )

    await bot.send(Posting(target=str(BOUND), message=message, turn=turn))

    shown = last(chatting)
    assert (shown.text, shown.entities, len(shown.buttons)) == ("bold", (), 1)
    assert len(turns) == 2
    (told,) = (line for line in log_lines if line["event"] == "markup refused")
    assert "unexpected end tag" in told["error"]


async def test_refused_buttons_are_left_out(bot: TelegramBot, chatting: Chatting):
    """
    A text without its buttons is more than nothing.
    """
    _refuse(chatting, "BUTTON_DATA_INVALID")
    posting = to(BOUND)
    message = replace(posting.message, buttons=((Button("Again", CheckBinding()),),))

    await bot.send(replace(posting, message=message))

    assert last(chatting).buttons == []


async def test_what_is_refused_as_plain_text_as_well_is_refused(
    bot: TelegramBot, chatting: Chatting
):
    """
    After two tries it is the message's end.
    """
    _refuse(chatting, "message is too long", times=2)

    with pytest.raises(ContentRefusedError):
        await bot.send(to(BOUND))

    assert chatting.server.calls.count("sendMessage") == 2


async def test_a_group_that_moved_tells_its_new_id(bot: TelegramBot, chatting: Chatting):
    """
    So that whoever keeps the target can follow.
    """
    chatting.world.add_group(BASIC_GROUP, "Small", is_supergroup=False, owner_id=BOUND)
    chatting.world.add_bot_to_group(BOUND, BASIC_GROUP)
    chatting.world.migrate_group(BOUND, BASIC_GROUP, new_id=SUPERGROUP)

    with pytest.raises(TargetMovedError) as moved:
        await bot.send(to(BASIC_GROUP))
    await bot.send(to(moved.value.target))

    assert moved.value.target == str(SUPERGROUP)
    assert last(chatting, SUPERGROUP).text == "x"


async def test_a_message_can_be_deleted(bot: TelegramBot, chatting: Chatting):
    """
    By the id that sending gave, also where it is gone already.
    """
    sent = await bot.send(to(BOUND))

    await bot.delete(str(BOUND), sent.ids[0])
    await bot.delete(str(BOUND), sent.ids[0])

    assert last(chatting).is_deleted
    with pytest.raises(TargetError):
        await bot.delete(str(BOUND), "x")


async def test_a_lost_answer_is_told_as_one(bot: TelegramBot, chatting: Chatting):
    """
    Telegram knows no key that would tell a repeat.
    """
    chatting.server.faults.order(Drop(after=True), method="sendMessage")

    with pytest.raises(PlatformUnreachableError) as failure:
        await bot.send(to(BOUND))

    assert failure.value.may_have_arrived


async def test_a_server_that_is_gone_has_not_got_the_message(bot: TelegramBot, chatting: Chatting):
    """
    A refused connection is an outage whose message surely has not arrived; nothing names the token.
    """
    chatting.server.faults.set_down(down=True)
    failures: list[PlatformUnreachableError] = []
    for _ in range(2):  # the first may meet the connection that is being cut
        with pytest.raises(PlatformUnreachableError) as failure:
            await bot.send(to(BOUND))
        failures.append(failure.value)

    assert not failures[-1].may_have_arrived
    assert TOKEN not in str(failures)


async def test_a_bot_that_was_closed_sends_nothing(open_bot: OpenBot, chatting: Chatting):
    """
    Nothing goes out with a token that is no longer the site's.
    """
    async with open_bot() as bot:
        pass

    with pytest.raises(PlatformUnreachableError, match="closed"):
        await bot.send(to(BOUND))

    assert chatting.server.calls.count("sendMessage") == 0


async def test_the_same_message_to_many_is_no_mix(bot: TelegramBot, chatting: Chatting):
    """
    What is kept of a rendering is nobody's recipient.
    """
    chatting.world.start_bot(OTHER)
    posting = to(BOUND, "same")

    await bot.send(posting)
    await bot.send(replace(posting, target=str(OTHER)))
    await bot.send(to(BOUND, "other"))

    assert last(chatting, OTHER).text == "same"
    assert [m.text for m in chatting.world.messages(BOUND)[-2:]] == ["same", "other"]


def _refuse(chatting: Chatting, description: str, *, times: int = 1) -> None:
    body = {"ok": False, "error_code": 400, "description": f"Bad Request: {description}"}
    chatting.server.faults.order(AnswerJson(400, body), method="sendMessage", times=times)
