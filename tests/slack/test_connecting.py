import asyncio

import pytest

from bots.network import Patience
from bots.slack.platform import SlackConnector
from core.platform import (
    BotState,
    Credentials,
    CredentialsRefusedError,
    PlatformUnreachableError,
)
from sandbox.faults import AnswerPage, Hang
from tests.patience import fair_time
from tests.slack.conftest import Reports, Site, to


@pytest.mark.parametrize("token", ["xoxb-wrong", "wr ong", "wr\nong", "令牌"])
async def test_a_wrong_token_is_refused(site: Site, token: str) -> None:
    """
    A token that Slack does not know, or that can be none, is the setting's fault and told so.
    """
    with pytest.raises(CredentialsRefusedError, match="slack_token") as refusal:
        async with site.connector.connect(Credentials(token=token)):
            pass

    assert token not in str(refusal.value)


async def test_a_wrong_app_token_is_named(site: Site, reports: Reports) -> None:
    """
    Of the two tokens the operator reads which one it is.
    """
    credentials = Credentials(token=site.app.token or "", app_token="xapp-wrong")

    async with site.connector.connect(credentials) as bot:
        with pytest.raises(CredentialsRefusedError, match="slack_app_token"):
            await bot.serve(asyncio.Event(), reports)


async def test_the_tokens_taken_for_each_other_are_told_apart(site: Site, reports: Reports) -> None:
    """
    The sentence says which token begins how.
    """
    credentials = Credentials(token=site.app.token or "", app_token=site.app.token or "")

    async with site.connector.connect(credentials) as bot:
        with pytest.raises(CredentialsRefusedError, match="slack_app_token with xapp-"):
            await bot.serve(asyncio.Event(), reports)


async def test_a_server_that_is_down_is_unreachable(site: Site) -> None:
    """
    No server: the platform is away, and the sentence says where it was looked for.
    """
    site.server.faults.set_down(down=True)

    with pytest.raises(PlatformUnreachableError, match=r"127\.0\.0\.1"):
        async with site.connector.connect(site.sending):
            pass


@pytest.mark.parametrize("status", [200, 502])
async def test_a_page_instead_of_slack_is_unreachable(site: Site, status: int) -> None:
    """
    An HTML page, whatever its status, is no crash of ours.
    """
    site.server.faults.order(AnswerPage(status), method="auth.test")

    with pytest.raises(PlatformUnreachableError):
        async with site.connector.connect(site.sending):
            pass


async def test_a_server_that_hangs_is_unreachable_in_time(site: Site) -> None:
    """
    No answer ends the attempt.
    """
    site.patience = Patience(call=0.3)
    site.server.faults.order(Hang(), method="auth.test")

    with pytest.raises(PlatformUnreachableError):
        async with site.connector.connect(site.sending):
            pass


async def test_a_proxy_that_is_away_is_named(site: Site) -> None:
    """
    The sentence points at the proxy, and does not show its password.
    """
    connector = SlackConnector(
        api_url=site.server.api_url, proxy="socks5://user:secret@127.0.0.1:9"
    )

    with pytest.raises(PlatformUnreachableError, match="proxy") as failure:
        async with connector.connect(site.sending):
            pass

    assert "secret" not in str(failure.value)


