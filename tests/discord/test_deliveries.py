import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bots.discord.bot import DiscordBot
from bots.discord.pace import new_pacer
from core.message import Button, Message, OpenUrl, Paragraph, Style, plain, styled
from core.pacing import Priority
from core.platform import (
    BotState,
    ContentRefusedError,
    Covers,
    PlatformUnreachableError,
    Posting,
    TargetError,
)
from sandbox.discord import Channel, DiscordLimits
from sandbox.faults import AnswerJson, Drop
from tests.conftest import LogLines
from tests.discord.conftest import Reports, Site, to
from tests.patience import fair_time

CREATE = "POST /channels/{channel_id}/messages"
OPEN = "POST /users/@me/channels"
LONG = "\n".join("x" * 99 for _ in range(60))  # three equal parts
REFUSED = AnswerJson(400, {"message": "Invalid Form Body", "code": 50035})


class NotOursError(Exception):
    """What a turn raises when the claim is lost."""


@asynccontextmanager
async def connected(site: Site, reports: Reports) -> AsyncIterator[DiscordBot]:
    """A bot that is in at the gateway and knows the site's channels."""
    async with site.connector.connect(site.credentials) as bot:
        stop = asyncio.Event()
        serving = asyncio.create_task(bot.serve(stop, reports))
        await reports.until_last(BotState.RUNNING)
        try:
            yield bot
        finally:
            stop.set()
            await serving


async def test_parts_that_were_accepted_are_not_sent_again(site: Site) -> None:
    """
    A message that broke off goes on where it did, and tells the ids of all its parts.
    """
    async with site.connector.connect(site.credentials) as bot:
        first = await bot.send(to(site.channel.id, LONG))
        await bot.send(to(site.channel.id, "between"))
        again = await bot.send(to(site.channel.id, LONG, sent=first.ids[:2]))

    assert len(first.ids) == len(again.ids) == 3
    assert again.ids[:2] == first.ids[:2]
    assert len(site.world.messages(site.channel)) == 3 + 1 + 1


async def test_an_error_tells_what_was_accepted_before(site: Site) -> None:
    """
    Parts of this and of earlier tries are in the error.
    """
    turns: list[int] = []

    async def turn() -> None:
        turns.append(len(turns))
        if len(turns) == 2:
            site.server.faults.order(AnswerJson(403, {"code": 50013, "message": "no"}))

    async with site.connector.connect(site.credentials) as bot:
        with pytest.raises(TargetError) as failure:
            await bot.send(to(site.channel.id, LONG, sent=("1/2",), turn=turn))

    assert failure.value.sent[0] == "1/2"
    assert len(failure.value.sent) == 2
    assert len(site.world.messages(site.channel)) == 1


async def test_what_a_turn_raises_passes_through(site: Site) -> None:
    """
    A message whose claim is lost between two parts goes no further.
    """
    turns: list[int] = []

    async def turn() -> None:
        turns.append(len(turns))
        if len(turns) == 2:
            raise NotOursError

    async with site.connector.connect(site.credentials) as bot:
        with pytest.raises(NotOursError):
            await bot.send(to(site.channel.id, LONG, turn=turn))

    assert len(site.world.messages(site.channel)) == 1


async def test_refused_markup_goes_as_plain_text(site: Site, log_lines: LogLines) -> None:
    """
    In a turn of its own, without marks and buttons but with what they lead to; one line in the log.
    """
    turns: list[int] = []

    async def turn() -> None:
        turns.append(len(turns))

    message = Message(
        blocks=(Paragraph(styled("bold", Style.BOLD)),),
        buttons=((Button("Site", OpenUrl("https://site.example/x")),),),
    )
    site.server.faults.order(REFUSED, method=CREATE)
    async with site.connector.connect(site.credentials) as bot:
        sent = await bot.send(Posting(target=site.channel.id, message=message, key="k1", turn=turn))

    (shown,) = site.world.messages(site.channel)
    assert "bold" in shown.content
    assert "**" not in shown.content
    assert "https://site.example/x" in shown.content
    assert shown.buttons == []
    assert len(sent.ids) == 1
    assert len(turns) == 2
    told = [line for line in log_lines if line["event"] == "markup refused"]
    assert len(told) == 1
    assert "Invalid Form Body" in told[0]["error"]


