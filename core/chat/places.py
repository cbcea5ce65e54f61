"""
Which chats are the site's own, and where the bot keeps silent.

A group that is not the site's gets no answers. While the operator has not named a Telegram group
yet, `/ping` is answered in any, quiet or not: its answer is how he finds the group's id.
"""

from config_store.live_settings import SiteSettings
from core.chat.asking import Chat, Place
from core.platform import PlatformName


def place_of(chat: Chat, platform: PlatformName, settings: SiteSettings) -> Place:
    """What kind of chat this is, by the settings."""
    if chat.is_private:
        return Place.PRIVATE
    if chat.target == _site_group(platform, settings):
        return Place.SITE_GROUP
    return Place.OTHER_GROUP


def is_looking_for_group(platform: PlatformName, settings: SiteSettings) -> bool:
    """Whether the operator has yet to tell which group is the site's."""
    return platform is PlatformName.TELEGRAM and settings.telegram_group is None


def is_quiet(platform: PlatformName, settings: SiteSettings) -> bool:
    """Whether groups of this platform get no answers."""
    return platform is PlatformName.TELEGRAM and settings.telegram_group_quiet


def _site_group(platform: PlatformName, settings: SiteSettings) -> str | None:
    """The site's group as the platform writes it, None if it has none."""
    match platform:
        case PlatformName.TELEGRAM:
            return None if settings.telegram_group is None else str(settings.telegram_group)
        case PlatformName.DISCORD:
            return str(settings.discord_channel_id) if settings.discord_channel_id else None
        case PlatformName.SLACK:
            return settings.slack_channel_id or None