async def test_a_proxy_of_the_environment_is_not_used(
    site: Site, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The setting `proxy` alone decides, for the Web API and for Socket Mode.
    """
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    stop = asyncio.Event()

    async with site.connector.connect(site.receiving) as bot:
        serving = asyncio.create_task(bot.serve(stop, reports))
        await reports.until_last(BotState.RUNNING)
        stop.set()
        await serving

    assert reports.states == [BotState.RUNNING]


async def test_a_bot_without_an_app_token_sends_only(site: Site, reports: Reports) -> None:
    """
    The state says that nothing is received, and why.
    """
    stop = asyncio.Event()
    async with site.connector.connect(site.sending) as bot:
        serving = asyncio.create_task(bot.serve(stop, reports))
        await reports.until_last(BotState.RUNNING)
        stop.set()
        await serving

    assert "slack_app_token is not set" in reports.told[0][1]
    assert not site.server.socket_mode.connections(site.app)


async def test_a_bot_runs_and_stops_at_once(site: Site, reports: Reports) -> None:
    """
    The bot tells that it runs, and ends within two seconds of being told to.
    """
    stop = asyncio.Event()
    async with site.connector.connect(site.receiving) as bot:
        serving = asyncio.create_task(bot.serve(stop, reports))
        await reports.until_last(BotState.RUNNING)
        assert site.server.socket_mode.connections(site.app) == 1

        stopped_at = fair_time()
        stop.set()
        await serving
    took = fair_time() - stopped_at

    assert took < 2
    await site.world.wait_for(lambda: not site.server.socket_mode.connections(site.app))


async def test_a_line_that_does_not_close_is_left(site: Site, reports: Reports) -> None:
    """
    A far side that hangs holds up no stop.
    """
    stop = asyncio.Event()
    async with site.connector.connect(site.receiving) as bot:
        serving = asyncio.create_task(bot.serve(stop, reports))
        await reports.until_last(BotState.RUNNING)
        site.server.socket_mode.go_deaf()

        stopped_at = fair_time()
        stop.set()
        await serving
    took = fair_time() - stopped_at

    assert took < 2


async def test_a_token_revoked_while_running_is_refused(site: Site, reports: Reports) -> None:
    """
    The Web API has no line to be closed: the token is looked at from time to time.
    """
    site.patience = Patience(check=0.1)
    async with site.connector.connect(site.sending) as bot:
        serving = asyncio.create_task(bot.serve(asyncio.Event(), reports))
        await reports.until_last(BotState.RUNNING)

        site.world.revoke_token(site.app)

        with pytest.raises(CredentialsRefusedError, match=r"slack_token.*revoked"):
            await serving


async def test_an_app_token_revoked_while_running_is_refused(site: Site, reports: Reports) -> None:
    """
    The line's end, and the refusal of another one, is the app-level token's end.
    """
    async with site.connector.connect(site.receiving) as bot:
        serving = asyncio.create_task(bot.serve(asyncio.Event(), reports))
        await reports.until_last(BotState.RUNNING)

        site.world.revoke_app_token(site.app)

        with pytest.raises(CredentialsRefusedError, match="slack_app_token"):
            await serving


async def test_an_outage_is_told_and_its_end_as_well(site: Site, reports: Reports) -> None:
    """
    A Web API that cannot answer is failing, then running again, without a new start.
    """
    site.patience = Patience(check=0.1)
    stop = asyncio.Event()
    async with site.connector.connect(site.sending) as bot:
        serving = asyncio.create_task(bot.serve(stop, reports))
        await reports.until_last(BotState.RUNNING)

        site.server.faults.order(AnswerPage(), method="auth.test")
        await reports.until_last(BotState.FAILING)
        await reports.until_last(BotState.RUNNING, seconds=10)
        stop.set()
        await serving

    assert reports.states == [BotState.RUNNING, BotState.FAILING, BotState.RUNNING]


@pytest.mark.parametrize("break_line", ["refresh", "close", "cut"])
async def test_a_line_that_ends_is_followed_by_another(
    site: Site, reports: Reports, break_line: str
) -> None:
    """
    Slack ends each line every few hours: what comes afterwards is received on the next.
    """
    stop = asyncio.Event()
    async with site.connector.connect(site.receiving) as bot:
        serving = asyncio.create_task(bot.serve(stop, reports))
        await reports.until_last(BotState.RUNNING)

        match break_line:
            case "refresh":
                site.server.socket_mode.ask_to_reconnect()
            case "close":
                site.server.socket_mode.close_connections()
            case _:
                site.server.cut_connections()
        await site.world.wait_for(lambda: site.server.socket_mode.opened == 2)
        site.world.write(site.member, site.channel, "hello")
        await site.world.wait_for(lambda: site.world.envelopes[-1].is_acknowledged)
        stop.set()
        await serving

    assert set(reports.states) == {BotState.RUNNING}


async def test_sending_goes_on_without_a_line(site: Site, reports: Reports) -> None:
    """
    Receiving and sending fail apart from each other.
    """
    stop = asyncio.Event()
    site.server.faults.order(AnswerPage(), method="apps.connections.open", times=None)
    async with site.connector.connect(site.receiving) as bot:
        serving = asyncio.create_task(bot.serve(stop, reports))
        await reports.until_last(BotState.FAILING)

        await bot.send(to(site.channel.id, "hello"))
        site.server.faults.lift()
        await reports.until_last(BotState.RUNNING)
        stop.set()
        await serving

    assert [message.text for message in site.world.messages(site.channel)] == ["hello"]


async def test_a_socket_that_cannot_be_had_is_told(site: Site, reports: Reports) -> None:
    """
    A WebSocket that does not open, while the Web API answers, is failing and tried again.
    """
    site.patience = Patience(call=0.3)
    stop = asyncio.Event()
    site.server.faults.order(Hang(), method="SOCKET")
    async with site.connector.connect(site.receiving) as bot:
        serving = asyncio.create_task(bot.serve(stop, reports))
        await reports.until_last(BotState.FAILING)
        await reports.until_last(BotState.RUNNING)
        stop.set()
        await serving


async def test_all_that_comes_is_acknowledged_once(site: Site, reports: Reports) -> None:
    """
    Events, presses and commands that nobody here wants are acknowledged, so none is repeated.
    """
    stop = asyncio.Event()
    button = {
        "type": "button",
        "action_id": "x",
        "text": {"type": "plain_text", "text": "press"},
    }
    message = site.world.post_as(
        site.app, site.channel, "hello", [{"type": "actions", "elements": [button]}]
    )
    async with site.connector.connect(site.receiving) as bot:
        serving = asyncio.create_task(bot.serve(stop, reports))
        await reports.until_last(BotState.RUNNING)

        site.world.write(site.member, site.channel, "hello")
        site.world.press(site.member, message, "x")
        site.world.command(site.app, site.member, site.channel, "/ping", "")
        envelopes = site.world.envelopes
        await site.world.wait_for(lambda: all(found.is_acknowledged for found in envelopes))
        stop.set()
        await serving

    assert [envelope.tries for envelope in envelopes] == [1, 1, 1]