async def test_what_is_refused_as_plain_text_as_well_is_refused(site: Site) -> None:
    """
    After two tries it is the message's end.
    """
    site.server.faults.order(REFUSED, method=CREATE, times=2)

    async with site.connector.connect(site.credentials) as bot:
        with pytest.raises(ContentRefusedError):
            await bot.send(to(site.channel.id, "x"))

    assert site.server.calls.count(CREATE) == 2


async def test_a_lost_answer_makes_no_second_message(site: Site) -> None:
    """
    A delivery that is repeated with its key stands there once, all of its parts.
    """
    posting = to(site.channel.id, LONG, key="0123456789abcdef")
    site.server.faults.order(Drop(after=True), method=CREATE)
    async with site.connector.connect(site.credentials) as bot:
        with pytest.raises(PlatformUnreachableError) as failure:
            await bot.send(posting)
        sent = await bot.send(posting)

    assert failure.value.may_have_arrived
    assert failure.value.sent == ()
    assert len(site.world.messages(site.channel)) == len(sent.ids) == 3


async def test_without_a_key_nothing_is_taken_for_a_repeat(site: Site) -> None:
    """
    The same text twice is two messages.
    """
    async with site.connector.connect(site.credentials) as bot:
        await bot.send(to(site.channel.id, "x"))
        await bot.send(to(site.channel.id, "x"))

    assert len(site.world.messages(site.channel)) == 2


async def test_a_silent_message_carries_the_flag(site: Site) -> None:
    """
    SUPPRESS_NOTIFICATIONS, and nothing of the kind otherwise.
    """
    loud = to(site.channel.id, "x")
    async with site.connector.connect(site.credentials) as bot:
        await bot.send(loud)
        await bot.send(replace(loud, message=replace(loud.message, silent=True)))

    assert [m.flags for m in site.world.messages(site.channel)] == [0, 4096]


async def test_a_user_costs_no_call_in_vain(site: Site, reports: Reports) -> None:
    """
    Connected, the bot knows that an id is no channel's; the channel of a user is told and reused.
    """
    async with connected(site, reports) as bot:
        sent = await bot.send(to(site.member.id, "first"))
        await bot.send(to(site.channel.id, "in the channel"))

    assert site.server.calls.count_status(404) == 0
    assert sent.direct_channel == site.world.find_direct_channel(site.bot, site.member).id
    async with site.connector.connect(site.credentials) as bot:
        again = await bot.send(to(site.member.id, "second", direct_channel=sent.direct_channel))
    assert again.direct_channel == sent.direct_channel
    assert site.server.calls.count(OPEN) == 1


async def test_a_channel_that_nobody_announced_is_found(site: Site, reports: Reports) -> None:
    """
    An id that is not in the gateway's cache is tried as a user first and found all the same, once.
    """
    async with connected(site, reports) as bot:
        channel = site.world.channels["7"] = Channel("7", site.channel.kind, "x", site.guild)
        sent = await bot.send(to(channel.id, "first"))
        await bot.send(to(channel.id, "second"))

    assert sent.direct_channel is None
    assert [m.content for m in site.world.messages(channel)] == ["first", "second"]
    assert site.server.calls.count(OPEN) == 1


@pytest.mark.parametrize("code", [10003, 50001])
async def test_a_direct_channel_that_is_gone_is_opened_anew(site: Site, code: int) -> None:
    """
    What was kept may belong to a bot of another token.
    """
    refusal = AnswerJson(403, {"message": "no", "code": code})
    site.server.faults.order(refusal, method=CREATE)
    async with site.connector.connect(site.credentials) as bot:
        sent = await bot.send(to(site.member.id, "x", direct_channel="123456789012345678"))

    assert sent.direct_channel == site.world.find_direct_channel(site.bot, site.member).id
    assert len(site.world.direct_messages(site.member)) == 1


