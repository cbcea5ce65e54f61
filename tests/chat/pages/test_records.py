"""
The pages of the account's records: its owner's alone, lean, and safe to show.
"""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert

from config_store.database import Database
from config_store.panel.tables import PanelTables
from core.actions import OpenPage, Page
from core.chat.asking import Answer
from tests.chat.conftest import BOUND, NOW, SITE_GROUP, Configure
from tests.chat.reading import actions_of, heading_of, said

Press = Callable[..., Awaitable[Answer]]
Keep = Callable[..., Awaitable[None]]

KINDS = (Page.LOGINS, Page.ONLINE, Page.REBATES, Page.FETCHES)
OTHER = 4242


def seconds(ago: int) -> int:
    return int(NOW.timestamp()) - ago


@pytest.fixture
def keep(database: Database, tables: PanelTables) -> Keep:
    """
    Writes rows of a table of the panel.
    """

    async def write(table: str, *rows: dict[str, Any]) -> None:
        statement = insert(getattr(tables, table)).values(list(rows))
        await database.run(lambda connection: connection.execute(statement))

    return write


@pytest.fixture
async def history(account: int, keep: Keep, configure: Configure) -> None:
    """
    Something of each kind, of the account and of another one, whose addresses begin with 198.
    """
    await configure(login_log=1, subscribe_log=1)
    for owner, net in ((account, "203.0.113"), (OTHER, "198.51.100")):
        await keep(
            "login_ip",
            {"userid": owner, "ip": f"{net}.1", "datetime": seconds(3 * 3600), "type": 0},
            {"userid": owner, "ip": f"{net}.2", "datetime": seconds(60), "type": 1},
        )
        row = {"user_id": owner, "node_id": 1, "first_time": seconds(900)}
        await keep(
            "online_log",
            {"ip": f"::ffff:{net}.3", "last_time": seconds(10), **row},
            {"ip": f"::ffff:{net}.4", "last_time": seconds(91), **row},
        )
        agent = f"clash-verge/v2.4.2 {net}\n\N{RIGHT-TO-LEFT OVERRIDE}<b>evil</b>" + "x" * 900
        fetch = {"type": "clash", "request_time": seconds(86400), "request_user_agent": agent}
        await keep("subscribe_log", {"user_id": owner, "request_ip": f"{net}.5", **fetch})
    rebate = {"total": 10, "datetime": seconds(86400)}
    await keep(
        "payback",
        {"userid": OTHER, "ref_by": account, "ref_get": Decimal("1.25"), **rebate},
        {"userid": account, "ref_by": OTHER, "ref_get": Decimal("9.75"), **rebate},
    )


