"""
The page of the notification settings: mail or chat, as far as there is a choice.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from core.actions import NotifyByEmail, NotifyInChat, OpenPage, Page
from core.chat.asking import Answer
from core.platform import PlatformName
from tests.chat.conftest import BOUND, PRIVATE, STRANGER, Configure
from tests.chat.reading import actions_of, heading_of, said

Press = Callable[..., Awaitable[Answer]]

SETTINGS = OpenPage(Page.NOTIFICATIONS)
HOME = OpenPage(Page.HOME)


@pytest.fixture
async def reachable(account: int, change: Any, configure: Configure) -> int:
    """
    The account of `BOUND`, told in chat, at a site that sends mail.
    """
    await change(contact_method=2)
    await configure(email_driver="smtp")
    return account


async def test_the_way_is_shown_and_the_other_one_offered(press: Press, reachable: int):
    """
    Each press turns it over, in place.
    """
    shown = await press(SETTINGS)
    mailed = await press(NotifyByEmail("telegram"))
    told = await press(NotifyInChat("telegram"))

    assert "发送方式: Telegram" in said(shown)
    assert actions_of(shown) == [NotifyByEmail("telegram"), HOME]
    assert mailed.replaces
    assert "发送方式: 邮件" in said(mailed)
    assert actions_of(mailed) == [NotifyInChat("telegram"), HOME]
    assert said(told) == said(shown)


async def test_the_choice_is_kept_where_the_panel_looks(
    press: Press, reachable: int, read_account: Any
):
    """
    1 is mail, 2 is chat.
    """
    kept = []
    for action in (NotifyByEmail("telegram"), NotifyInChat("telegram")):
        await press(action)
        kept.append((await read_account(reachable)).contact_method)

    assert kept == [1, 2]


async def test_mail_is_not_offered_where_the_site_sends_none(
    press: Press, reachable: int, configure: Configure, read_account: Any
):
    """
    Nor taken from an older page's button.
    """
    await configure(email_driver="none")

    shown = await press(SETTINGS)
    pressed = await press(NotifyByEmail("telegram"))

    assert actions_of(shown) == [HOME]
    assert pressed.message is None
    assert pressed.notice
    assert (await read_account(reachable)).contact_method == 2


async def test_who_is_reached_by_no_mail_is_told_so(
    press: Press, reachable: int, change: Any, configure: Configure
):
    """
    And offered the chat.
    """
    await change(contact_method=1)
    await configure(email_driver="none")

    shown = await press(SETTINGS)

    assert "收不到通知" in said(shown)
    assert actions_of(shown) == [NotifyInChat("telegram"), HOME]


async def test_a_press_that_comes_too_late_changes_nothing(
    press: Press, reachable: int, change: Any, read_account: Any
):
    """
    The second of two presses, and one on a page that showed another binding.
    """
    await press(NotifyByEmail("telegram"))
    again = await press(NotifyByEmail("telegram"))
    foreign = await press(NotifyInChat("discord"))
    forged = await press(NotifyInChat("icq"))

    for answer in (again, foreign, forged):
        assert answer.message is None
        assert answer.notice
    assert (await read_account(reachable)).contact_method == 1


async def test_who_is_not_bound_changes_nothing(press: Press, reachable: int, read_account: Any):
    """
    A forwarded keyboard is nobody's.
    """
    answer = await press(NotifyByEmail("telegram"), STRANGER)

    assert answer.message is None
    assert answer.notice
    assert (await read_account(reachable)).contact_method == 2


@pytest.mark.parametrize("action", [SETTINGS, NotifyByEmail("telegram")])
async def test_a_press_costs_two_statements(
    press: Press, reachable: int, statements: Any, action: Any
):
    """
    The look-up and its own.
    """
    with statements() as seen:
        await press(action)

    assert len(seen) == 2


async def test_who_is_bound_on_several_platforms_is_shown_which_is_told(
    press: Press, reachable: int, bind_elsewhere: Any
):
    """
    The primary one; asked on the other one, that is said.
    """
    person = replace(BOUND, platform=PlatformName.DISCORD, id="880")
    await bind_elsewhere(person)

    shown = await press(SETTINGS, person, replace(PRIVATE, target="880"))

    assert "发送方式: Telegram" in said(shown)
    assert "通知只发到 Telegram" in said(shown)


@pytest.mark.parametrize(
    ("locale", "heading"),
    [
        ("zh_CN", "🔔 通知设置"),
        ("en_US", "🔔 Notifications"),
        ("zh_TW", "🔔 通知設定"),
        ("ja_JP", "🔔 通知設定"),
    ],
)
async def test_it_is_told_in_the_readers_language(
    press: Press, reachable: int, speak: Any, locale: str, heading: str
):
    """
    Both ways of it.
    """
    await speak(locale)

    assert heading_of(await press(SETTINGS)) == heading
    assert heading_of(await press(NotifyByEmail("telegram"))) == heading
