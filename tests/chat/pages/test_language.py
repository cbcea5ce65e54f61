"""
The choice of a language: everybody's, at once, and before whatever else tells one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from core.actions import ChooseLanguage, FollowLanguage, OpenLanguages, OpenPage, Page
from core.chat.asking import Answer
from core.chat.desk import ChatDesk
from core.platform import PlatformName
from core.texts.languages import Language
from tests.chat.conftest import BOUND, PRIVATE, SITE_GROUP, STRANGER
from tests.chat.reading import actions_of, heading_of, said

Press = Callable[..., Awaitable[Answer]]

TITLES = {
    Language.ZH_CN: "🗣 语言",
    Language.EN_US: "🗣 Language",
    Language.ZH_TW: "🗣 語言",
    Language.JA_JP: "🗣 言語",
}
OWN_NAMES = {
    Language.ZH_CN: "简体中文",
    Language.ZH_TW: "繁體中文",
    Language.EN_US: "English",
    Language.JA_JP: "日本語",
}


def labels(answer: Answer) -> list[str]:
    assert answer.message is not None
    return [button.label for row in answer.message.buttons for button in row]


async def test_every_language_stands_in_its_own_words(press: Press, account: int):
    """
    And what tells it without a choice, which is what holds at first.
    """
    page = await press(OpenLanguages())

    assert labels(page) == [*OWN_NAMES.values(), "✓ 自动（跟随账号）", "« 主菜单"]


@pytest.mark.parametrize("language", list(Language))
async def test_the_page_comes_in_the_new_language_at_once(
    press: Press, account: int, language: Language
):
    """
    With the choice marked, in place of the page before.
    """
    page = await press(ChooseLanguage(language))

    assert page.replaces
    assert heading_of(page) == TITLES[language]
    assert [label for label in labels(page) if label.startswith("✓")] == [
        f"✓ {OWN_NAMES[language]}"
    ]


async def test_the_choice_comes_before_the_accounts_language(
    desk: ChatDesk, press: Press, account: int
):
    """
    In all that is said from then on; opened again, the page marks it.
    """
    await press(ChooseLanguage(Language.JA_JP))

    assert "こんにちは" in said(await desk.command("start", "", BOUND, PRIVATE))
    assert "✓ 日本語" in labels(await press(OpenLanguages()))


async def test_following_goes_back_to_the_accounts_language(
    desk: ChatDesk, press: Press, account: int
):
    """
    At once as well, and nothing is kept.
    """
    await press(ChooseLanguage(Language.JA_JP))

    page = await press(FollowLanguage())

    assert heading_of(page) == TITLES[Language.ZH_CN]
    assert "✓ 自动（跟随账号）" in labels(page)
    assert "你好" in said(await desk.command("start", "", BOUND, PRIVATE))


async def test_who_is_not_bound_may_choose_too(desk: ChatDesk, press: Press):
    """
    Without an account the platform tells the language; „back" leads to where he came from.
    """
    page = await press(OpenLanguages(), STRANGER)
    chosen = await press(ChooseLanguage(Language.ZH_TW), STRANGER)

    assert "✓ Automatic (like Telegram)" in labels(page)
    assert actions_of(page)[-1] == OpenPage(Page.HOME)
    assert heading_of(chosen) == TITLES[Language.ZH_TW]
    assert "綁定" in said(await desk.command("start", "", STRANGER, PRIVATE))
    assert heading_of(await press(FollowLanguage(), STRANGER)) == TITLES[Language.EN_US]


async def test_what_holds_already_is_told_in_a_notice(press: Press, account: int):
    """
    Platforms refuse to put the same page in its own place.
    """
    follow = await press(FollowLanguage())
    await press(ChooseLanguage(Language.EN_US))
    again = await press(ChooseLanguage(Language.EN_US))

    for answer in (follow, again):
        assert answer.message is None
        assert answer.notice


async def test_a_choice_is_one_persons(desk: ChatDesk, press: Press, account: int):
    """
    Neither another person's nor that of the same id on another platform.
    """
    await press(ChooseLanguage(Language.JA_JP))
    elsewhere = replace(BOUND, platform=PlatformName.DISCORD)

    for other in (STRANGER, elsewhere):
        assert "こんにちは" not in said(await desk.command("start", "", other, PRIVATE))


@pytest.mark.parametrize(
    "action", [OpenLanguages(), ChooseLanguage(Language.EN_US), FollowLanguage()]
)
async def test_a_press_costs_two_statements(
    press: Press, account: int, statements: Any, action: Any
):
    """
    The look-up and its own.
    """
    with statements() as seen:
        await press(action)

    assert len(seen) == 2


async def test_many_choices_at_once_end_in_one(desk: ChatDesk, press: Press, account: int):
    """
    No press fails, and the last one that is made holds.
    """
    answers = await asyncio.gather(
        *(press(ChooseLanguage(language)) for language in [*Language] * 5)
    )

    assert all(answer.message or answer.notice for answer in answers)
    last = await press(ChooseLanguage(Language.EN_US))
    assert last.message is None or heading_of(last) == TITLES[Language.EN_US]
    assert "Hello" in said(await desk.command("start", "", BOUND, PRIVATE))


async def test_languages_are_chosen_in_private(press: Press, account: int):
    """
    The group is spoken to in the site's.
    """
    answer = await press(ChooseLanguage(Language.EN_US), BOUND, SITE_GROUP)

    assert answer.message is None
    assert answer.notice
