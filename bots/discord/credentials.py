"""When the site's Discord bot is wanted, and with what. Imports no library of Discord's."""

from config_store.live_settings import SiteSettings
from core.platform import Credentials, Off


def wanted(settings: SiteSettings) -> Credentials | Off:
    """What the live settings ask for."""
    if not settings.discord_bot_token:
        return Off("no token is set (discord_bot_token)")
    return Credentials(token=settings.discord_bot_token)
