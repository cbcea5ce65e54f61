"""What the live settings ask of Telegram: the bot, and where the site's group is."""

from config_store.live_settings import SiteSettings
from core.platform import Credentials, Off


def wanted(settings: SiteSettings) -> Credentials | Off:
    """The bot that is wanted, and with what."""
    if not settings.telegram_token:
        return Off("no token is set (telegram_token)")
    if not settings.enable_telegram:
        return Off("switched off (enable_telegram)")
    return Credentials(token=settings.telegram_token)


def group_target(settings: SiteSettings) -> str | None:
    """The group that hears notices, None if there is none or it is not to hear them."""
    is_on = settings.enable_telegram and settings.enable_telegram_group_notify
    group = settings.telegram_group
    return str(group) if is_on and group is not None else None
