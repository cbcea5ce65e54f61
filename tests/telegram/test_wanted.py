from dataclasses import replace

import pytest

from bots.registry import platforms
from bots.telegram.targets import chat_of
from bots.telegram.wanted import group_target, wanted
from config_store.bootstrap.settings import BootstrapSettings
from config_store.catalogue import SiteSettings
from core.app import App
from core.log import Redactor
from core.platform import Credentials, Off

ON = SiteSettings(
    enable_telegram=True,
    telegram_token="secret",
    telegram_chatid=-1001234567890,
    enable_telegram_group_notify=True,
)


def test_a_bot_is_wanted_with_a_token_and_switched_on():
    """
    The reason names the setting.
    """
    assert wanted(ON) == Credentials(token="secret")
    assert wanted(replace(ON, telegram_token="")) == Off("no token is set (telegram_token)")
    assert wanted(replace(ON, enable_telegram=False)) == Off("switched off (enable_telegram)")


def test_the_group_hears_notices_if_all_its_settings_say_so():
    """
    A group that is none, the bot or the group's notices switched off: no target.
    """
    assert group_target(ON) == "-1001234567890"
    assert group_target(replace(ON, telegram_chatid=-1)) is None
    assert group_target(replace(ON, enable_telegram=False)) is None
    assert group_target(replace(ON, enable_telegram_group_notify=False)) is None


@pytest.mark.parametrize("target", ["-1001", "-1001:56", "-1001:1"])
def test_topics_share_their_groups_limits(target: str):
    """
    Telegram counts a group's messages, whatever the topic.
    """
    assert chat_of(target) == "-1001"


@pytest.mark.parametrize(("rate", "in_flight"), [(30, 40), (1000, 100)])
async def test_a_higher_rate_has_more_calls_at_once(sqlite_url: str, rate: int, in_flight: int):
    """
    And every platform comes with a pace of its own.
    """
    bootstrap = BootstrapSettings(
        database_url=sqlite_url, telegram_rate=rate, telegram_paid_broadcast=True
    )
    app = App(bootstrap=bootstrap, redactor=Redactor(), platforms=platforms)
    telegram, discord, slack = app.platforms
    await app.close()

    assert telegram.in_flight == in_flight
    assert telegram.budget_of("-1001:56") == "-1001"
    assert len({id(each.pacer) for each in (telegram, discord, slack)}) == 3
