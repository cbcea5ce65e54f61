"""
The platforms this program knows. A new one is a package beside the others and an entry here.

A platform's library is imported when its bot is first wanted, not before: a site with Telegram
alone does not pay for the memory of the others.
"""

from collections.abc import Sequence

from bots.discord import credentials as discord
from bots.slack import credentials as slack
from bots.telegram import credentials as telegram
from config_store.bootstrap.settings import BootstrapSettings
from core.app import App
from core.platform import Connector, Platform, PlatformName


def platforms(bootstrap: BootstrapSettings, app: App) -> Sequence[Platform]:
    """Every platform, with what its bot needs of the bootstrap settings and of `app`."""
    proxy = None if bootstrap.proxy is None else bootstrap.proxy.get_secret_value()

    def load_telegram() -> Connector:
        from bots.telegram.pace import new_pacer
        from bots.telegram.platform import TelegramConnector

        return TelegramConnector(
            api_url=bootstrap.telegram_api_url,
            proxy=proxy,
            desk=app.desk,
            groups=app.groups,
            metrics=app.metrics,
            pacer=new_pacer(bootstrap.telegram_rate),
        )

    def load_discord() -> Connector:
        from bots.discord.platform import DiscordConnector

        return DiscordConnector(api_url=bootstrap.discord_api_url, proxy=proxy)

    def load_slack() -> Connector:
        from bots.slack.platform import SlackConnector

        return SlackConnector(api_url=bootstrap.slack_api_url, proxy=proxy)

    return (
        Platform(name=PlatformName.TELEGRAM, wanted=telegram.wanted, load=load_telegram),
        Platform(name=PlatformName.DISCORD, wanted=discord.wanted, load=load_discord),
        Platform(name=PlatformName.SLACK, wanted=slack.wanted, load=load_slack),
    )
