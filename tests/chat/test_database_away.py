"""
The database hangs while people ask: each is told, in time, and all works again afterwards.
"""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from core.actions import OpenPage, Page, encode
from core.chat.desk import ChatDesk
from tests.chat.conftest import BOUND, PRIVATE, SITE_GROUP, STRANGER
from tests.chat.reading import said
from tests.databases import PrivateMariaDB

AWAY = "The site cannot be reached just now"


@pytest.fixture
def panel_url(mariadb_url: str) -> str:
    """
    MariaDB alone: an SQLite file does not hang.
    """
    return mariadb_url


@pytest.fixture
async def hanging_desk(mariadb: PrivateMariaDB, desk: ChatDesk) -> AsyncIterator[ChatDesk]:
    """
    The desk while its MariaDB hangs: connections stay open, nothing answers.
    """
    mariadb.pause()
    yield desk
    mariadb.resume()


async def test_who_asks_while_the_database_hangs_is_told_within_three_seconds(
    hanging_desk: ChatDesk,
):
    """
    In the language that the platform names, also when many ask at once.
    """
    commands = ["start", "menu", "my", "checkin", "unbind"] * 20

    started = time.monotonic()
    answers = await asyncio.gather(
        *(hanging_desk.command(each, "", STRANGER, PRIVATE) for each in commands)
    )

    assert time.monotonic() - started < 3
    assert all(AWAY in said(answer) for answer in answers)


async def test_ping_and_help_answer_while_the_database_hangs(hanging_desk: ChatDesk):
    """
    They need no account.
    """
    started = time.monotonic()

    assert "7002" in said(await hanging_desk.command("ping", "", STRANGER, PRIVATE))
    assert time.monotonic() - started < 3
    assert "/unbind - " in said(await hanging_desk.command("help", "", STRANGER, SITE_GROUP))


async def test_a_press_while_the_database_hangs_gets_a_notice(hanging_desk: ChatDesk):
    """
    The menu stays as it is, to be pressed again.
    """
    answer = await hanging_desk.press(encode(OpenPage(Page.ACCOUNT)), STRANGER, PRIVATE)

    assert answer.message is None
    assert answer.is_alert
    assert AWAY in said(answer)


async def test_the_command_works_again_afterwards(
    desk: ChatDesk, account: int, mariadb: PrivateMariaDB
):
    """
    Nothing has to be restarted.
    """
    mariadb.pause()
    try:
        away = await desk.command("my", "", BOUND, PRIVATE)
    finally:
        mariadb.resume()
    back = await desk.command("my", "", BOUND, PRIVATE)

    assert "暂时连不上网站" in said(away)
    assert "我的账号" in said(back)
