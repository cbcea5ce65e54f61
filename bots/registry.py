"""
The platforms this program knows. A new one is a package beside the others and an entry here.

A platform's library is imported when its bot is first wanted, not before: a site with Telegram
alone does not pay for the memory of the others.
"""

from collections.abc import Sequence

from bots.discord import pace as discord_pace
from bots.discord import wanted as discord
from bots.slack import pace as slack_pace
from bots.slack import wanted as slack
from bots.telegram import pace as telegram_pace
from bots.telegram import wanted as telegram
from bots.telegram.targets import chat_of
from config_store.bootstrap.settings import BootstrapSettings
from core.app import App
from core.message import Message
from core.platform import Connector, Platform, PlatformName


def platforms(bootstrap: BootstrapSettings, app: App) -> Sequence[Platform]:
    """Every platform, with what its bot needs of the bootstrap settings and of `app`."""
    proxy = None if bootstrap.proxy is None else bootstrap.proxy.get_secret_value()
    telegram_pacer = telegram_pace.new_pacer(bootstrap.telegram_rate)

    def load_telegram() -> Connector:
        from bots.telegram.platform import TelegramConnector

        return TelegramConnector(
            api_url=bootstrap.telegram_api_url,
            proxy=proxy,
            desk=app.desk,
            groups=app.groups,
            metrics=app.metrics,
            pacer=telegram_pacer,
            rate=bootstrap.telegram_rate,
            paid_broadcasts=bootstrap.telegram_paid_broadcast,
        )

    def load_discord() -> Connector:
        from bots.discord.platform import DiscordConnector

        return DiscordConnector(api_url=bootstrap.discord_api_url, proxy=proxy)

    def load_slack() -> Connector:
        from bots.slack.platform import SlackConnector

        return SlackConnector(api_url=bootstrap.slack_api_url, proxy=proxy)

    return (
        Platform(
            name=PlatformName.TELEGRAM,
            wanted=telegram.wanted,
            load=load_telegram,
            preview=_telegram_preview,
            group_target=telegram.group_target,
            pacer=telegram_pacer,
            budget_of=chat_of,
            in_flight=telegram_pace.in_flight(bootstrap.telegram_rate),
        ),
        Platform(
            name=PlatformName.DISCORD,
            wanted=discord.wanted,
            load=load_discord,
            preview=_discord_preview,
            group_target=discord.group_target,
            pacer=discord_pace.new_pacer(),
        ),
        Platform(
            name=PlatformName.SLACK,
            wanted=slack.wanted,
            load=load_slack,
            preview=_slack_preview,
            group_target=slack.group_target,
            pacer=slack_pace.new_pacer(),
        ),
    )


def _telegram_preview(message: Message) -> Sequence[str]:
    from bots.telegram.rendering import render

    return [part.html for part in render(message)]


def _discord_preview(message: Message) -> Sequence[str]:
    from bots.discord.rendering import render

    return [part.content for part in render(message)]


def _slack_preview(message: Message) -> Sequence[str]:
    from bots.slack.rendering import render

    return [part.text for part in render(message)]
