from dataclasses import replace

from bots.discord.wanted import group_target, wanted
from config_store.catalogue import SiteSettings
from core.platform import Credentials, Off


def test_a_bot_without_a_token_is_off() -> None:
    """
    The reason names the setting.
    """
    assert wanted(SiteSettings()) == Off("no token is set (discord_bot_token)")


def test_a_bot_with_a_token_is_wanted_with_it() -> None:
    """
    Another token makes other credentials, and none shows itself.
    """
    credentials = wanted(SiteSettings(discord_bot_token="secret"))

    assert credentials == Credentials(token="secret")
    assert "secret" not in repr(credentials)


def test_the_sites_channel_hears_notices_if_it_is_set_and_switched_on() -> None:
    """
    Either alone is no group.
    """
    on = SiteSettings(discord_channel_id=123, enable_discord_channel_notify=True)

    assert group_target(on) == "123"
    assert group_target(replace(on, discord_channel_id=0)) is None
    assert group_target(replace(on, enable_discord_channel_notify=False)) is None
