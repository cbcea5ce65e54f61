import asyncio

import pytest
from aiohttp import web

from bots.discord.platform import DiscordConnector
from bots.network import Patience
from core.platform import (
    BotState,
    Credentials,
    CredentialsRefusedError,
    PlatformUnreachableError,
)
from sandbox.discord import DiscordLimits
from sandbox.faults import AnswerPage, Hang
from tests.discord.conftest import Reports, Site, to
from tests.patience import fair_time


@pytest.mark.parametrize("token", ["wrong", "wr ong", "wr\nong", "令牌"])
async def test_a_wrong_token_is_refused(site: Site, token: str) -> None:
    """
    A token that Discord does not know, or that can be none, is the setting's fault and told so.
    """
    with pytest.raises(CredentialsRefusedError) as refusal:
        async with site.connector.connect(Credentials(token=token)):
            pass

    assert "discord_bot_token" in str(refusal.value)
    assert token not in str(refusal.value)


async def test_a_server_that_is_down_is_unreachable(site: Site) -> None:
    """
    No server: the platform is away, and the sentence says where it was looked for.
    """
    site.server.faults.set_down(down=True)

    with pytest.raises(PlatformUnreachableError) as failure:
        async with site.connector.connect(site.credentials):
            pass

    assert "127.0.0.1" in str(failure.value)


async def test_trouble_at_discord_is_told_when_patience_ends(
    site: Site,
) -> None:
    """
    The library repeats a 502 for long; we end that in time and say what Discord answered.
    """
    site.patience = Patience(call=0.3)
    site.server.faults.order(AnswerPage(), times=None)

    with pytest.raises(PlatformUnreachableError, match="502"):
        async with site.connector.connect(site.credentials):
            pass


async def test_something_else_at_the_address_is_unreachable() -> None:
    """
    A page that is not Discord's (a captive portal, a wrong address) is no crash of ours.
    """

    async def page(request: web.Request) -> web.Response:
        return web.Response(text="<html>", content_type="text/html")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    connector = DiscordConnector(api_url=f"http://127.0.0.1:{runner.addresses[0][1]}", proxy=None)

    with pytest.raises(PlatformUnreachableError, match="discord_api_url"):
        async with connector.connect(Credentials(token="token")):
            pass
    await runner.cleanup()


async def test_a_proxy_that_is_away_is_named(site: Site) -> None:
    """
    The sentence points at the proxy, and does not show its password.
    """
    connector = DiscordConnector(
        api_url=site.server.api_url, proxy="http://user:secret@127.0.0.1:9"
    )

    with pytest.raises(PlatformUnreachableError, match="proxy") as failure:
        async with connector.connect(site.credentials):
            pass

    assert "secret" not in str(failure.value)


async def test_a_bot_runs_and_stops_at_once(site: Site, reports: Reports) -> None:
    """
    The bot tells that it runs, and ends within two seconds of being told to.
    """
    stop = asyncio.Event()
    async with site.connector.connect(site.credentials) as bot:
        serving = asyncio.create_task(bot.serve(stop, reports))
        await reports.until_last(BotState.RUNNING)

        stopped_at = fair_time()
        stop.set()
        await serving
    took = fair_time() - stopped_at

    assert took < 2
    await site.world.wait_for(lambda: not site.server.gateway.connected)


async def test_a_gateway_that_does_not_close_is_left(site: Site, reports: Reports) -> None:
    """
    A far side that hangs holds up no stop.
    """
    stop = asyncio.Event()
    async with site.connector.connect(site.credentials) as bot:
        serving = asyncio.create_task(bot.serve(stop, reports))
        await reports.until_last(BotState.RUNNING)
        site.server.gateway.go_deaf()

        stopped_at = fair_time()
        stop.set()
        await serving
    took = fair_time() - stopped_at

    assert took < 2


async def test_a_token_revoked_while_running_is_refused(site: Site, reports: Reports) -> None:
    """
    The gateway's close code 4004 is the token's end, not a break to be mended.
    """
    async with site.connector.connect(site.credentials) as bot:
        serving = asyncio.create_task(bot.serve(asyncio.Event(), reports))
        await reports.until_last(BotState.RUNNING)

        site.world.change_token(site.bot, None)

        with pytest.raises(CredentialsRefusedError, match="discord_bot_token"):
            await serving