@pytest.mark.real_schema
class TestPages:
    async def test_the_page_leads_to_four_and_each_leads_back(self, press: Press, history: None):
        """
        One level up, and to the main menu; each in place of the one before.
        """
        index = await press(OpenPage(Page.RECORDS))

        assert actions_of(index) == [*map(OpenPage, KINDS), OpenPage(Page.HOME)]
        for kind in KINDS:
            page = await press(OpenPage(kind))
            assert page.replaces
            assert actions_of(page) == [OpenPage(Page.RECORDS), OpenPage(Page.HOME)]

    async def test_each_kind_is_shown_with_relative_times(self, press: Press, history: None):
        """
        Log-ins with their outcome, addresses in their own form with the limit, amounts, clients.
        """
        texts = {kind: said(await press(OpenPage(kind))) for kind in KINDS}

        assert (
            "❌ 1分钟前 · 203.0.113.2 · 登录失败\n✅ 3小时前 · 203.0.113.1\n" in texts[Page.LOGINS]
        )
        assert "正在使用 1 个 IP，数量不限：\n203.0.113.3\n" in texts[Page.ONLINE]
        assert "¥1.25 · 1天前" in texts[Page.REBATES]
        assert "clash · 1天前\n203.0.113.5 · clash-verge/v2.4.2" in texts[Page.FETCHES]

    async def test_nothing_of_others_is_shown(self, press: Press, history: None):
        """
        Neither their addresses nor what they got, nor who it was that paid.
        """
        for kind in KINDS:
            text = said(await press(OpenPage(kind)))

            assert "198." not in text
            assert "9.75" not in text
            assert str(OTHER) not in text

    async def test_what_clients_call_themselves_is_one_short_line(
        self, press: Press, history: None
    ):
        """
        Whatever they send.
        """
        text = said(await press(OpenPage(Page.FETCHES)))

        heading, fetch, client, *buttons = text.splitlines()
        assert client.startswith("203.0.113.5 · clash-verge/v2.4.2 203.0.113 <b>")
        assert client.isprintable()
        assert len(client) < 70
        assert len(buttons) == 2
        assert heading
        assert fetch

    async def test_a_page_costs_one_statement_beside_the_look_up(
        self, press: Press, history: None, statements: Any
    ):
        """
        And the page that leads to the others none.
        """
        for kind, most in ((Page.RECORDS, 1), *((kind, 2) for kind in KINDS)):
            with statements() as seen:
                await press(OpenPage(kind))

            assert len(seen) == most

    async def test_an_account_without_records_is_told_so(
        self, press: Press, account: int, configure: Configure
    ):
        """
        Each in a sentence of its own.
        """
        await configure(login_log=1, subscribe_log=1)

        texts = [said(await press(OpenPage(kind))) for kind in KINDS]

        for text, expected in zip(
            texts, ["还没有登录记录", "现在没有设备在线", "还没有返利", "还没有客户端"], strict=True
        ):
            assert expected in text


@pytest.mark.parametrize(
    ("setting", "page"), [("login_log", Page.LOGINS), ("subscribe_log", Page.FETCHES)]
)
async def test_what_the_site_does_not_keep_is_not_looked_for(
    *, press: Press, history: None, configure: Configure, statements: Any, setting: str, page: Page
):
    """
    Rows from before are not shown as if nothing had happened since.
    """
    await configure(**{setting: 0})

    with statements() as seen:
        text = said(await press(OpenPage(page)))

    assert "本站不保留" in text
    assert len(seen) == 1


async def test_more_addresses_than_are_listed_are_counted(
    press: Press, account: int, keep: Keep, add_account: Any
):
    """
    An account that many share shows how many they are.
    """
    row = {"user_id": account, "node_id": 1, "first_time": 1, "last_time": seconds(0)}
    await keep("online_log", *({"ip": f"2001:db8::{n:x}", **row} for n in range(1, 31)))

    text = said(await press(OpenPage(Page.ONLINE)))

    assert "正在使用 30 个 IP" in text
    assert text.count("2001:db8::") == 10
    assert "另有 20 个没有列出" in text


async def test_a_banned_account_may_see_its_records(press: Press, history: None, ban: Any):
    """
    They may tell its owner why.
    """
    await ban()

    assert "203.0.113.1" in said(await press(OpenPage(Page.LOGINS)))


async def test_records_are_for_the_private_chat(press: Press, history: None):
    """
    A forwarded keyboard in the group shows nothing.
    """
    answer = await press(OpenPage(Page.LOGINS), BOUND, SITE_GROUP)

    assert answer.message is None
    assert answer.notice


@pytest.mark.parametrize(
    ("locale", "heading"),
    [
        ("zh_CN", "🗂 使用记录"),
        ("en_US", "🗂 Records"),
        ("zh_TW", "🗂 使用紀錄"),
        ("ja_JP", "🗂 利用履歴"),
    ],
)
async def test_records_are_told_in_the_readers_language(
    press: Press, history: None, speak: Any, locale: str, heading: str
):
    """
    All of them.
    """
    await speak(locale)

    assert heading_of(await press(OpenPage(Page.RECORDS))) == heading
    for kind in KINDS:
        assert len(said(await press(OpenPage(kind))).splitlines()) >= 3
