"""
The subscription's page: an address in each format, its QR code, and a reset that happens once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from config_store.database import Database
from config_store.panel.tables import PanelTables
from core.accounts.subscription_formats import SubscriptionFormat
from core.actions import (
    Action,
    AskReset,
    CloseMessage,
    OpenPage,
    Page,
    ResetSubscription,
    ShowFormat,
    ShowQrCode,
)
from core.chat.asking import Answer
from core.chat.desk import ChatDesk
from core.message import Button, CopyText, Fields, Message, Style
from tests.chat.conftest import (
    BOUND,
    OTHER_GROUP,
    PRIVATE,
    SITE_GROUP,
    STRANGER,
    Configure,
    OpenOffice,
)
from tests.chat.reading import actions_of, said, text_of
from tests.conftest import AddAccount

Press = Callable[..., Awaitable[Answer]]
CLASH, SINGBOX = SubscriptionFormat.CLASH, SubscriptionFormat.SINGBOX
OPEN = OpenPage(Page.SUBSCRIPTION)
LANGUAGES = ("zh_CN", "en_US", "zh_TW", "ja_JP")


def address_in(answer: Answer) -> str:
    """The address that a page shows, in a form that is copied with one touch."""
    assert answer.message is not None
    (fields,) = [block for block in answer.message.blocks if isinstance(block, Fields)]
    ((span,),) = [each.value for each in fields.fields]
    assert span.styles == {Style.CODE}
    return span.text


def buttons_of(answer: Answer) -> list[Button]:
    assert answer.message is not None
    return [button for row in answer.message.buttons for button in row]


def reset_in(answer: Answer) -> ResetSubscription:
    """The confirmation that a question offers."""
    (action,) = [each for each in actions_of(answer) if isinstance(each, ResetSubscription)]
    return action


@pytest.fixture
def tokens(database: Database, tables: PanelTables) -> Callable[[], Awaitable[list[str]]]:
    """
    All tokens that there are.
    """

    async def read() -> list[str]:
        found = await database.run(lambda it: it.execute(select(tables.link.c.token)))
        return list(found.scalars())

    return read


async def test_the_page_shows_one_address_and_all_formats(press: Press, account: int):
    """
    The most used format first; buttons to copy, to scan, to reset and to go home.
    """
    answer = await press(OPEN)

    url = address_in(answer)
    assert url.startswith("https://sub.example/sub/")
    assert url.endswith("/clash")
    assert answer.replaces
    assert [each for each in actions_of(answer) if isinstance(each, ShowFormat)] == [
        ShowFormat(each) for each in SubscriptionFormat
    ]
    assert {ShowQrCode(CLASH), AskReset(CLASH), OpenPage(Page.HOME)} <= set(actions_of(answer))
    assert [each.does for each in buttons_of(answer) if isinstance(each.does, CopyText)] == [
        CopyText(url)
    ]


@pytest.mark.parametrize("chosen", list(SubscriptionFormat))
async def test_every_format_has_its_address(press: Press, account: int, chosen: SubscriptionFormat):
    """
    In place of the page before; the chosen format is marked, and is what is copied and scanned.
    """
    answer = await press(ShowFormat(chosen))

    assert address_in(answer).endswith(f"/{chosen}")
    assert answer.replaces
    assert [each.does for each in buttons_of(answer) if each.label.startswith("✓")] == [
        ShowFormat(chosen)
    ]
    assert {ShowQrCode(chosen), AskReset(chosen)} <= set(actions_of(answer))


async def test_the_formats_are_those_that_the_site_offers(
    press: Press, account: int, configure: Configure
):
    """
    By the switches of the moment.
    """
    await configure(enable_ss_sub=0, enable_trojan_sub=0, enable_v2_sub=1)

    answer = await press(OPEN)

    offered = [each.format for each in actions_of(answer) if isinstance(each, ShowFormat)]
    assert offered == ["clash", "singbox", "json", "v2ray", "v2rayjson"]


async def test_a_format_that_is_switched_off_is_not_shown(
    press: Press, account: int, configure: Configure
):
    """
    A button from before leads to what the site offers now; there is no picture of it either.
    """
    await configure(enable_trojan_sub=0)

    page = await press(ShowFormat(SubscriptionFormat.TROJAN))
    picture = await press(ShowQrCode(SubscriptionFormat.TROJAN))

    assert address_in(page).endswith("/clash")
    assert ShowFormat(SubscriptionFormat.TROJAN) not in actions_of(page)
    assert picture.message is None
    assert picture.is_alert


async def test_a_long_address_is_copied_by_hand(
    open_office: OpenOffice, configure: Configure, account: int
):
    """
    Where Telegram's button could not hold it there is none, nor a code that nobody could scan.
    """
    lengths = {"a" * 200: (True, True), "a" * 300: (False, True), "a" * 600: (False, False)}
    for path, expected in lengths.items():
        office = open_office(subscription_url=f"https://sub.example/{path}")
        await configure(enable_checkin=1)

        answer = await office.desk.press("sf:ss", BOUND, PRIVATE)

        kinds = [type(each.does) for each in buttons_of(answer)]
        assert (CopyText in kinds, ShowQrCode in kinds) == expected
        assert path in address_in(answer)


async def test_without_the_sites_address_there_is_no_subscription(
    open_office: OpenOffice, configure: Configure, account: int
):
    """
    The page says so, and nothing else can be done from old buttons.
    """
    office = open_office(subscription_url=None)
    await configure(enable_checkin=1)

    page = await office.desk.press("pg:subscription", BOUND, PRIVATE)
    picture = await office.desk.press("qr:clash", BOUND, PRIVATE)

    assert actions_of(page) == [OpenPage(Page.HOME)]
    assert picture.message is None


async def test_a_qr_code_is_a_message_of_its_own(press: Press, account: int):
    """
    A picture with a warning; its button deletes it and leaves the page as it is.
    """
    answer = await press(ShowQrCode(SINGBOX))
    closed = await press(CloseMessage())

    assert answer.message is not None
    assert answer.message.picture is not None
    assert answer.message.picture.png.startswith(b"\x89PNG")
    assert not answer.replaces
    assert "sub.example" not in said(answer)
    assert len(said(answer)) < 300
    assert actions_of(answer) == [CloseMessage()]
    assert closed == Answer(deletes_asked=True)


async def test_a_reset_asks_first(press: Press, account: int, tokens: Any):
    """
    It says what stops working, leads back to the format that was looked at, and changes nothing.
    """
    before = address_in(await press(OPEN))

    question = await press(AskReset(SINGBOX))

    assert "失效" in said(question)
    assert ShowFormat(SINGBOX) in actions_of(question)
    assert reset_in(question).account_id == account
    assert "sub.example" not in said(question)
    assert address_in(await press(OPEN)) == before
    assert len(await tokens()) == 1


async def test_a_reset_gives_another_address_at_once(press: Press, account: int, tokens: Any):
    """
    The confirmation shows it in the format that was looked at; the old one is nowhere any more.
    """
    before = address_in(await press(ShowFormat(SINGBOX)))

    done = await press(reset_in(await press(AskReset(SINGBOX))))

    after = address_in(done)
    assert done.replaces
    assert "已重置" in said(done)
    assert (after != before, after.endswith("/singbox")) == (True, True)
    assert address_in(await press(ShowFormat(SINGBOX))) == after
    assert await tokens() == [after.split("/")[-2]]
    assert after in said(await press(OpenPage(Page.ACCOUNT))).replace("/clash", "/singbox")


async def test_a_double_tap_resets_once(press: Press, account: int, tokens: Any):
    """
    However many presses of the same button come at once, one of them counts and the others say so.
    """
    await press(OPEN)
    action = reset_in(await press(AskReset(CLASH)))

    answers = await asyncio.gather(*(press(action) for _ in range(10)))

    done = [each for each in answers if each.message is not None]
    told = [each for each in answers if each.message is None]
    assert (len(done), len(told)) == (1, 9)
    assert all(each.is_alert and "没有再重置" in said(each) for each in told)
    assert await tokens() == [address_in(done[0]).split("/")[-2]]


async def test_a_stale_reset_does_nothing(press: Press, account: int, tokens: Any):
    """
    A question from before the last reset, however often it is confirmed.
    """
    old = reset_in(await press(AskReset(CLASH)))
    await press(reset_in(await press(AskReset(CLASH))))
    kept = await tokens()

    answer = await press(old)

    assert answer.is_alert
    assert answer.message is None
    assert await tokens() == kept


async def test_a_reset_after_the_site_has_reset_does_nothing(
    press: Press, account: int, database: Database, tables: PanelTables, tokens: Any
):
    """
    The address that was asked about is gone already: the site's new one stays.
    """
    action = reset_in(await press(AskReset(CLASH)))
    link = tables.link
    await database.run(lambda it: it.execute(update(link).values(token="made-by-the-site")))

    answer = await press(action)

    assert answer.is_alert
    assert await tokens() == ["made-by-the-site"]


async def test_a_button_about_another_account_does_nothing(
    press: Press, account: int, add_account: AddAccount, tokens: Any
):
    """
    The fingerprint being right does not help: it is another's address.
    """
    other = await add_account(im_type=4, im_value=STRANGER.id, locale="zh_CN")
    action = reset_in(await press(AskReset(CLASH)))
    await press(OPEN, STRANGER)
    kept = await tokens()

    answers = [
        await press(action, STRANGER),
        await press(replace(action, account_id=other)),
        await press(replace(action, account_id=other), STRANGER),
    ]

    assert [each.is_alert for each in answers] == [True] * 3
    assert "另一个账号" in said(answers[0])
    assert await tokens() == kept


@pytest.mark.parametrize(
    "action",
    [OPEN, ShowFormat(CLASH), ShowQrCode(CLASH), AskReset(CLASH)],
    ids=lambda action: type(action).__name__,
)
async def test_a_banned_account_gets_its_ban(
    press: Press, add_account: AddAccount, tokens: Any, action: Action
):
    """
    The account's page with the reason instead: no address, no picture, no reset.
    """
    await add_account(
        im_type=4, im_value=BOUND.id, is_banned=1, banned_reason="abuse", locale="zh_CN"
    )

    answer = await press(action)

    assert "已被封禁：abuse" in said(answer)
    assert "sub.example" not in said(answer)
    assert await tokens() == []


async def test_who_was_banned_meanwhile_resets_nothing(
    press: Press, account: int, database: Database, tables: PanelTables, tokens: Any
):
    """
    A question from before the ban.
    """
    action = reset_in(await press(AskReset(CLASH)))
    kept = await tokens()
    await database.run(lambda it: it.execute(update(tables.user).values(is_banned=1)))

    answer = await press(action)

    assert "已被封禁" in said(answer)
    assert await tokens() == kept


@pytest.mark.parametrize("chat", [SITE_GROUP, OTHER_GROUP])
async def test_a_group_sees_nothing_of_it(press: Press, account: int, tokens: Any, chat: Any):
    """
    Whoever presses there gets a word, and nothing is done.
    """
    reset = reset_in(await press(AskReset(CLASH)))
    kept = await tokens()

    for action in (OPEN, ShowFormat(CLASH), ShowQrCode(CLASH), AskReset(CLASH), reset):
        answer = await press(action, BOUND, chat)

        assert answer.is_alert
        assert answer.message is None
        assert "sub.example" not in said(answer)
    assert await tokens() == kept


async def test_a_stranger_is_shown_how_to_bind(press: Press, account: int, tokens: Any):
    """
    With every button of the page.
    """
    reset = reset_in(await press(AskReset(CLASH)))
    kept = await tokens()

    for action in (OPEN, ShowFormat(CLASH), ShowQrCode(CLASH), AskReset(CLASH), reset):
        answer = await press(action, STRANGER)

        assert "Link your account" in said(answer)
        assert "sub.example" not in said(answer)
    assert await tokens() == kept


async def test_what_a_tap_costs(press: Press, account: int, statements: Any):
    """
    Finding the account and one statement; the first use makes the token by one more.
    """
    costs: list[int] = []
    for action in (OPEN, OPEN, ShowFormat(SINGBOX), ShowQrCode(CLASH), AskReset(CLASH)):
        with statements() as seen:
            await press(action)
        costs.append(len(seen))

    assert costs == [3, 2, 2, 2, 2]


@pytest.mark.parametrize("data", ["sf:", "sf:flash", "qr:clash:clash", "rs:x:0:clash", "rs:1:0"])
async def test_what_is_no_button_of_ours_is_stale(
    desk: ChatDesk, account: int, tokens: Any, data: str
):
    """
    Forged or of another version: a word, and nothing is done.
    """
    answer = await desk.press(data, BOUND, PRIVATE)

    assert "失效" in said(answer)
    assert await tokens() == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_pages_are_small_in_every_language(
    press: Press, add_account: AddAccount, language: str
):
    """
    Five rows of buttons, which is all that Discord takes; a picture's caption is short.
    """
    await add_account(im_type=4, im_value=BOUND.id, locale=language)

    pages: list[Message | None] = [
        (await press(action)).message
        for action in (OPEN, ShowFormat(SINGBOX), AskReset(CLASH), ShowQrCode(CLASH))
    ]
    pages.append((await press(reset_in(await press(AskReset(CLASH))))).message)

    for page in pages:
        assert page is not None
        assert len(page.buttons) <= 5
        assert len(text_of(page)) < 900
