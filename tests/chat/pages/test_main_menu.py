"""
The main menu: what there is to press, in its order, as far as the site has it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from core.actions import CheckIn, OpenLanguages, OpenPage, Page
from core.chat.asking import Answer
from core.message import OpenUrl
from core.platform import PlatformName
from tests.chat.conftest import BOUND, PRIVATE, Configure
from tests.chat.reading import actions_of, said

Press = Callable[..., Awaitable[Answer]]
HOME = OpenPage(Page.HOME)


async def test_the_pages_stand_two_a_row_in_their_order(press: Press, account: int):
    """
    The site itself comes last.
    """
    answer = await press(HOME)

    assert answer.message is not None
    rows = answer.message.buttons
    assert [[each.does for each in row] for row in rows] == [
        [OpenPage(Page.ACCOUNT), OpenPage(Page.SUBSCRIPTION)],
        [OpenPage(Page.CONNECTION), OpenPage(Page.RECORDS)],
        [OpenPage(Page.INVITE), CheckIn(BOUND.id)],
        [OpenPage(Page.GROUP), OpenLanguages()],
        [OpenPage(Page.NOTIFICATIONS), OpenUrl("https://panel.example")],
    ]


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({"enable_checkin": 0}, CheckIn(BOUND.id)),
        ({"telegram_chatid": -1}, OpenPage(Page.GROUP)),
    ],
)
async def test_what_the_site_has_not_is_not_offered(
    press: Press, account: int, configure: Configure, settings: dict[str, int], missing: Any
):
    """
    And leaves no gap.
    """
    before = actions_of(await press(HOME))

    await configure(**settings)

    assert actions_of(await press(HOME)) == [each for each in before if each != missing]


async def test_the_group_is_telegrams(press: Press, account: int, bind_elsewhere: Any):
    """
    On another platform there is nothing that the bot could do about it.
    """
    person = replace(BOUND, platform=PlatformName.DISCORD, id="880")
    await bind_elsewhere(person)

    answer = await press(HOME, person, replace(PRIVATE, target="880"))

    assert OpenPage(Page.GROUP) not in actions_of(answer)
    assert "Nimbus" in said(answer)


async def test_every_page_leads_back_to_the_menu(press: Press, account: int):
    """
    In place of the one that was shown.
    """
    for page in actions_of(await press(HOME)):
        if isinstance(page, OpenPage | OpenLanguages):
            answer = await press(page)

            assert answer.replaces
            assert HOME in actions_of(answer)
