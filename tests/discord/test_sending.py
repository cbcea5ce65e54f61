import asyncio

import pytest

from bots.discord.pace import new_pacer
from bots.network import Patience
from core.pacing import Priority
from core.platform import (
    ContentRefusedError,
    CredentialsRefusedError,
    PlatformUnreachableError,
    TargetError,
)
from sandbox.discord import ChannelKind, DiscordLimits, Right
from sandbox.faults import AnswerJson, AnswerPage, Drop, Hang
from tests.discord.conftest import Site, to

CREATE = "POST /channels/{channel_id}/messages"
OPEN = "POST /users/@me/channels"


async def test_a_message_reaches_a_channel(site: Site) -> None:
    """
    What is sent stands in the channel, under the id that was returned.
    """
    async with site.connector.connect(site.credentials) as bot:
        sent = await bot.send(to(site.channel.id, "hello"))

    (message,) = site.world.messages(site.channel)
    assert (message.content, message.author) == ("hello", site.bot.user)
    assert sent.ids == (f"{site.channel.id}/{message.id}",)


async def test_nobody_is_pinged_by_what_is_quoted(site: Site) -> None:
    """
    A name or a notice with @everyone or a mention in it notifies nobody.
    """
    async with site.connector.connect(site.credentials) as bot:
        await bot.send(to(site.channel.id, f"@everyone <@{site.member.id}> @here"))

    (message,) = site.world.messages(site.channel)
    assert not message.pings_everyone
    assert message.pinged == []


async def test_a_message_reaches_a_user_by_direct_message(site: Site) -> None:
    """
    A user's id opens a direct message, once: the next one goes there at once.
    """
    async with site.connector.connect(site.credentials) as bot:
        await bot.send(to(site.member.id, "first"))
        site.server.faults.order(AnswerPage(500), method=OPEN, times=None)
        await bot.send(to(site.member.id, "second"))

    assert [m.content for m in site.world.direct_messages(site.member)] == ["first", "second"]


@pytest.mark.parametrize(
    "target", ["1", "123456789012345678", "general", "", "-5", "９９", "9" * 30]
)
async def test_an_unknown_target_is_refused(site: Site, target: str) -> None:
    """
    An id that is nobody's, or no id at all, ends with a sentence about the target.
    """
    async with site.connector.connect(site.credentials) as bot:
        with pytest.raises(TargetError):
            await bot.send(to(target, "hello"))


async def test_a_stranger_is_refused(site: Site) -> None:
    """
    Discord does not let bots write to people they share no server with.
    """
    async with site.connector.connect(site.credentials) as bot:
        with pytest.raises(TargetError, match="no server together"):
            await bot.send(to(site.stranger.id, "hello"))


async def test_a_person_with_closed_messages_is_refused(site: Site) -> None:
    """
    Who has closed direct messages or blocked the bot is a target that cannot be written to.
    """
    site.member.takes_direct_messages = False

    async with site.connector.connect(site.credentials) as bot:
        with pytest.raises(TargetError, match="no direct messages"):
            await bot.send(to(site.member.id, "hello"))


@pytest.mark.parametrize(
    ("right", "mend"), [(Right.VIEW, "view the channel"), (Right.SEND, "send messages")]
)
async def test_a_missing_right_says_which(site: Site, right: Right, mend: str) -> None:
    """
    The sentence says what an administrator has to allow.
    """
    site.channel.denied.add(right)

    async with site.connector.connect(site.credentials) as bot:
        with pytest.raises(TargetError, match=mend):
            await bot.send(to(site.channel.id, "hello"))


async def test_a_category_is_no_target(site: Site) -> None:
    """
    A channel that takes no text is refused as a target, not as a fault of the text.
    """
    category = site.world.add_channel(site.guild, "all", kind=ChannelKind.CATEGORY)

    async with site.connector.connect(site.credentials) as bot:
        with pytest.raises(TargetError):
            await bot.send(to(category.id, "hello"))


async def test_a_long_text_is_split(site: Site) -> None:
    """
    Text over Discord's limit arrives in parts, in order, none of them over the limit.
    """
    text = "\n".join(f"line {number} " + "x" * 90 for number in range(60))

    async with site.connector.connect(site.credentials) as bot:
        sent = await bot.send(to(site.channel.id, text))

    messages = site.world.messages(site.channel)
    assert len(messages) > 1
    assert sent.ids == tuple(f"{site.channel.id}/{message.id}" for message in messages)
    assert "\n".join(message.content.strip() for message in messages).split() == text.split()


async def test_a_429_tells_the_exact_wait(site: Site) -> None:
    """
    The time that Discord asks for reaches the caller, to the fraction, and nothing waits inside.
    """
    body = {"message": "You are being rate limited.", "retry_after": 12.345, "global": True}
    headers = {"Via": "1.1 google", "Retry-After": "13"}
    site.server.faults.order(AnswerJson(429, body, headers), method=CREATE)

    async with site.connector.connect(site.credentials) as bot:
        with pytest.raises(PlatformUnreachableError) as failure:
            await bot.send(to(site.channel.id, "hello"))
        sent = await bot.send(to(site.channel.id, "again"))

    assert failure.value.retry_after == 12.345
    assert not failure.value.may_have_arrived
    assert sent.ids


