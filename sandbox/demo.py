"""
The whole sandbox on this machine's loopback: three platforms, a panel, and the page to chat in.

Nothing outlives it: the panel is an SQLite file in a directory that goes when the demo ends. The
daemon is not part of it; `Demo.settings` are the bootstrap settings with which it meets this
sandbox and nothing else.
"""

import asyncio
import socket
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sandbox.discord import Application, DiscordServer, DiscordWorld
from sandbox.discord import Channel as DiscordChannel
from sandbox.page.app import HOST, open_page, running
from sandbox.page.readiness import DaemonWatch
from sandbox.page.site_routes import SITE
from sandbox.page.stage import Stage
from sandbox.panel.cast import CAST, DISCORD_PERSON, SLACK_PERSON
from sandbox.panel.making import SITE_ZONE, make_panel
from sandbox.slack import App, SlackServer, SlackWorld
from sandbox.slack import Channel as SlackChannel
from sandbox.telegram import Bot, FloodLimits, TelegramServer, TelegramWorld

SITE_NAME = "云路 Yunlu"
BOT_NAME = "yunlu_bot"
TELEGRAM_TOKEN = "700100200:AAH-sandbox-token-that-opens-nothing-else"  # noqa: S105 - of the sandbox
_API_TOKEN = "sandbox-token-of-the-http-api"  # noqa: S105 - of the sandbox
GROUP_ID = -1001985500123
GUILD_ID, DISCORD_CHANNEL_ID = "1180000000000000001", "1180000000000000002"
SLACK_CHANNEL_ID = "C0SANDBOX1"
_SEED = 20  # of the demo's people
_OWNER = next(who for who in CAST if who.standing == "administrator")


@dataclass(frozen=True, slots=True)
class Demo:
    """
    A sandbox that runs.

    `settings`: bootstrap settings for the daemon, by name. `page_url`: where a newcomer chats.
    """

    stage: Stage
    settings: dict[str, object]
    page_url: str


@asynccontextmanager
async def open_demo(*, port: int = 0, seed: int = _SEED) -> AsyncGenerator[Demo]:
    """
    Start the sandbox; it ends with the context. `port`: the page's, 0 for a free one.
    """
    async with AsyncExitStack() as opened:
        directory = opened.enter_context(tempfile.TemporaryDirectory(prefix="sspanel-im-demo-"))
        telegram = await opened.enter_async_context(_telegram())
        discord, discord_bot, discord_channel = await _discord(opened)
        slack, slack_app, slack_channel = await _slack(opened)
        config = _config(discord_bot, slack_app)
        panel_file = Path(directory) / "panel.sqlite"
        panel = await make_panel(panel_file, seed=seed, now=datetime.now(UTC), config=config)
        opened.push_async_callback(panel.close)
        beats = panel.keep_alive(asyncio.Event())  # ended by being cancelled
        await opened.enter_async_context(running(beats, name="nodes' heartbeats"))
        listen = f"{HOST}:{_free_port()}"
        stage = Stage(
            telegram=telegram,
            telegram_bot=telegram.world.bots[0],
            telegram_group_id=GROUP_ID,
            discord=discord,
            discord_bot=discord_bot,
            discord_channel=discord_channel,
            slack=slack,
            slack_app=slack_app,
            slack_channel=slack_channel,
            panel=panel,
            daemon=DaemonWatch(f"http://{listen}", api_token=_API_TOKEN),
        )
        page_url = await opened.enter_async_context(open_page(stage, port=port))
        yield Demo(stage, _settings(stage, panel_file, listen, page_url), page_url)


def _settings(stage: Stage, panel_file: Path, listen: str, page_url: str) -> dict[str, object]:
    return {
        "database_url": f"sqlite+aiosqlite:///{panel_file}",
        "site_name": SITE_NAME,
        "site_url": page_url + SITE,
        "subscription_url": page_url + SITE,
        "timezone": SITE_ZONE.key,
        "locale": "zh_CN",
        "listen": listen,
        "api_token": _API_TOKEN,
        "binding_methods": ("email", "site", "code", "subscription"),
        "telegram_api_url": stage.telegram.url,
        "discord_api_url": stage.discord.api_url,
        "slack_api_url": stage.slack.api_url,
    }


