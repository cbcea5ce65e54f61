import pytest

from bots.network import Patience
from core.platform import (
    CredentialsRefusedError,
    PlatformUnreachableError,
    TargetError,
)
from sandbox.faults import AnswerPage, Drop, Hang
from sandbox.slack import SlackLimits
from tests.patience import fair_time
from tests.slack.conftest import Site, to

POST = "chat.postMessage"


async def test_a_message_reaches_a_channel(site: Site) -> None:
    """
    What is sent stands in the channel, under the time stamp that was returned.
    """
    async with site.connector.connect(site.sending) as bot:
        sent = await bot.send(to(site.channel.id, "hello"))

    (message,) = site.world.messages(site.channel)
    assert message.text == "hello"
    assert sent.ids == (f"{site.channel.id}:{message.ts}",)


async def test_nobody_is_pinged_by_what_is_quoted(site: Site) -> None:
    """
    A name or a notice with a mention in it notifies nobody.
    """
    async with site.connector.connect(site.sending) as bot:
        await bot.send(to(site.channel.id, f"<!channel> <@{site.member.id}> & <!here|x>"))

    (message,) = site.world.messages(site.channel)
    assert message.pings == []


async def test_a_message_reaches_a_user_by_direct_message(site: Site) -> None:
    """
    A user's id opens a direct message, once: the next one goes there at once.
    """
    async with site.connector.connect(site.sending) as bot:
        await bot.send(to(site.member.id, "first"))
        site.server.faults.order(AnswerPage(500), method="conversations.open", times=None)
        await bot.send(to(site.member.id, "second"))

    assert [m.text for m in site.world.direct_messages(site.member)] == ["first", "second"]


@pytest.mark.parametrize(
    "target", ["C0UNKNOWN1", "U0UNKNOWN1", "D0UNKNOWN1", "#news", "", "12345", "C０", "c0123abcd"]
)
async def test_an_unknown_target_is_refused(site: Site, target: str) -> None:
    """
    An id that is nobody's, or no id at all, ends with a sentence about the target.
    """
    async with site.connector.connect(site.sending) as bot:
        with pytest.raises(TargetError):
            await bot.send(to(target, "hello"))


async def test_a_channel_without_the_app_says_how_to_invite_it(site: Site) -> None:
    """
    `not_in_channel` names the command that mends it.
    """
    other = site.world.add_channel("other", site.member)

    async with site.connector.connect(site.sending) as bot:
        with pytest.raises(TargetError, match="/invite"):
            await bot.send(to(other.id, "hello"))


async def test_an_archived_channel_is_refused(site: Site) -> None:
    """
    An archived channel is a target that cannot be written to.
    """
    site.channel.is_archived = True

    async with site.connector.connect(site.sending) as bot:
        with pytest.raises(TargetError, match="archived"):
            await bot.send(to(site.channel.id, "hello"))


async def test_people_who_cannot_be_written_to_are_refused(site: Site) -> None:
    """
    A deactivated account and another bot take no direct messages.
    """
    site.member.is_disabled = True
    other = site.world.add_app("other")

    async with site.connector.connect(site.sending) as bot:
        with pytest.raises(TargetError, match="deactivated"):
            await bot.send(to(site.member.id, "hello"))
        with pytest.raises(TargetError, match="bot"):
            await bot.send(to(other.user.id, "hello"))


async def test_a_messages_tab_that_is_off_says_where_it_is(site: Site) -> None:
    """
    The sentence says where in the app's settings it is switched on.
    """
    site.app.takes_direct_messages = False

    async with site.connector.connect(site.sending) as bot:
        with pytest.raises(TargetError, match="App Home"):
            await bot.send(to(site.member.id, "hello"))


async def test_a_missing_right_names_the_scope(site: Site) -> None:
    """
    A token without a scope is refused with the scope that it lacks.
    """
    site.app.scopes = frozenset({"users:read"})

    async with site.connector.connect(site.sending) as bot:
        with pytest.raises(CredentialsRefusedError, match="chat:write"):
            await bot.send(to(site.channel.id, "hello"))


async def test_a_long_text_is_split(site: Site) -> None:
    """
    A long text arrives in parts, in order, none of them cut off.
    """
    text = "\n".join(f"line {number} " + "x" * 90 for number in range(120))

    async with site.connector.connect(site.sending) as bot:
        sent = await bot.send(to(site.channel.id, text))

    messages = site.world.messages(site.channel)
    assert len(messages) > 1
    assert sent.ids == tuple(f"{site.channel.id}:{message.ts}" for message in messages)
    assert " ".join(message.text for message in messages).split() == text.split()


class TestOneMessageASecond:
    @pytest.fixture
    def limits(self) -> SlackLimits:
        return SlackLimits(messages=(0.1, 1))

    async def test_a_429_tells_the_exact_wait(self, site: Site) -> None:
        """
        The seconds that Slack asks for reach the caller, and nothing waits inside.
        """
        async with site.connector.connect(site.sending) as bot:
            await bot.send(to(site.channel.id, "hello"))
            began = fair_time()
            with pytest.raises(PlatformUnreachableError) as failure:
                await bot.send(to(site.channel.id, "again"))

        assert failure.value.retry_after == 10
        assert fair_time() - began < 1
        assert not failure.value.may_have_arrived


async def test_a_hanging_call_ends_in_time_as_a_possible_arrival(site: Site) -> None:
    """
    No answer in time is an outage whose message may have arrived.
    """
    site.patience = Patience(call=0.3)
    site.server.faults.order(Hang(), method=POST)

    async with site.connector.connect(site.sending) as bot:
        with pytest.raises(PlatformUnreachableError) as failure:
            await bot.send(to(site.channel.id, "hello"))

    assert failure.value.may_have_arrived


async def test_a_dropped_answer_is_not_sent_again(site: Site) -> None:
    """
    The message stands there once, and its sender knows that it may.
    """
    site.server.faults.order(Drop(after=True), method=POST)

    async with site.connector.connect(site.sending) as bot:
        with pytest.raises(PlatformUnreachableError) as failure:
            await bot.send(to(site.channel.id, "hello"))

    assert failure.value.may_have_arrived
    assert len(site.world.messages(site.channel)) == 1


async def test_trouble_of_slacks_own_is_told_at_once(site: Site) -> None:
    """
    A page with 502 is tried once.
    """
    site.server.faults.order(AnswerPage(502), method=POST)

    async with site.connector.connect(site.sending) as bot:
        with pytest.raises(PlatformUnreachableError, match="502"):
            await bot.send(to(site.channel.id, "hello"))

    assert site.world.messages(site.channel) == []


async def test_broken_json_is_no_crash(site: Site) -> None:
    """
    An answer that stops in the middle is an outage.
    """
    site.server.faults.order(AnswerPage(200, page="{"), method=POST)

    async with site.connector.connect(site.sending) as bot:
        with pytest.raises(PlatformUnreachableError):
            await bot.send(to(site.channel.id, "hello"))
