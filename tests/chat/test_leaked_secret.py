"""
Subscription links in the site's group: found, deleted, and told to who wrote them.
"""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from config_store.database import Database
from core.chat.desk import ChatDesk
from tests.chat.conftest import (
    ANONYMOUS,
    BOUND,
    OTHER_GROUP,
    SITE_GROUP,
    STRANGER,
    Configure,
    OpenOffice,
)
from tests.chat.reading import said, urls_of
from tests.conftest import LogLines
from tests.databases import PrivateMariaDB

TOKEN = "0123456789abcdef"
LINK = f"https://sub.example/sub/{TOKEN}/clash"

Notices = Callable[[], Awaitable[list[Any]]]


@pytest.fixture
def notices(database: Database) -> Notices:
    """
    The notices that were accepted.
    """

    async def read() -> list[Any]:
        statement = text("SELECT * FROM im_notices")
        return list(await database.run(lambda connection: connection.execute(statement)))

    return read


@pytest.mark.parametrize(
    "written",
    [
        LINK,
        LINK.removeprefix("https://"),
        f"why does {LINK}?x=1 not work, please help",
        f"HTTPS://SUB.EXAMPLE/sub/{TOKEN}/v2ray",
        f"ｈttps://sub.example/sub/{TOKEN}",
    ],
)
async def test_a_link_of_the_site_is_deleted_and_told_alone(
    desk: ChatDesk, account: int, notices: Notices, written: str
):
    """
    In whatever form: nothing is said in the group of who can be told in private.
    """
    answer = await desk.text(written, BOUND, SITE_GROUP)

    assert answer.deletes_asked
    assert answer.message is None
    (notice,) = await notices()
    assert json.loads(notice.content)["message_id"] == "leaked_secret.notice"
    assert TOKEN not in notice.content
    assert json.loads(notice.audience_details)["id"] == account


@pytest.mark.parametrize(
    "written",
    [
        "",
        "hello",
        "https://sub.example/",
        "https://sub.example/sub/",
        f"https://other.example/sub/{TOKEN}/clash",
        f"https://notsub.example/sub/{TOKEN}",
        TOKEN,
        "https://panel.example/auth/register?code=0123456789",
        "/sub/ " * 600,
    ],
)
async def test_other_talk_costs_nothing(
    desk: ChatDesk, account: int, statements: Any, written: str
):
    """
    A busy group never reaches the database, and nobody's message is deleted for a word.
    """
    with statements() as seen:
        answer = await desk.text(written, BOUND, SITE_GROUP)

    assert answer is None
    assert seen == []


async def test_who_is_not_bound_is_told_in_the_group(
    desk: ChatDesk, account: int, notices: Notices
):
    """
    By name, with the way into the private chat.
    """
    answer = await desk.text(LINK, STRANGER, SITE_GROUP)

    assert answer.deletes_asked
    assert "Bob" in said(answer)
    assert TOKEN not in said(answer)
    assert urls_of(answer) == [SITE_GROUP.private_chat_url]
    assert await notices() == []


async def test_who_writes_as_the_group_is_told_without_a_name(desk: ChatDesk, statements: Any):
    """
    Nobody is looked up for him.
    """
    with statements() as seen:
        answer = await desk.text(LINK, ANONYMOUS, SITE_GROUP)

    assert answer.deletes_asked
    assert answer.message is not None
    assert "Group" not in said(answer)
    assert seen == []


async def test_a_quiet_group_stays_quiet(
    desk: ChatDesk, account: int, configure: Configure, notices: Notices
):
    """
    The message goes, the bound are told alone, others not at all.
    """
    await configure(telegram_group_quiet=1)

    for person in (STRANGER, BOUND, ANONYMOUS):
        answer = await desk.text(LINK, person, SITE_GROUP)
        assert answer.deletes_asked
        assert answer.message is None

    assert len(await notices()) == 1


async def test_other_groups_are_none_of_our_business(desk: ChatDesk, account: int):
    """
    Nothing is deleted where the site is not at home.
    """
    assert await desk.text(LINK, BOUND, OTHER_GROUP) is None


async def test_who_pastes_again_and_again_is_told_once(
    desk: ChatDesk, account: int, notices: Notices
):
    """
    Each message is deleted all the same.
    """
    for _ in range(3):
        assert (await desk.text(LINK, BOUND, SITE_GROUP)).deletes_asked

    assert len(await notices()) == 1


@pytest.mark.parametrize("panel_url", ["mariadb"], indirect=True)
async def test_it_is_deleted_while_the_database_hangs(
    desk: ChatDesk, account: int, mariadb: PrivateMariaDB
):
    """
    Then the person is told in the group, in time.
    """
    mariadb.pause()
    started = time.monotonic()

    try:
        answer = await desk.text(LINK, BOUND, SITE_GROUP)
    finally:
        mariadb.resume()

    assert time.monotonic() - started < 3

    assert answer.deletes_asked
    assert "Mei" in said(answer)


async def test_a_site_whose_address_is_not_known_finds_nothing(
    open_office: OpenOffice, configure: Configure
):
    """
    No address, no link.
    """
    desk = open_office(subscription_url=None).desk
    await configure(telegram_chatid=-100500)

    assert await desk.text(LINK, BOUND, SITE_GROUP) is None


async def test_the_log_names_who_and_never_what(desk: ChatDesk, account: int, log_lines: LogLines):
    """
    One line, without the secret.
    """
    await desk.text(LINK, BOUND, SITE_GROUP)

    lines = [line for line in log_lines if line["event"] == "subscription link in the group"]
    assert [line["user"] for line in lines] == [BOUND.id]
    assert TOKEN not in json.dumps(list(log_lines))
