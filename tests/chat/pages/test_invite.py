"""
The page for inviting: the plan by the site's settings, the own address, what it has brought.
"""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from itertools import chain, repeat
from typing import Any

import pytest
from sqlalchemy import insert, select

from config_store.database import Database
from config_store.panel.invites import InviteTable
from config_store.panel.tables import PanelTables
from core.accounts.invitations import Invitations, new_code
from core.actions import OpenPage, Page, encode
from core.chat.asking import Answer
from core.chat.desk import ChatDesk
from core.message import CopyText
from tests.chat.conftest import BOUND, PRIVATE, Configure
from tests.chat.reading import said
from tests.conftest import AddAccount

Press = Callable[..., Awaitable[Answer]]
INVITE = OpenPage(Page.INVITE)
LINK = "https://panel.example/auth/register?code="


def copied(answer: Answer) -> list[str]:
    """What the buttons of an answer copy."""
    assert answer.message is not None
    buttons = chain.from_iterable(answer.message.buttons)
    return [each.does.text for each in buttons if isinstance(each.does, CopyText)]


@pytest.fixture
def codes(database: Database, tables: PanelTables) -> Callable[[], Awaitable[list[Any]]]:
    """
    All codes that are kept, by account.
    """

    async def read() -> list[Any]:
        table = tables.user_invite_code
        found = await database.run(
            lambda connection: connection.execute(select(table.c.user_id, table.c.code))
        )
        return [tuple(row) for row in found]

    return read


async def test_the_link_is_made_once_and_stays(press: Press, account: int, codes: Any):
    """
    The address stands in the page, and two buttons copy it: alone, and within a sentence.
    """
    first, second = await press(INVITE), await press(INVITE)

    ((owner, code),) = await codes()
    assert owner == account
    assert len(code) == 10
    assert set(code) <= set("0123456789abcdef")
    link, sentence = copied(first)
    assert link == f"{LINK}{code}"
    assert sentence.endswith(link)
    assert "Nimbus" in sentence
    assert said(first) == said(second)


@pytest.mark.real_schema
async def test_a_tap_costs_one_statement_beside_the_look_up(
    press: Press, account: int, statements: Any
):
    """
    But for the first, which makes the code.
    """
    await press(INVITE)

    with statements() as seen:
        await press(INVITE)

    assert len(seen) == 2


async def test_a_hundred_first_taps_make_one_link(press: Press, account: int, codes: Any):
    """
    All are shown the same one.
    """
    answers = await asyncio.gather(*(press(INVITE) for _ in range(100)))

    assert {copied(answer)[0] for answer in answers} == {f"{LINK}{(await codes())[0][1]}"}
    assert len(await codes()) == 1


async def test_a_code_of_another_account_is_drawn_again(
    database: Database, tables: PanelTables, add_account: AddAccount
):
    """
    Two accounts never share one.
    """
    drawn = chain(repeat("aaaaaaaaaa", 3), ["bbbbbbbbbb"])
    invitations = Invitations(
        database=database,
        table=InviteTable(tables),
        site_url="https://panel.example/",
        make_code=lambda: next(drawn),
    )

    urls = [(await invitations.get(await add_account())).url for _ in range(2)]

    assert urls == [f"{LINK}aaaaaaaaaa", f"{LINK}bbbbbbbbbb"]


async def test_a_code_that_the_operator_wrote_is_made_fit_for_an_address(
    press: Press, account: int, database: Database, tables: PanelTables
):
    """
    Codes may be words with blanks and signs.
    """
    row = {"user_id": account, "code": "新年 &50%"}
    await database.run(
        lambda connection: connection.execute(insert(tables.user_invite_code).values(row))
    )

    assert copied(await press(INVITE))[0] == f"{LINK}%E6%96%B0%E5%B9%B4%20%2650%25"


def test_codes_are_random_hexadecimal():
    """
    Ten characters, lower-case.
    """
    codes = {new_code() for _ in range(200)}

    assert len(codes) == 200
    assert all(len(code) == 10 and set(code) <= set("0123456789abcdef") for code in codes)


@pytest.mark.parametrize(
    ("traffic", "money", "rate", "expected", "missing"),
    [
        (5, 10, "0.2", ["5 GB", "¥10.00", "20%"], []),
        (1024, 0, "0", ["1 TB"], ["余额", "返利\n"]),
        (0, 3, "0", ["¥3.00"], ["流量", "账单"]),
        (0, 0, "0.125", ["12.5%"], ["流量", "账户余额"]),
        (0, 0, "0", ["本站暂时没有邀请奖励"], ["每邀请", "流量", "账单"]),
    ],
)
async def test_the_plan_is_told_by_the_settings_of_the_moment(
    *,
    press: Press,
    account: int,
    configure: Configure,
    traffic: int,
    money: int,
    rate: str,
    expected: list[str],
    missing: list[str],
):
    """
    What is 0 is left out; without any reward that is said.
    """
    await configure(
        invite_reg_traffic_reward=traffic, invite_reg_money_reward=money, invite_reward_rate=rate
    )

    text = said(await press(INVITE))

    assert all(each in text for each in expected)
    assert not any(each in text for each in missing)


async def test_rebates_so_far_are_summed(
    press: Press, account: int, database: Database, tables: PanelTables
):
    """
    How much and how many, exactly; without what others got.
    """
    rows = [
        {"userid": 99, "ref_by": ref_by, "ref_get": Decimal(amount), "total": 1, "datetime": 1}
        for ref_by, amount in ((account, "0.10"), (account, "1000.20"), (98, "7.77"))
    ]
    await database.run(lambda connection: connection.execute(insert(tables.payback).values(rows)))

    text = said(await press(INVITE))

    assert "累计返利: ¥1,000.30（共 2 笔）" in text


async def test_without_the_sites_address_there_is_no_link(
    account: int, desk: ChatDesk, open_office: Any, codes: Any
):
    """
    That is said; no code is made for nothing.
    """
    without = open_office(site_url=None).desk

    answer = await without.press(encode(INVITE), BOUND, PRIVATE)

    assert "生成不了邀请链接" in said(answer)
    assert copied(answer) == []
    assert await codes() == []


async def test_a_link_too_long_for_a_button_is_copied_by_hand(
    account: int, desk: ChatDesk, open_office: Any
):
    """
    It stands in the page as a whole.
    """
    site = "https://panel.example/" + "x" * 300
    far = open_office(site_url=site).desk

    answer = await far.press(encode(INVITE), BOUND, PRIVATE)

    assert copied(answer) == []
    assert f"{site}/auth/register?code=" in said(answer)


async def test_a_banned_account_invites_nobody(press: Press, account: int, ban: Any, codes: Any):
    """
    It would get nothing for it.
    """
    await ban()

    answer = await press(INVITE)

    assert "封禁" in said(answer)
    assert copied(answer) == []
    assert await codes() == []


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("zh_CN", "朋友付款后，你获得账单金额 20% 的返利"),
        ("en_US", "you get 20% of what your friend pays"),
        ("zh_TW", "朋友付款後，你獲得帳單金額 20% 的回饋"),
        ("ja_JP", "友達の支払い額の 20% をあなたに還元"),
    ],
)
async def test_the_plan_is_told_in_the_readers_language(
    press: Press, account: int, speak: Any, locale: str, expected: str
):
    """
    With its numbers.
    """
    await speak(locale)

    assert expected in said(await press(INVITE))