def _config(discord_bot: Application, slack_app: App) -> dict[str, str]:
    """The site's settings: everything is on that a newcomer would want to see."""
    on = (
        "enable_telegram",
        "enable_checkin",
        "enable_telegram_group_notify",
        "enable_discord_channel_notify",
        "enable_slack_channel_notify",
        "im_bot_group_notify_node_offline",
        "im_bot_group_notify_node_online",
        "subscribe_log",
    )
    return dict.fromkeys(on, "1") | {
        "telegram_token": TELEGRAM_TOKEN,
        "telegram_bot": BOT_NAME,
        "telegram_chatid": str(GROUP_ID),
        "telegram_webhook_token": "sandbox-webhook-secret",
        "telegram_group_quiet": "0",
        "email_driver": "smtp",
        "checkin_min": "100",
        "checkin_max": "500",
        "invite_reg_traffic_reward": "10",
        "invite_reg_money_reward": "5",
        "discord_bot_token": discord_bot.token or "",
        "discord_guild_id": GUILD_ID,
        "discord_channel_id": DISCORD_CHANNEL_ID,
        "slack_token": slack_app.token or "",
        "slack_app_token": slack_app.app_token or "",
        "slack_channel_id": SLACK_CHANNEL_ID,
    }


def _telegram() -> TelegramServer:
    world = TelegramWorld()
    bot = world.add_bot(TELEGRAM_TOKEN, BOT_NAME, SITE_NAME)
    for who in CAST:
        world.add_person(
            who.telegram_id, who.name, username=who.username, language_code=who.language
        )
    members = [who.telegram_id for who in CAST if who.standing == "member"]
    world.add_group(
        GROUP_ID, f"{SITE_NAME} 用户群", owner_id=_OWNER.telegram_id, member_ids=members
    )
    world.add_bot_to_group(_OWNER.telegram_id, GROUP_ID, bot_id=bot.id)
    world.promote_bot(_OWNER.telegram_id, GROUP_ID, bot_id=bot.id)
    _meet(world, bot)
    return TelegramServer(world, limits=FloodLimits())


def _meet(world: TelegramWorld, bot: Bot) -> None:
    """Who is bound on Telegram has started the bot once, so that it may write to them."""
    for who in CAST:
        if who.bound_to == "telegram":
            bot.known_to.add(who.telegram_id)
            world.chat(bot.id, who.telegram_id)


async def _discord(opened: AsyncExitStack) -> tuple[DiscordServer, Application, DiscordChannel]:
    world = DiscordWorld()
    owner = world.add_person(_OWNER.name)
    user = world.add_person(DISCORD_PERSON.name, id=str(DISCORD_PERSON.discord_id), locale="en-US")
    bot = world.add_bot(SITE_NAME)
    guild = world.add_guild(SITE_NAME, owner, user, id=GUILD_ID)
    channel = world.add_channel(guild, "announcements", id=DISCORD_CHANNEL_ID)
    world.join(guild, bot.user)
    return await opened.enter_async_context(DiscordServer(world)), bot, channel


async def _slack(opened: AsyncExitStack) -> tuple[SlackServer, App, SlackChannel]:
    world = SlackWorld()
    owner = world.add_person(_OWNER.name)
    user = world.add_person(SLACK_PERSON.name, id=SLACK_PERSON.slack_id, locale="en-US")
    app = world.add_app(SITE_NAME)
    channel = world.add_channel("announcements", owner, user, app.user, id=SLACK_CHANNEL_ID)
    return await opened.enter_async_context(SlackServer(world)), app, channel


def _free_port() -> int:
    """A port for the daemon, which the page must know before the daemon listens."""
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        return int(listening.getsockname()[1])
