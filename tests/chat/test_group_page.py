"""
The page of the site's group: what is offered, to whom, and what is said where it cannot be done.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.actions import InviteToGroup, LiftGroupBan, OpenPage, Page
from core.chat.asking import Chat, Person
from core.chat.desk import ChatDesk
from core.platform import (
    CredentialsRefusedError,
    MembershipUnavailableError,
    PlatformName,
    PlatformUnreachableError,
    TargetError,
    TargetMovedError,
)
from tests.chat.conftest import BOUND, NOW, PRIVATE, STRANGER, Configure, OpenOffice
from tests.chat.reading import actions_of, said, urls_of
from tests.conftest import AddAccount, LogLines

URL = "https://t.me/+one"


@dataclass
class Members:
    """What a bot can do about members, at a platform that answers as the test tells it."""

    refusal: Exception | None = None
    calls: list[tuple[str, ...]] = field(default_factory=list)
    lasts: list[timedelta] = field(default_factory=list)
    number: int = 0

    async def remove(self, group: str, user_id: str) -> None:
        raise AssertionError("nobody is removed by this page")

    async def readmit(self, group: str, user_id: str) -> None:
        self._note("readmit", group, user_id)

    async def invite(self, group: str, *, lasts: timedelta) -> str:
        self._note("invite", group)
        self.lasts.append(lasts)
        self.number += 1
        return f"{URL}{self.number}"

    def _note(self, *call: str) -> None:
        self.calls.append(call)
        if self.refusal is not None:
            raise self.refusal


@dataclass
class FarBot:
    """A bot that runs. `members` None: its platform has no such thing."""

    members: Members | None


@dataclass
class Time:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def members() -> Members:
    return Members()


@pytest.fixture
def bots(members: Members) -> dict[PlatformName, FarBot]:
    """
    The bots that run; a test may take them away.
    """
    return {PlatformName.TELEGRAM: FarBot(members)}


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def unready_desk(open_office: OpenOffice, bots: dict[PlatformName, FarBot], time: Time) -> ChatDesk:
    return open_office(running=bots.get, now=time).desk


async def test_the_page_offers_an_invitation_and_the_lifting_of_a_ban(
    press: Callable[..., Any], account: int
):
    """
    And leads back to the menu, which leads here.
    """
    home = await press(OpenPage(Page.HOME))
    page = await press(OpenPage(Page.GROUP))

    assert OpenPage(Page.GROUP) in actions_of(home)
    assert page.replaces
    assert actions_of(page) == [InviteToGroup(), LiftGroupBan(), OpenPage(Page.HOME)]
    assert "移出" not in said(page).replace("被移出过", "")


@pytest.mark.parametrize("setting", ["telegram_group_bound_user", "telegram_unbind_kick_member"])
async def test_the_page_says_where_unbinding_removes(
    press: Callable[..., Any], account: int, configure: Configure, setting: str
):
    """
    Whichever of the two settings does it.
    """
    await configure(**{setting: 1})

    page = await press(OpenPage(Page.GROUP))

    assert "解除绑定后，你会被移出群组" in said(page)


async def test_an_invitation_is_a_button_for_ten_minutes(
    press: Callable[..., Any], account: int, members: Members
):
    """
    It is made for the site's group, and says that it is for one person.
    """
    answer = await press(InviteToGroup())

    assert urls_of(answer) == [f"{URL}1"]
    assert answer.replaces
    assert "一次" in said(answer)
    assert "10 分钟" in said(answer)
    assert members.calls == [("invite", "-100500")]
    assert members.lasts == [timedelta(minutes=10)]


async def test_who_presses_again_gets_the_same_invitation(
    press: Callable[..., Any], account: int, members: Members, time: Time, configure: Configure
):
    """
    For a minute; for a group that is another by then a new one.
    """
    await press(InviteToGroup())
    again = await press(InviteToGroup())
    assert urls_of(again) == [f"{URL}1"]
    await configure(telegram_chatid=-100501)
    assert urls_of(await press(InviteToGroup())) == [f"{URL}2"]

    time.now += timedelta(seconds=61)

    assert urls_of(await press(InviteToGroup())) == [f"{URL}3"]
    assert len(members.calls) == 3


async def test_a_ban_is_lifted(press: Callable[..., Any], account: int, members: Members):
    """
    That of who presses, and it says so.
    """
    answer = await press(LiftGroupBan())

    assert members.calls == [("readmit", "-100500", BOUND.id)]
    assert answer.is_alert
    assert "已解除" in answer.notice


@pytest.mark.parametrize("action", [InviteToGroup(), LiftGroupBan()])
async def test_banned_accounts_get_neither(
    press: Callable[..., Any], add_account: AddAccount, members: Members, action: Any
):
    """
    Nor buttons for it on the page, which says why.
    """
    await add_account(im_type=4, im_value=BOUND.id, is_banned=1, locale="zh_CN")

    page = await press(OpenPage(Page.GROUP))
    answer = await press(action)

    assert actions_of(page) == [OpenPage(Page.HOME)]
    assert "封禁" in said(page)
    assert answer.is_alert
    assert answer.message is None
    assert members.calls == []


@pytest.mark.parametrize("action", [InviteToGroup(), LiftGroupBan()])
async def test_strangers_get_neither(
    press: Callable[..., Any], account: int, members: Members, action: Any
):
    """
    A forged or forwarded button does nothing for who is not bound.
    """
    answer = await press(action, STRANGER)

    assert answer.is_alert
    assert answer.notice
    assert members.calls == []


@pytest.mark.parametrize("action", [InviteToGroup(), LiftGroupBan()])
@pytest.mark.parametrize(
    ("error", "level"),
    [
        (MembershipUnavailableError("give it the right “Ban users”"), "warning"),
        (TargetError("chat not found"), "warning"),
        (TargetMovedError("moved", target="-100501"), "info"),
        (PlatformUnreachableError("away"), "info"),
        (CredentialsRefusedError("no token"), "info"),
        (TimeoutError(), None),
    ],
)
async def test_what_cannot_be_done_is_said_in_the_persons_words(
    press: Callable[..., Any],
    account: int,
    members: Members,
    *,
    log_lines: LogLines,
    action: Any,
    error: Exception,
    level: str | None,
):
    """
    Never in the platform's; the operator reads those in the log, with the mend.
    """
    members.refusal = error

    answer = await press(action)

    assert answer.is_alert
    assert answer.message is None
    assert ("权限" in answer.notice) == (level == "warning")
    assert str(error) not in answer.notice or not str(error)
    lines = [line for line in log_lines if line.get("group") == "-100500"]
    assert [line["level"] for line in lines] == ([level] if level else [])
    if level == "warning":
        assert lines[0]["mend"] == str(error)


@pytest.mark.parametrize("bot", [None, FarBot(None)])
async def test_without_a_bot_it_is_to_be_tried_again(
    press: Callable[..., Any], account: int, bots: dict[PlatformName, Any], bot: FarBot | None
):
    """
    While another daemon has it, or it is starting.
    """
    bots[PlatformName.TELEGRAM] = bot

    answer = await press(InviteToGroup())

    assert "再试" in answer.notice


async def test_a_site_without_a_group_has_no_page(
    press: Callable[..., Any], account: int, configure: Configure, members: Members
):
    """
    The menu does not lead there; who comes by an old button is told.
    """
    await configure(telegram_chatid=-1)

    home, page = await press(OpenPage(Page.HOME)), await press(OpenPage(Page.GROUP))
    answer = await press(InviteToGroup())

    assert OpenPage(Page.GROUP) not in actions_of(home)
    assert "没有群组" in said(page)
    assert "没有群组" in answer.notice
    assert members.calls == []


async def test_other_platforms_have_no_group(desk: ChatDesk, add_account: AddAccount):
    """
    Discord and Slack have no page for it.
    """
    await add_account(im_type=2, im_value="88", locale="zh_CN")
    person = Person(platform=PlatformName.DISCORD, id="88", name="D")
    chat = Chat(target="99", is_private=True)

    home = await desk.command("menu", "", person, chat)
    page = await desk.press("pg:group", person, chat)

    assert OpenPage(Page.GROUP) not in actions_of(home)
    assert "没有群组" in said(page)


@pytest.mark.parametrize("action", [OpenPage(Page.GROUP), InviteToGroup(), LiftGroupBan()])
async def test_a_press_costs_two_statements_at_most(
    press: Callable[..., Any], account: int, statements: Any, action: Any
):
    """
    The look-up of the person, and nothing more.
    """
    await press(action)

    with statements() as seen:
        await press(action)

    assert len(seen) == 1


async def test_an_invitation_of_another_person_is_not_shown(
    press: Callable[..., Any], account: int, add_account: AddAccount
):
    """
    Each has his own.
    """
    await add_account(im_type=4, im_value=STRANGER.id)

    mine = await press(InviteToGroup())
    other = await press(InviteToGroup(), STRANGER, Chat(target=STRANGER.id, is_private=True))

    assert urls_of(mine) != urls_of(other)
    assert PRIVATE.target != STRANGER.id
