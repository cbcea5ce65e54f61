"""
What an answer costs the database, and that a hundred at once pay once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from core.actions import OpenPage, Page, encode
from core.chat.desk import ChatDesk
from tests.chat.conftest import ANONYMOUS, BOUND, PRIVATE, SITE_GROUP, STRANGER, Configure
from tests.chat.reading import said

ReadAccount = Callable[[int], Awaitable[Any]]


@pytest.mark.parametrize(
    ("command", "most"), [("my", 3), ("checkin", 3), ("menu", 1), ("start", 1), ("help", 1)]
)
async def test_a_command_costs_few_statements(
    desk: ChatDesk, account: int, statements: Any, command: str, most: int
):
    """
    Three at most, finding the account among them: at the first time, later, and in the group.
    """
    for chat in (PRIVATE, PRIVATE, SITE_GROUP):
        with statements() as seen:
            await desk.command(command, "", BOUND, chat)

        assert 1 <= len(seen) <= most


async def test_a_press_in_the_menu_costs_two_statements(
    desk: ChatDesk, account: int, statements: Any
):
    """
    After the first use, which makes the token of the subscription and the code for inviting.
    """
    for page in (Page.SUBSCRIPTION, Page.INVITE):
        await desk.press(encode(OpenPage(page)), BOUND, PRIVATE)

    for page in Page:
        with statements() as seen:
            await desk.press(encode(OpenPage(page)), BOUND, PRIVATE)

        assert 1 <= len(seen) <= 2


async def test_what_is_not_answered_costs_nothing(
    desk: ChatDesk, account: int, configure: Configure, statements: Any
):
    """
    A busy group that is quiet never reaches the database.
    """
    await configure(telegram_group_quiet=1)

    with statements() as seen:
        await desk.command("my", "", BOUND, SITE_GROUP)
        await desk.text("hello", STRANGER, SITE_GROUP)
        await desk.press("ci:7001", STRANGER, SITE_GROUP)

    assert seen == []


async def test_a_hundred_check_ins_at_once_pay_once(
    desk: ChatDesk, account: int, read_account: ReadAccount
):
    """
    One is paid, ninety-nine are told that it was done already.
    """
    before = (await read_account(account)).transfer_enable

    answers = await asyncio.gather(
        *(desk.command("checkin", "", BOUND, PRIVATE) for _ in range(100))
    )

    texts = [said(answer) for answer in answers]
    assert sum("签到成功" in text for text in texts) == 1
    assert sum("已经签过到" in text for text in texts) == 99
    assert (await read_account(account)).transfer_enable == before + 10 * 1024**2


async def test_a_hundred_first_looks_make_one_token(desk: ChatDesk, account: int):
    """
    All are shown the same address.
    """
    answers = await asyncio.gather(*(desk.command("my", "", BOUND, PRIVATE) for _ in range(100)))

    tokens = {said(answer).split("/sub/")[1].split("/")[0] for answer in answers}
    assert len(tokens) == 1


async def test_nobody_is_looked_up_for_an_anonymous_administrator(desk: ChatDesk, statements: Any):
    """
    The stand-in's id is everybody's.
    """
    with statements() as seen:
        for command in ("ping", "help", "my", "checkin"):
            await desk.command(command, "", ANONYMOUS, SITE_GROUP)

    assert seen == []
