"""What the live settings ask of Discord: the bot, and where the site's channel is."""

from config_store.live_settings import SiteSettings
from core.platform import Credentials, Off


def wanted(settings: SiteSettings) -> Credentials | Off:
    """The bot that is wanted, and with what."""
    if not settings.discord_bot_token:
        return Off("no token is set (discord_bot_token)")
    return Credentials(token=settings.discord_bot_token)


def group_target(settings: SiteSettings) -> str | None:
    """The channel that hears notices, None if there is none or it is not to hear them."""
    is_on = settings.enable_discord_channel_notify and settings.discord_channel_id > 0
    return str(settings.discord_channel_id) if is_on else None
