"""
Settings not read yet, bindings that contradict, addresses that are not known: a polite answer.
"""

from typing import Any

import pytest

from config_store.live_settings import LiveSettings
from core.actions import CheckIn, OpenPage, Page, encode
from core.chat.desk import ChatDesk
from tests.chat.conftest import (
    BOUND,
    PRIVATE,
    SITE_GROUP,
    STRANGER,
    OpenOffice,
)
from tests.chat.reading import said, urls_of


async def test_before_the_settings_are_read_it_says_so_in_private(
    unready_desk: ChatDesk, live_settings: LiveSettings
):
    """
    Groups hear nothing: whether they may is not known yet.
    """
    assert live_settings.current is None

    assert "not ready" in said(await unready_desk.command("my", "", STRANGER, PRIVATE))
    assert "not ready" in said(await unready_desk.text("hi", STRANGER, PRIVATE))
    assert await unready_desk.command("ping", "", STRANGER, SITE_GROUP) is None
    assert await unready_desk.text("hi", STRANGER, SITE_GROUP) is None
    press = await unready_desk.press(encode(CheckIn(STRANGER.id)), STRANGER, SITE_GROUP)
    assert press.message is None
    assert press.notice


async def test_of_two_accounts_with_one_person_neither_is_served(desk: ChatDesk, add_account: Any):
    """
    The person is told whom to ask; help and ping still answer.
    """
    for _ in range(2):
        await add_account(im_type=4, im_value=STRANGER.id)

    for command in ("start", "menu", "my", "checkin", "unbind"):
        text = said(await desk.command(command, "", STRANGER, PRIVATE))
        assert "Two accounts are linked to you" in text
    press = await desk.press(encode(OpenPage(Page.ACCOUNT)), STRANGER, PRIVATE)
    assert "Two accounts" in said(press)
    assert "7002" in said(await desk.command("ping", "", STRANGER, PRIVATE))


@pytest.fixture
async def bare_desk(desk: ChatDesk, open_office: OpenOffice) -> ChatDesk:
    """
    The desk of a site whose addresses are not known.
    """
    return open_office(zone="UTC", site_url=None, subscription_url=None).desk


async def test_a_site_without_known_addresses_offers_none(bare_desk: ChatDesk, account: int):
    """
    No button leads nowhere.
    """
    assert urls_of(await bare_desk.command("start", "", BOUND, PRIVATE)) == []
    assert urls_of(await bare_desk.command("start", "", STRANGER, PRIVATE)) == []
    assert "/sub/" not in said(await bare_desk.command("my", "", BOUND, PRIVATE))
    page = await bare_desk.press(encode(OpenPage(Page.SUBSCRIPTION)), BOUND, PRIVATE)
    assert "到网站查看" in said(page)
