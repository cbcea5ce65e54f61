import pytest

from core.message import Button, Message, OpenUrl, Paragraph, Style, plain, styled
from core.platform import (
    ContentRefusedError,
    Covers,
    PlatformUnreachableError,
    Posting,
    TargetError,
)
from sandbox.faults import AnswerJson, Drop
from tests.conftest import LogLines
from tests.slack.conftest import Site, to

POST, OPEN = "chat.postMessage", "conversations.open"
LONG = "\n".join("x" * 99 for _ in range(100))  # three parts
REFUSED = AnswerJson(200, {"ok": False, "error": "invalid_blocks"})


async def test_parts_that_were_accepted_are_not_sent_again(site: Site) -> None:
    """
    A message that breaks off tells what was accepted, and goes on where it did.
    """
    turns: list[int] = []

    async def turn() -> None:
        turns.append(len(turns))
        if len(turns) == 2:
            site.server.faults.order(AnswerJson(503, {}), method=POST)

    async with site.connector.connect(site.sending) as bot:
        with pytest.raises(PlatformUnreachableError) as failure:
            await bot.send(to(site.channel.id, LONG, turn=turn))
        sent = await bot.send(to(site.channel.id, LONG, sent=failure.value.sent))

    assert len(failure.value.sent) == 1
    assert len(sent.ids) == len(site.world.messages(site.channel)) == 3


async def test_refused_blocks_go_as_plain_text(site: Site, log_lines: LogLines) -> None:
    """
    In a turn of its own, without blocks but with what the buttons lead to; one line in the log.
    """
    turns: list[int] = []

    async def turn() -> None:
        turns.append(len(turns))

    message = Message(
        blocks=(Paragraph(styled("*bold*", Style.BOLD)),),
        buttons=((Button("Site", OpenUrl("https://site.example/?a&b")),),),
    )
    site.server.faults.order(REFUSED, method=POST)
    async with site.connector.connect(site.sending) as bot:
        await bot.send(Posting(target=site.channel.id, message=message, turn=turn))

    (shown,) = site.world.messages(site.channel)
    assert shown.text == "*bold*\n\nSite: https://site.example/?a&amp;b"
    assert shown.blocks == []
    assert len(turns) == 2
    assert sum(line["event"] == "markup refused" for line in log_lines) == 1


async def test_what_is_refused_as_plain_text_as_well_is_refused(site: Site) -> None:
    """
    After two tries it is the message's end.
    """
    site.server.faults.order(REFUSED, method=POST, times=2)

    async with site.connector.connect(site.sending) as bot:
        with pytest.raises(ContentRefusedError):
            await bot.send(to(site.channel.id, "x"))

    assert site.server.calls.count(POST) == 2


async def test_the_channel_of_a_user_is_told_and_reused(site: Site) -> None:
    """
    Whoever keeps it saves the opening, also with a new connection.
    """
    async with site.connector.connect(site.sending) as bot:
        sent = await bot.send(to(site.member.id, "first"))
    async with site.connector.connect(site.sending) as bot:
        again = await bot.send(to(site.member.id, "second", direct_channel=sent.direct_channel))

    assert sent.direct_channel == again.direct_channel
    assert sent.direct_channel.startswith("D")
    assert site.server.calls.count(OPEN) == 1
    assert len(site.world.direct_messages(site.member)) == 2


async def test_a_direct_channel_that_is_gone_is_opened_anew(site: Site) -> None:
    """
    What was kept may belong to another app.
    """
    async with site.connector.connect(site.sending) as bot:
        sent = await bot.send(to(site.member.id, "x", direct_channel="D0UNKNOWN1"))

    assert sent.direct_channel == site.world.find_direct_channel(site.app, site.member).id
    assert len(site.world.direct_messages(site.member)) == 1


async def test_a_channel_has_no_direct_channel(site: Site) -> None:
    """
    Nothing is to be kept of it.
    """
    async with site.connector.connect(site.sending) as bot:
        sent = await bot.send(to(site.channel.id, "x"))

    assert sent.direct_channel is None


async def test_a_message_can_be_changed(site: Site) -> None:
    """
    By the id that sending gave; once it is gone, that does no harm. Blocks that are refused leave
    a plain text.
    """
    later = Message(blocks=(Paragraph(plain("later")),))
    async with site.connector.connect(site.sending) as bot:
        sent = await bot.send(to(site.member.id, "x"))
        await bot.edit(site.member.id, sent.ids[0], later)
        (shown,) = site.world.direct_messages(site.member)
        assert shown.text == "later"
        assert shown.blocks
        site.server.faults.order(REFUSED, method="chat.update", times=1)
        await bot.edit(site.member.id, sent.ids[0], Message(blocks=(Paragraph(plain("plain")),)))
        assert (shown.text, shown.blocks) == ("plain", [])
        await bot.delete(site.member.id, sent.ids[0])
        await bot.edit(site.member.id, sent.ids[0], later)
        with pytest.raises(TargetError):
            await bot.edit(site.member.id, "x", later)

    assert bot.members is None


async def test_a_message_can_be_deleted(site: Site) -> None:
    """
    By the id that sending gave, also where it is gone already.
    """
    async with site.connector.connect(site.sending) as bot:
        sent = await bot.send(to(site.member.id, "x"))
        await bot.delete(site.member.id, sent.ids[0])
        await bot.delete(site.member.id, sent.ids[0])
        with pytest.raises(TargetError):
            await bot.delete(site.member.id, "x")

    assert site.world.direct_messages(site.member) == []


async def test_a_lost_answer_is_told_as_one(site: Site) -> None:
    """
    Slack knows no key that would tell a repeat.
    """
    site.server.faults.order(Drop(after=True), method=POST)

    async with site.connector.connect(site.sending) as bot:
        with pytest.raises(PlatformUnreachableError) as failure:
            await bot.send(to(site.channel.id, "x", key="k"))

    assert failure.value.may_have_arrived
    assert failure.value.sent == ()


async def test_direct_messages_are_not_opened_faster_than_slack_allows(site: Site) -> None:
    """
    A broadcast to many new people is told to wait, each a little longer; a notice still goes.
    """
    people = [site.world.add_person(f"p{number}") for number in range(40)]
    refusals: list[PlatformUnreachableError] = []
    async with site.connector.connect(site.sending) as bot:
        for person in people:
            try:
                await bot.send(to(person.id, "x", is_broadcast=True))
            except PlatformUnreachableError as error:
                refusals.append(error)
        await bot.send(to(site.member.id, "x"))

    waits = [error.retry_after for error in refusals]
    assert [error.covers for error in refusals] == [Covers.TARGET] * 10
    assert waits == sorted(waits)
    assert 50 < waits[0] < 62
    assert waits[-1] > waits[0] + 15
    assert site.server.calls.refused == 0
