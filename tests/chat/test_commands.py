"""
Each command in each place: private and bound, private and not bound, the site's group, another.
"""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from core.actions import AskUnbind, BindByCode, CheckIn, OpenPage, Page, Unbind
from core.chat.desk import ChatDesk
from tests.chat.conftest import (
    ANONYMOUS,
    BOUND,
    OTHER_GROUP,
    PRIVATE,
    PRIVATE_URL,
    SITE_GROUP,
    STRANGER,
    Configure,
)
from tests.chat.reading import actions_of, said, urls_of

ALL = ("start", "help", "ping", "menu", "my", "checkin", "unbind")
ReadAccount = Callable[[int], Awaitable[Any]]


async def test_start_greets_a_bound_person_with_the_menu(desk: ChatDesk, account: int):
    """
    Greeting by name, and the pages of the menu.
    """
    answer = await desk.command("start", "", BOUND, PRIVATE)

    assert "Mei，你好" in said(answer)
    assert OpenPage(Page.ACCOUNT) in actions_of(answer)
    assert OpenPage(Page.SUBSCRIPTION) in actions_of(answer)
    assert CheckIn(BOUND.id) in actions_of(answer)
    assert urls_of(answer) == ["https://panel.example"]


async def test_an_unbound_person_is_shown_how_to_bind(desk: ChatDesk, account: int):
    """
    In private: what binding is for, the site's page, and the ways in chat.
    """
    for command in ("start", "menu", "my", "checkin"):
        answer = await desk.command(command, "", STRANGER, PRIVATE)

        assert "Link your account" in said(answer)
        assert urls_of(answer) == ["https://panel.example/user/edit"]
        assert actions_of(answer) == [BindByCode()]


async def test_the_group_leads_to_the_private_chat(desk: ChatDesk, account: int):
    """
    One line, and a button that opens the private chat.
    """
    for command in ("start", "menu", "unbind"):
        answer = await desk.command(command, "", BOUND, SITE_GROUP)

        assert urls_of(answer) == [PRIVATE_URL]
        assert actions_of(answer) == []
        assert answer is not None
        assert answer.message is not None
        assert len(answer.message.blocks) == 1


async def test_help_lists_every_command_everywhere(desk: ChatDesk, account: int):
    """
    A line each, for everybody.
    """
    for asker, chat in itertools.product((BOUND, STRANGER, ANONYMOUS), (PRIVATE, SITE_GROUP)):
        text = said(await desk.command("help", "", asker, chat))

        assert [command for command in ALL if f"/{command} - " not in text] == []


async def test_ping_names_the_ids(desk: ChatDesk, account: int):
    """
    The user's everywhere, the group's in groups.
    """
    in_private = said(await desk.command("ping", "", STRANGER, PRIVATE))
    in_group = said(await desk.command("ping", "", BOUND, SITE_GROUP))
    elsewhere = said(await desk.command("ping", "", BOUND, OTHER_GROUP))

    assert "7002" in in_private
    assert "-100" not in in_private
    assert ("7001" in in_group, "-100500" in in_group) == (True, True)
    assert ("7001" in elsewhere, "-100999" in elsewhere) == (True, True)


async def test_menu_of_a_bound_person(desk: ChatDesk, account: int):
    """
    The main menu; without the check-in where the site has none.
    """
    answer = await desk.command("menu", "", BOUND, PRIVATE)

    assert "Nimbus · 主菜单" in said(answer)
    assert CheckIn(BOUND.id) in actions_of(answer)


async def test_my_shows_the_account_and_its_subscription(desk: ChatDesk, account: int):
    """
    Name, level and its end, balance, speed limit, last use, traffic with shares, the address.
    """
    answer = await desk.command("my", "", BOUND, PRIVATE)

    text = said(answer)
    for fact in (
        "mei",
        "LV. 2",
        "2026年12月1日 12:00（7天后）",
        "¥12.50",
        "200 Mbps",
        "还没用过",
        "▰▱▱▱▱▱▱▱▱▱ 1 GB · 1%",
        "▰▱▱▱▱▱▱▱▱▱ 9 GB · 9%",
        "▰▰▰▰▰▰▰▰▰▱ 90 GB · 90%",
        "https://sub.example/sub/",
    ):
        assert fact in text
    assert AskUnbind() in actions_of(answer)


async def test_the_subscription_stays_the_same(desk: ChatDesk, account: int):
    """
    The token is made once, 16 hexadecimal characters.
    """
    first = said(await desk.command("my", "", BOUND, PRIVATE))
    second = said(await desk.command("my", "", BOUND, PRIVATE))

    assert first == second
    token = first.split("/sub/")[1].split("/")[0]
    assert len(token) == 16
    assert int(token, 16) >= 0


