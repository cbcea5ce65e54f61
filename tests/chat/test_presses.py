"""
Buttons: each press is answered, and what it may do depends on who pressed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.actions import (
    AskUnbind,
    BindByCode,
    CheckBinding,
    CheckIn,
    OpenPage,
    Page,
    Unbind,
    encode,
)
from core.chat.asking import Answer
from core.chat.desk import ChatDesk
from tests.chat.conftest import (
    BOUND,
    OTHER_GROUP,
    PRIVATE,
    SITE_GROUP,
    STRANGER,
    Configure,
)
from tests.chat.reading import actions_of, said

Press = Callable[..., Awaitable[Answer]]
ReadAccount = Callable[[int], Awaitable[Any]]
NOTICE_LIMIT = 200  # characters, Telegram's


async def test_a_page_opens_in_place_and_leads_on(press: Press, account: int):
    """
    Every page replaces the one before and has a way on or home.
    """
    for page in Page:
        answer = await press(OpenPage(page))

        assert answer.replaces
        assert answer.notice is None
        wanted = OpenPage(Page.ACCOUNT if page is Page.HOME else Page.HOME)
        assert wanted in actions_of(answer)


async def test_the_menus_check_in_pays_once(press: Press, account: int):
    """
    The result takes the menu's place; a second press gets a notice, the menu stays.
    """
    first = await press(CheckIn(BOUND.id))
    second = await press(CheckIn(BOUND.id))

    assert first.replaces
    assert "10 MB" in said(first)
    assert second.message is None
    assert "已经签过到" in said(second)


@pytest.mark.parametrize("chat", [PRIVATE, SITE_GROUP])
async def test_nobody_checks_in_for_another(
    press: Press, account: int, read_account: ReadAccount, add_account: Any, chat: Any
):
    """
    The press of a foreign button is told so and does nothing, to neither of the two.
    """
    other = await add_account(im_type=4, im_value=STRANGER.id)
    before = [await read_account(account), await read_account(other)]

    answer = await press(CheckIn(BOUND.id), STRANGER, chat)

    assert answer.message is None
    assert answer.is_alert
    assert answer.notice
    assert [await read_account(account), await read_account(other)] == before


async def test_the_owner_checks_in_in_the_group(press: Press, account: int):
    """
    The window of the press says it; the group gets no message.
    """
    answer = await press(CheckIn(BOUND.id), BOUND, SITE_GROUP)

    assert answer.message is None
    assert "10 MB" in said(answer)


async def test_what_is_private_stays_private(press: Press, account: int, read_account: ReadAccount):
    """
    Pressed in a group, no page is shown there and nothing is unbound.
    """
    pages = [OpenPage(page) for page in Page]
    for action in (*pages, AskUnbind(), Unbind(account), CheckBinding()):
        answer = await press(action, BOUND, SITE_GROUP)

        assert answer.message is None
        assert answer.notice
    assert (await read_account(account)).im_value == BOUND.id


async def test_a_press_in_a_quiet_group_gets_a_notice_and_does_nothing(
    press: Press, account: int, configure: Configure, read_account: ReadAccount
):
    """
    Also the owner's check-in.
    """
    before = await read_account(account)
    await configure(telegram_group_quiet=1)

    answer = await press(CheckIn(BOUND.id), BOUND, SITE_GROUP)

    assert answer.message is None
    assert answer.notice
    assert await read_account(account) == before


async def test_a_press_in_a_foreign_group_does_nothing(
    press: Press, account: int, read_account: ReadAccount
):
    """
    Buttons there are from before, or forged.
    """
    before = await read_account(account)

    answer = await press(CheckIn(BOUND.id), BOUND, OTHER_GROUP)

    assert answer.message is None
    assert answer.notice
    assert await read_account(account) == before


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.text(max_size=64))
async def test_forged_data_is_told_what_to_do(unready_desk: ChatDesk, data: str):
    """
    Whatever stands in a button, the press is answered and nothing is shown.
    """
    answer = await unready_desk.press(data, BOUND, PRIVATE)

    assert answer.message is None
    assert answer.notice


async def test_a_stale_button_names_the_way_on(desk: ChatDesk, account: int):
    """
    A window that points to `/menu`.
    """
    for data in ("", "pg", "pg:nowhere", "xx:1", "ub:-1", "ub:1:2", "ub:x", "\x00", "é" * 32):
        answer = await desk.press(data, BOUND, PRIVATE)

        assert answer.message is None
        assert answer.is_alert
        assert "/menu" in said(answer)


async def test_unbinding_by_button(press: Press, account: int, read_account: ReadAccount):
    """
    Asked in place, done in place; pressed again, it says that there is nothing to do.
    """
    question = await press(AskUnbind())
    done = await press(Unbind(account))
    again = await press(Unbind(account))

    assert Unbind(account) in actions_of(question)
    assert done.replaces
    assert (await read_account(account)).im_type == 0
    assert again.message is None
    assert again.notice


async def test_an_old_question_unbinds_no_other_account(
    press: Press, account: int, read_account: ReadAccount
):
    """
    The button names the account that was asked about.
    """
    answer = await press(Unbind(account + 1))

    assert answer.message is None
    assert "/unbind" in said(answer)
    assert (await read_account(account)).im_value == BOUND.id


async def test_who_says_that_he_has_bound_is_believed_when_it_is_so(press: Press, account: int):
    """
    Not bound: a notice, and the prompt of today. Bound: the menu in its place.
    """
    not_yet = await press(CheckBinding(), STRANGER)
    done = await press(CheckBinding(), BOUND)

    assert actions_of(not_yet) == [BindByCode()]
    assert not_yet.notice
    assert done.replaces
    assert OpenPage(Page.ACCOUNT) in actions_of(done)


async def test_a_menu_of_who_is_no_longer_bound_becomes_the_prompt(press: Press, account: int):
    """
    It leads back to binding.
    """
    for action in (*(OpenPage(page) for page in Page), CheckIn(STRANGER.id)):
        answer = await press(action, STRANGER)

        assert answer.replaces
        assert actions_of(answer) == [BindByCode()]


@pytest.mark.parametrize("locale", ["zh_CN", "en_US", "zh-TW", "ja_JP"])
async def test_every_notice_fits_into_its_window(
    desk: ChatDesk, add_account: Any, configure: Configure, locale: str
):
    """
    200 characters in each language; every button fits as well.
    """
    await add_account(im_type=4, im_value=BOUND.id, locale=locale)
    presses = [
        (encode(CheckIn(BOUND.id)), BOUND, SITE_GROUP),
        (encode(CheckIn(BOUND.id)), BOUND, SITE_GROUP),
        (encode(CheckIn("1")), BOUND, SITE_GROUP),
        (encode(OpenPage(Page.HOME)), BOUND, SITE_GROUP),
        (encode(Unbind(77)), BOUND, PRIVATE),
        (encode(CheckBinding()), replace(STRANGER, language=locale), PRIVATE),
        (encode(AskUnbind()), replace(STRANGER, language=locale), PRIVATE),
        (encode(CheckIn(STRANGER.id)), replace(STRANGER, language=locale), SITE_GROUP),
        ("stale", BOUND, PRIVATE),
    ]

    answers = [await desk.press(data, asker, chat) for data, asker, chat in presses]
    await configure(telegram_group_quiet=1)
    answers.append(await desk.press("pg:home", BOUND, SITE_GROUP))

    for answer in answers:
        assert answer.notice
        assert len(answer.notice) <= NOTICE_LIMIT
