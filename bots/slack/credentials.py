"""When the site's Slack app is wanted, and with what. Imports no library of Slack's."""

from config_store.live_settings import SiteSettings
from core.platform import Credentials, Off


def wanted(settings: SiteSettings) -> Credentials | Off:
    """What the live settings ask for. Without `slack_app_token` the app sends only."""
    if not settings.slack_token:
        return Off("no token is set (slack_token)")
    return Credentials(token=settings.slack_token, app_token=settings.slack_app_token)