async def test_my_in_the_group_shows_no_more_than_traffic(desk: ChatDesk, account: int):
    """
    The asker's own, and a check-in button with his id; no name, balance or address.
    """
    answer = await desk.command("my", "", BOUND, SITE_GROUP)

    text = said(answer)
    assert "Mei 的流量" in text
    assert "90 GB" in text
    for secret in ("sub.example", "¥", "LV.", "mei\n"):
        assert secret not in text
    assert actions_of(answer) == [CheckIn(BOUND.id)]


async def test_an_unbound_person_in_the_group_gets_a_hint(desk: ChatDesk, account: int):
    """
    A line, and a button to the private chat.
    """
    for command in ("my", "checkin"):
        answer = await desk.command(command, "", STRANGER, SITE_GROUP)

        assert "not linked" in said(answer)
        assert urls_of(answer) == [PRIVATE_URL]


@pytest.mark.parametrize("chat", [PRIVATE, SITE_GROUP])
async def test_check_in_pays_once_a_day(desk: ChatDesk, account: int, chat: Any):
    """
    Reward and new total; then when it is possible again.
    """
    first = said(await desk.command("checkin", "", BOUND, chat))
    second = said(await desk.command("checkin", "", BOUND, chat))

    assert "获得 10 MB" in first
    assert "100.01 GB" in first
    assert "2026年11月25日 00:00 起" in second
    assert "7小时后" in second


async def test_check_in_that_is_off_pays_nothing(
    desk: ChatDesk, account: int, configure: Configure, read_account: ReadAccount
):
    """
    The switch holds for the command and the button.
    """
    before = await read_account(account)
    await configure(enable_checkin=0)

    text = said(await desk.command("checkin", "", BOUND, PRIVATE))

    assert "没有开放签到" in text
    assert await read_account(account) == before
    assert actions_of(await desk.command("my", "", BOUND, SITE_GROUP)) == []


async def test_unbind_asks_once_more(desk: ChatDesk, account: int, read_account: ReadAccount):
    """
    Nothing is changed by the question.
    """
    answer = await desk.command("unbind", "", BOUND, PRIVATE)

    assert actions_of(answer) == [Unbind(account), OpenPage(Page.HOME)]
    assert "mei" in said(answer)
    assert (await read_account(account)).im_value == BOUND.id


async def test_unbind_with_the_right_address_is_done_at_once(
    desk: ChatDesk, account: int, read_account: ReadAccount
):
    """
    Case and blanks do not matter; the account is reached by e-mail afterwards.
    """
    text = said(await desk.command("unbind", "  mei@example.COM ", BOUND, PRIVATE))

    row = await read_account(account)
    assert "已解除绑定" in text
    assert (row.im_type, row.im_value, row.contact_method) == (0, "", 1)


async def test_unbind_with_another_address_is_refused(
    desk: ChatDesk, account: int, read_account: ReadAccount
):
    """
    It is told, and says nothing of other accounts.
    """
    for address in ("bob@example.com", "' OR 1=1", "メイ", "\x00", "x" * 4000):
        text = said(await desk.command("unbind", address, BOUND, PRIVATE))

        assert "对不上" in text
    assert (await read_account(account)).im_value == BOUND.id


async def test_unbind_of_who_is_not_bound(desk: ChatDesk, account: int):
    """
    Is told so, whatever address he writes.
    """
    text = said(await desk.command("unbind", "mei@example.com", STRANGER, PRIVATE))

    assert "nothing to unlink" in text


async def test_another_group_gets_no_answer(desk: ChatDesk, account: int):
    """
    Only `/ping` is answered outside the site's group.
    """
    answered = [each for each in ALL if await desk.command(each, "", BOUND, OTHER_GROUP)]

    assert answered == ["ping"]


async def test_a_quiet_group_gets_no_answer(desk: ChatDesk, account: int, configure: Configure):
    """
    `telegram_group_quiet` silences every command in every group.
    """
    await configure(telegram_group_quiet=1)

    for command in (*ALL, "unknown"):
        assert await desk.command(command, "", BOUND, SITE_GROUP) is None
        assert await desk.command(command, "", BOUND, OTHER_GROUP) is None
        assert await desk.command(command, "", BOUND, PRIVATE) is not None


