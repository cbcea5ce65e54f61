"""When the site's Telegram bot is wanted, and with what. Imports no library of Telegram's."""

from config_store.live_settings import SiteSettings
from core.platform import Credentials, Off


def wanted(settings: SiteSettings) -> Credentials | Off:
    """What the live settings ask for."""
    if not settings.telegram_token:
        return Off("no token is set (telegram_token)")
    if not settings.enable_telegram:
        return Off("switched off (enable_telegram)")
    return Credentials(token=settings.telegram_token)