async def test_a_message_can_be_deleted(site: Site) -> None:
    """
    By the id that sending gave, also where it is gone already.
    """
    async with site.connector.connect(site.credentials) as bot:
        sent = await bot.send(to(site.member.id, "x"))
        await bot.delete(site.member.id, sent.ids[0])
        await bot.delete(site.member.id, sent.ids[0])
        with pytest.raises(TargetError):
            await bot.delete(site.member.id, "x/../y")

    assert site.world.direct_messages(site.member) == []


async def test_a_message_can_be_changed(site: Site) -> None:
    """
    By the id that sending gave; once it is gone, that does no harm. Buttons go with the text.
    """
    button = Button("Site", OpenUrl("https://site.example"))
    later = Message(blocks=(Paragraph(plain("*later*")),), buttons=((button,),))
    async with site.connector.connect(site.credentials) as bot:
        sent = await bot.send(to(site.member.id, "x"))
        await bot.edit(site.member.id, sent.ids[0], later)
        (shown,) = site.world.direct_messages(site.member)
        assert shown.content == r"\*later\*"
        assert shown.components
        await bot.delete(site.member.id, sent.ids[0])
        await bot.edit(site.member.id, sent.ids[0], later)
        with pytest.raises(TargetError):
            await bot.edit(site.member.id, "x/../y", later)

    assert bot.members is None


async def test_an_answer_to_a_press_never_waits_behind_a_broadcast(
    site: Site, reports: Reports
) -> None:
    """
    While the channel's budget is used up and many are in line, a press is acknowledged at once.
    """
    button = {"type": 2, "style": 1, "label": "press", "custom_id": "x"}
    shown = site.world.post_as(site.bot, site.channel, "x", [[button]])
    people = [site.world.add_person(f"p{number}") for number in range(60)]
    for person in people:
        site.world.join(site.guild, person)
    pacer = new_pacer()

    async def send(bot: DiscordBot, target: str) -> None:
        async def turn() -> None:
            await pacer.wait(target, Priority.BROADCAST)

        await bot.send(to(target, "x", turn=turn, is_broadcast=True))

    async with connected(site, reports) as bot, asyncio.TaskGroup() as tasks:
        targets = [site.channel.id] * 12 + [person.id for person in people[:40]]
        sending = [tasks.create_task(send(bot, target)) for target in targets]
        await site.world.wait_for(lambda: len(site.world.messages(site.channel)) == 6)
        began = fair_time()

        press = site.world.press(site.member, shown, "x")
        await site.world.wait_for(lambda: press.answer)

        assert fair_time() - began < 0.5
        assert any(not task.done() for task in sending)
        for task in sending:
            task.cancel()
    assert site.server.calls.refused == 0


class TestOpening:
    @pytest.fixture
    def limits(self) -> DiscordLimits:
        return DiscordLimits(direct_messages_opened=(1, 600))

    async def test_too_fast_is_not_tried_on(self, site: Site) -> None:
        """
        After 40003 nobody's direct message is opened for a while; channels are written to.
        """
        site.world.join(site.guild, site.stranger)
        third = site.world.add_person("third")
        site.world.join(site.guild, third)

        async with site.connector.connect(site.credentials) as bot:
            await bot.send(to(site.member.id, "x"))
            for person in (site.stranger, third):
                with pytest.raises(PlatformUnreachableError) as failure:
                    await bot.send(to(person.id, "x"))
                assert failure.value.covers is Covers.TARGET
                assert 30 < failure.value.retry_after < 100
            await bot.send(to(site.channel.id, "x"))

        assert site.server.calls.count_status(403) == 1
