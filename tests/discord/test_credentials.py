from bots.discord.credentials import wanted
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
