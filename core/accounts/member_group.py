"""The site's group whose members a bot can invite, remove and readmit: so far on Telegram alone."""

from config_store.live_settings import SiteSettings
from core.platform import PlatformName


def member_group(settings: SiteSettings, platform: PlatformName) -> str | None:
    """That group as the platform writes it, None if there is none."""
    group = settings.telegram_group
    is_there = platform is PlatformName.TELEGRAM and group is not None
    return str(group) if is_there else None
