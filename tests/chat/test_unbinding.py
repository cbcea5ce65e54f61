"""
What is said before unbinding, and what belongs to it: leaving the site's group.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from config_store.database import Database
from core.actions import AskUnbind, Unbind
from core.chat.desk import ChatDesk
from tests.chat.conftest import BOUND, PRIVATE, STRANGER, Configure
from tests.chat.reading import said

Removals = Callable[[], Awaitable[list[Any]]]


@pytest.fixture
def removals(database: Database) -> Removals:
    """
    The removals from groups that the queue holds.
    """

    async def read() -> list[Any]:
        statement = text("SELECT * FROM im_deliveries WHERE action = 'remove_member'")
        return list(await database.run(lambda connection: connection.execute(statement)))

    return read


@pytest.mark.parametrize(("kicks", "is_told"), [(1, True), (0, False)])
async def test_the_question_says_whether_it_removes_from_the_group(
    desk: ChatDesk,
    press: Callable[..., Any],
    account: int,
    configure: Configure,
    *,
    kicks: int,
    is_told: bool,
):
    """
    By command and by button; and that notices go by mail then.
    """
    await configure(telegram_unbind_kick_member=kicks, email_driver="smtp")

    by_command = said(await desk.command("unbind", "", BOUND, PRIVATE))
    by_button = said(await press(AskUnbind()))

    for asked in (by_command, by_button):
        assert ("移出网站的群组" in asked) is is_told
        assert "改发到邮箱" in asked


async def test_a_site_without_mail_says_that_there_will_be_no_notices(
    press: Callable[..., Any], account: int, configure: Configure
):
    """
    Rather than promise mails that never come.
    """
    await configure(email_driver="none")

    asked = said(await press(AskUnbind()))

    assert "收不到通知" in asked
    assert "邮箱" not in asked


async def test_without_a_group_nobody_is_removed(
    press: Callable[..., Any], account: int, configure: Configure, removals: Removals
):
    """
    The switch alone says nothing.
    """
    await configure(telegram_unbind_kick_member=1, telegram_chatid=-1)

    asked = await press(AskUnbind())
    await press(Unbind(account))

    assert "群组" not in said(asked)
    assert await removals() == []


@pytest.mark.parametrize("by_email", [True, False])
async def test_unbinding_has_the_member_removed(
    desk: ChatDesk,
    press: Callable[..., Any],
    account: int,
    configure: Configure,
    *,
    removals: Removals,
    by_email: bool,
):
    """
    The very person, from the site's group; and the answer says so.
    """
    await configure(telegram_unbind_kick_member=1)

    if by_email:
        answer = await desk.command("unbind", "mei@example.com", BOUND, PRIVATE)
    else:
        answer = await press(Unbind(account))

    assert "移出网站的群组" in said(answer)
    (row,) = await removals()
    assert (row.platform, row.target, row.state) == ("telegram", "-100500", "waiting")
    assert json.loads(row.arguments) == {"platform": "telegram", "user_id": BOUND.id}


async def test_without_the_switch_nobody_is_removed(
    press: Callable[..., Any], account: int, configure: Configure, removals: Removals
):
    """
    Nor told so.
    """
    answer = await press(Unbind(account))

    assert "已解除绑定" in said(answer)
    assert "群组" not in said(answer)
    assert await removals() == []


async def test_an_unbinding_that_fails_removes_nobody(
    desk: ChatDesk,
    press: Callable[..., Any],
    account: int,
    configure: Configure,
    removals: Removals,
):
    """
    The wrong address, another account's button, a second press, a stranger.
    """
    await configure(telegram_unbind_kick_member=1)

    await desk.command("unbind", "other@example.com", BOUND, PRIVATE)
    await press(Unbind(account + 1))
    await press(Unbind(account), STRANGER)
    assert await removals() == []
    await press(Unbind(account))
    await press(Unbind(account))

    assert len(await removals()) == 1
