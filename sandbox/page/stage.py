"""
What the page shows and acts on: the three local platforms, the panel, and the daemon from outside.
"""

from dataclasses import dataclass

from sandbox.discord import Application, DiscordServer
from sandbox.discord import Channel as DiscordChannel
from sandbox.page.readiness import DaemonWatch
from sandbox.panel.demo_panel import DemoPanel
from sandbox.slack import App, SlackServer
from sandbox.slack import Channel as SlackChannel
from sandbox.telegram import Bot, TelegramServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """
    All that a newcomer can meet.

    `telegram_group_id`: the site's group. `discord_channel`, `slack_channel`: the site's channels.
    """

    telegram: TelegramServer
    telegram_bot: Bot
    telegram_group_id: int
    discord: DiscordServer
    discord_bot: Application
    discord_channel: DiscordChannel
    slack: SlackServer
    slack_app: App
    slack_channel: SlackChannel
    panel: DemoPanel
    daemon: DaemonWatch