async def test_a_429_of_a_proxy_tells_the_wait_of_its_header(site: Site) -> None:
    """
    A page instead of JSON, without the header `Via`, is understood as well.
    """
    site.server.faults.order(AnswerPage(429), method=CREATE)

    async with site.connector.connect(site.credentials) as bot:
        with pytest.raises(PlatformUnreachableError, match="to wait"):
            await bot.send(to(site.channel.id, "hello"))


async def test_discords_budget_is_kept_without_a_429(site: Site) -> None:
    """
    Seven messages to one channel at once are all delivered, five of them within five seconds.
    """
    pacer = new_pacer()

    async def turn() -> None:
        await pacer.wait(site.channel.id, Priority.NOTICE)

    async with site.connector.connect(site.credentials) as bot:
        await asyncio.gather(*(bot.send(to(site.channel.id, str(n), turn=turn)) for n in range(7)))

    assert len(site.world.messages(site.channel)) == 7
    assert site.server.calls.refused == 0


async def test_a_budget_that_discord_tells_is_kept_without_any_pace(site: Site) -> None:
    """
    Who sends faster than Discord's answers allow waits, without a 429.
    """
    async with site.connector.connect(site.credentials) as bot:
        for number in range(6):
            await bot.send(to(site.channel.id, str(number)))

    assert len(site.world.messages(site.channel)) == 6
    assert site.server.calls.refused == 0


async def test_trouble_of_discords_own_is_told_at_once(site: Site) -> None:
    """
    A 5xx is tried once: who sends decides when again, and knows that it may have arrived.
    """
    site.server.faults.order(AnswerPage(502), method=CREATE)

    async with site.connector.connect(site.credentials) as bot:
        with pytest.raises(PlatformUnreachableError, match="502") as failure:
            await bot.send(to(site.channel.id, "hello"))

    assert failure.value.may_have_arrived
    assert site.world.messages(site.channel) == []


async def test_a_hanging_call_ends_in_time_as_a_possible_arrival(
    site: Site,
) -> None:
    """
    No answer in time is an outage whose message may have arrived.
    """
    site.patience = Patience(call=0.3)
    site.server.faults.order(Hang(), method=CREATE)

    async with site.connector.connect(site.credentials) as bot:
        with pytest.raises(PlatformUnreachableError) as failure:
            await bot.send(to(site.channel.id, "hello"))

    assert failure.value.may_have_arrived


async def test_a_dropped_answer_is_not_sent_again(site: Site) -> None:
    """
    The message stands there once, and its sender knows that it may.
    """
    site.server.faults.order(Drop(after=True), method=CREATE)

    async with site.connector.connect(site.credentials) as bot:
        with pytest.raises(PlatformUnreachableError) as failure:
            await bot.send(to(site.channel.id, "hello"))

    assert failure.value.may_have_arrived
    assert len(site.world.messages(site.channel)) == 1


async def test_a_server_that_is_gone_has_not_got_the_message(site: Site) -> None:
    """
    A refused connection is an outage whose message surely has not arrived.
    """
    async with site.connector.connect(site.credentials) as bot:
        site.server.faults.set_down(down=True)
        await asyncio.sleep(0)
        with pytest.raises(PlatformUnreachableError) as failure:
            await bot.send(to(site.channel.id, "hello"))
        with pytest.raises(PlatformUnreachableError) as failure:
            await bot.send(to(site.channel.id, "hello"))

    assert not failure.value.may_have_arrived


async def test_a_token_revoked_between_two_messages_is_refused(site: Site) -> None:
    """
    A 401 is the token's end.
    """
    async with site.connector.connect(site.credentials) as bot:
        site.world.change_token(site.bot, None)

        with pytest.raises(CredentialsRefusedError):
            await bot.send(to(site.channel.id, "hello"))


async def test_a_refused_text_is_no_fault_of_the_target(site: Site) -> None:
    """
    What Discord does not take, not even as plain text, ends this message, not the recipient.
    """
    body = {"message": "Invalid Form Body", "code": 50035, "errors": {}}
    site.server.faults.order(AnswerJson(400, body), method=CREATE, times=2)

    async with site.connector.connect(site.credentials) as bot:
        with pytest.raises(ContentRefusedError):
            await bot.send(to(site.channel.id, "hello"))


class TestManyDirectMessages:
    @pytest.fixture
    def limits(self) -> DiscordLimits:
        return DiscordLimits(direct_messages_opened=(1, 600))

    async def test_opening_too_many_direct_messages_may_pass(self, site: Site) -> None:
        """
        40003 says to slow down: it is nobody's fault and may be tried later.
        """
        site.world.join(site.guild, site.stranger)

        async with site.connector.connect(site.credentials) as bot:
            await bot.send(to(site.member.id, "hello"))
            with pytest.raises(PlatformUnreachableError, match="too fast"):
                await bot.send(to(site.stranger.id, "hello"))
