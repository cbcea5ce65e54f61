"""What the live settings ask of Slack: the app, and where the site's channel is."""

from config_store.live_settings import SiteSettings
from core.platform import Credentials, Off


def wanted(settings: SiteSettings) -> Credentials | Off:
    """The app that is wanted, and with what. Without `slack_app_token` it sends only."""
    if not settings.slack_token:
        return Off("no token is set (slack_token)")
    return Credentials(token=settings.slack_token, app_token=settings.slack_app_token)


def group_target(settings: SiteSettings) -> str | None:
    """The channel that hears notices, None if there is none or it is not to hear them."""
    return (settings.slack_channel_id or None) if settings.enable_slack_channel_notify else None