async def test_ping_finds_the_group_of_a_new_site(desk: ChatDesk, configure: Configure):
    """
    While no group is set it is answered in any, quiet or not; nothing else is.
    """
    await configure(telegram_chatid=-1, telegram_group_quiet=1)

    assert "-100999" in said(await desk.command("ping", "", STRANGER, OTHER_GROUP))
    assert await desk.command("my", "", STRANGER, OTHER_GROUP) is None


async def test_case_does_not_matter(desk: ChatDesk, account: int):
    """
    `/PING` is `/ping`.
    """
    assert "7001" in said(await desk.command("PING", "", BOUND, PRIVATE))


async def test_an_unknown_command_points_to_help(
    desk: ChatDesk, account: int, configure: Configure
):
    """
    A line in private, nothing in the group; the help itself where `help_any_command` wants it.
    """
    pointed = said(await desk.command("nope", "x", BOUND, PRIVATE))
    in_group = await desk.command("nope", "x", BOUND, SITE_GROUP)
    await configure(help_any_command=1)
    helped = said(await desk.command("nope", "x", BOUND, PRIVATE))

    assert "/help" in pointed
    assert "/unbind - " not in pointed
    assert in_group is None
    assert "/unbind - " in helped
    assert await desk.command("nope", "", BOUND, OTHER_GROUP) is None


async def test_an_anonymous_administrator_is_sent_to_the_private_chat(
    desk: ChatDesk, add_account: Any
):
    """
    The stand-in's id is nobody's: no account is looked up by it.
    """
    await add_account(im_type=4, im_value=ANONYMOUS.id)

    for command in ("start", "menu", "my", "checkin", "unbind"):
        answer = await desk.command(command, "", ANONYMOUS, SITE_GROUP)

        assert urls_of(answer) == [PRIVATE_URL]
        assert actions_of(answer) == []


async def test_ping_of_an_anonymous_administrator_names_the_group_only(desk: ChatDesk):
    """
    That is what he asks for.
    """
    text = said(await desk.command("ping", "", ANONYMOUS, SITE_GROUP))

    assert "-100500" in text
    assert ANONYMOUS.id not in text


async def test_ordinary_text_gets_a_hint_in_private_only(desk: ChatDesk, account: int):
    """
    The menu's button for a bound person, how to bind for others, whatever they write.
    """
    for text in ("", "hello", "x" * 4096, "\u202e\x00<b>", "😀" * 500):
        bound = await desk.text(text, BOUND, PRIVATE)
        stranger = await desk.text(text, STRANGER, PRIVATE)

        assert actions_of(bound) == [OpenPage(Page.HOME)]
        assert actions_of(stranger) == [BindByCode()]
        assert await desk.text(text, BOUND, SITE_GROUP) is None


async def test_a_banned_account_is_told_why_and_gets_no_subscription(
    desk: ChatDesk, add_account: Any
):
    """
    The reason as it was written, no address, no reward.
    """
    await add_account(
        im_type=4, im_value=BOUND.id, is_banned=1, banned_reason="<b>abuse</b>", locale="zh_CN"
    )

    text = said(await desk.command("my", "", BOUND, PRIVATE))
    reward = said(await desk.command("checkin", "", BOUND, PRIVATE))

    assert "已被封禁：<b>abuse</b>" in text
    assert "sub.example" not in text
    assert "不支持签到" in reward


async def test_a_shadow_banned_person_does_not_learn_it(desk: ChatDesk, add_account: Any):
    """
    His account looks like any other, and the refusal gives no reason.
    """
    await add_account(im_type=4, im_value=BOUND.id, is_shadow_banned=1, locale="zh_CN")

    text = said(await desk.command("my", "", BOUND, PRIVATE))
    reward = said(await desk.command("checkin", "", BOUND, PRIVATE))

    assert "sub.example" in text
    assert reward == "这个账号暂不支持签到。"


async def test_the_list_of_commands_is_there_for_every_reader(desk: ChatDesk):
    """
    All in private, in groups those that are of use there; in Telegram's form.
    """
    for tag in ("zh", "en", "ja", "zh-TW", None):
        private = desk.commands(tag, in_groups=False)
        assert {entry.name for entry in private} == set(ALL)
        assert all(1 <= len(entry.description) <= 256 for entry in private)
    in_groups = {entry.name for entry in desk.commands("en", in_groups=True)}
    assert in_groups == {"my", "checkin", "ping", "help"}


async def test_without_a_private_chats_address_there_is_no_button(desk: ChatDesk, account: int):
    """
    A platform without such an address still gets its line.
    """
    chat = replace(SITE_GROUP, private_chat_url=None)

    answer = await desk.command("start", "", BOUND, chat)

    assert urls_of(answer) == []
    assert "私聊" in said(answer)
