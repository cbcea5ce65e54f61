from dataclasses import replace

from bots.slack.wanted import group_target, wanted
from config_store.catalogue import SiteSettings
from core.platform import Credentials, Off


def test_an_app_without_a_token_is_off() -> None:
    """
    The reason names the setting, also if there is a token for Socket Mode alone.
    """
    assert wanted(SiteSettings(slack_app_token="xapp-x")) == Off("no token is set (slack_token)")


def test_an_app_is_wanted_with_both_tokens() -> None:
    """
    A change of either makes other credentials, and neither shows itself.
    """
    credentials = wanted(SiteSettings(slack_token="xoxb-1", slack_app_token="xapp-1"))

    assert credentials == Credentials(token="xoxb-1", app_token="xapp-1")
    assert "xoxb-1" not in repr(credentials)
    assert "xapp-1" not in repr(credentials)


def test_the_sites_channel_hears_notices_if_it_is_set_and_switched_on() -> None:
    """
    Either alone is no group.
    """
    on = SiteSettings(slack_channel_id="C0123", enable_slack_channel_notify=True)

    assert group_target(on) == "C0123"
    assert group_target(replace(on, slack_channel_id="")) is None
    assert group_target(replace(on, enable_slack_channel_notify=False)) is None
