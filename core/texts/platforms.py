"""The names of the platforms, which are the same in every language."""

from core.platform import PlatformName

_NAMES = {
    PlatformName.TELEGRAM: "Telegram",
    PlatformName.DISCORD: "Discord",
    PlatformName.SLACK: "Slack",
}


def name_of(platform: PlatformName) -> str:
    """A platform as it calls itself."""
    return _NAMES[platform]
