"""
Secrets as people see them on Telegram: a QR code that goes, and a password that does not stay.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from config_store.database import Database
from config_store.panel.tables import PanelTables
from sandbox.telegram import Message, TelegramWorld
from tests.telegram.conftest import BOUND, GROUP, TOKEN, UNBOUND, Chatting, Daemon

ONE_ENGINE = pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)
pytestmark = ONE_ENGINE
SECRET = "Sesame0Open1Door"


@dataclass
class Clock:
    """Telegram's clock."""

    ahead: timedelta = field(default=timedelta(0))

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> TelegramWorld:
    world = TelegramWorld(clock=clock)
    bot = world.add_bot(TOKEN, "site_bot", "Site")
    world.add_person(BOUND, "小明", language_code="zh-hans")
    world.add_person(UNBOUND, "Ann", language_code="en")
    world.add_group(GROUP, "Group", owner_id=BOUND, member_ids=[UNBOUND, bot.id])
    return world


@pytest.fixture
async def menu(
    chatting: Chatting,
    daemon: Daemon,
    database: Database,
    tables: PanelTables,
) -> Message:
    """
    The menu of who has a password that a test would see anywhere.
    """
    user = tables.user
    await database.run(lambda it: it.execute(update(user).values(passwd=SECRET)))
    return await chatting.ask(BOUND, "/menu")


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(8):
        while not condition():
            await asyncio.sleep(0.02)


async def tap(chatting: Chatting, message: Message, label: str) -> None:
    """Press a button and wait for the page that comes in its place."""
    before = message.text
    await chatting.press(BOUND, message, label)
    await until(lambda: message.text != before)


def there(chatting: Chatting) -> list[Message]:
    """The bot's messages to `BOUND` that are there."""
    return [
        message
        for message in chatting.world.messages(BOUND)
        if chatting.is_from_bot(message) and not message.is_deleted
    ]


async def test_a_qr_code_comes_and_goes_by_itself(chatting: Chatting, menu: Message):
    """
    A picture below the page, which stays; „back" deletes the picture.
    """
    await tap(chatting, menu, "订阅")
    page = menu.text
    await chatting.press(BOUND, menu, "二维码")
    picture = await chatting.next_answer(BOUND, after=menu.id)

    shown = picture.media
    await chatting.press(BOUND, picture, "返回")
    await until(lambda: picture.is_deleted)

    assert shown is not None
    assert shown.file.content.startswith(b"\x89PNG")
    assert [menu.text] == [each.text for each in there(chatting)] == [page]


async def test_a_password_is_hidden_again_in_the_very_message(
    chatting: Chatting, menu: Message, database: Database
):
    """
    By the queue, once its time has come.
    """
    await tap(chatting, menu, "连接信息")
    hidden = menu.text
    await tap(chatting, menu, "显示密码")
    shown = menu.text

    await database.run(
        lambda it: it.execute(
            text("UPDATE im_deliveries SET not_before = created_at WHERE action = 'hide_password'")
        )
    )
    await until(lambda: menu.text == hidden)

    assert SECRET in shown
    assert SECRET not in hidden
    assert len(there(chatting)) == 1


async def test_a_password_is_not_shown_where_it_would_stay(
    chatting: Chatting, menu: Message, clock: Clock
):
    """
    A message of days ago cannot be edited by what Telegram tells of it: the way on is told.
    """
    await tap(chatting, menu, "连接信息")
    clock.ahead = timedelta(days=3)

    query = await chatting.press(BOUND, menu, "显示密码")

    assert "/menu" in query.text
    assert all(SECRET not in each.text for each in there(chatting))


async def test_a_reset_shows_the_new_address_in_place(chatting: Chatting, menu: Message):
    """
    The question and the new address follow the page in the same message.
    """
    await tap(chatting, menu, "订阅")
    before = menu.text

    await tap(chatting, menu, "重置地址")
    await tap(chatting, menu, "确认重置")

    assert "已重置" in menu.text
    assert before.split("/sub/")[1] != menu.text.split("/sub/")[1]
    assert len(there(chatting)) == 1