@pytest.mark.parametrize("break_line", ["reconnect", "close", "cut"])
async def test_a_short_break_is_resumed_without_a_word(
    site: Site, reports: Reports, break_line: str
) -> None:
    """
    Discord moves bots now and then: the session goes on and nobody is alarmed.
    """
    stop = asyncio.Event()
    async with site.connector.connect(site.credentials) as bot:
        serving = asyncio.create_task(bot.serve(stop, reports))
        await reports.until_last(BotState.RUNNING)

        match break_line:
            case "reconnect":
                site.server.gateway.ask_to_reconnect()
            case "close":
                site.server.gateway.close_connections(4000)
            case _:
                site.server.cut_connections()
        await site.world.wait_for(lambda: site.server.gateway.resumed)
        stop.set()
        await serving

    assert set(reports.states) == {BotState.RUNNING}
    assert len(site.server.gateway.sessions) == 1


async def test_an_invalid_session_is_renewed_at_the_same_address(
    site: Site, reports: Reports
) -> None:
    """
    After it has lost its session the bot logs in anew here, not at the public Discord.
    """
    stop = asyncio.Event()
    async with site.connector.connect(site.credentials) as bot:
        serving = asyncio.create_task(bot.serve(stop, reports))
        await reports.until_last(BotState.RUNNING)

        site.server.gateway.invalidate_sessions()
        await site.world.wait_for(lambda: site.server.gateway.connected, timeout=10)
        stop.set()
        await serving

    assert site.server.gateway.logins_left(site.bot) == DiscordLimits().identifies_a_day - 2


async def test_a_break_that_lasts_is_told_and_ends_the_bot(site: Site, reports: Reports) -> None:
    """
    The operator sees that the gateway is away; then all is made anew by the guard.
    """
    site.patience = Patience(untold_break=0.1, lasting_break=0.5)
    async with site.connector.connect(site.credentials) as bot:
        serving = asyncio.create_task(bot.serve(asyncio.Event(), reports))
        await reports.until_last(BotState.RUNNING)

        site.server.faults.set_down(down=True)

        with pytest.raises(PlatformUnreachableError, match="gateway"):
            await serving
    assert reports.states == [BotState.RUNNING, BotState.FAILING]


async def test_a_gateway_that_hangs_ends_the_bot_in_time(site: Site, reports: Reports) -> None:
    """
    A gateway that takes connections and says nothing is away, as far as the operator is concerned.
    """
    site.patience = Patience(untold_break=0.1, lasting_break=0.5)
    site.server.faults.order(Hang(), method="GATEWAY", times=None)

    async with site.connector.connect(site.credentials) as bot:
        with pytest.raises(PlatformUnreachableError, match="gateway"):
            await bot.serve(asyncio.Event(), reports)


async def test_a_bot_that_has_logged_in_too_often_waits(site: Site, reports: Reports) -> None:
    """
    Discord takes away the token of a bot that logs in more often than it may: we do not go so far.
    """
    site.server.gateway.count_logins(site.bot, DiscordLimits().identifies_a_day)

    async with site.connector.connect(site.credentials) as bot:
        with pytest.raises(PlatformUnreachableError) as failure:
            await bot.serve(asyncio.Event(), reports)

    assert failure.value.retry_after == 86_400


async def test_a_bot_that_only_sends_opens_no_gateway(site: Site) -> None:
    """
    A test message needs no login at the gateway, of which there are few a day.
    """
    async with site.connector.connect(site.credentials) as bot:
        await bot.send(to(site.channel.id, "hello"))

    assert not site.server.gateway.sessions


async def test_a_press_is_acknowledged(site: Site, reports: Reports) -> None:
    """
    Nobody who presses a button reads that it failed.
    """
    stop = asyncio.Event()
    button = {"type": 2, "style": 1, "label": "press", "custom_id": "x"}
    message = site.world.post_as(site.bot, site.channel, "hello", [[button]])
    async with site.connector.connect(site.credentials) as bot:
        serving = asyncio.create_task(bot.serve(stop, reports))
        await reports.until_last(BotState.RUNNING)

        press = site.world.press(site.member, message, "x")
        await site.world.wait_for(lambda: press.answer)
        stop.set()
        await serving

    assert site.world.messages(site.channel) == [message]


async def test_a_command_is_acknowledged_and_leaves_nothing(site: Site, reports: Reports) -> None:
    """
    A command that an older version has registered does not leave the bot "thinking".
    """
    stop = asyncio.Event()
    site.bot.commands.append({"id": "1", "name": "ping"})
    async with site.connector.connect(site.credentials) as bot:
        serving = asyncio.create_task(bot.serve(stop, reports))
        await reports.until_last(BotState.RUNNING)

        command = site.world.command(site.bot, site.member, site.channel, "ping")
        await site.world.wait_for(lambda: command.answer and not site.world.messages(site.channel))
        stop.set()
        await serving
