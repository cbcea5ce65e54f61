"""
Everything that can be said, in every language: nothing missing, nothing left unfilled, and names
of strangers as plain text.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from core.actions import AskUnbind, CheckBinding, CheckIn, OpenPage, Page, Unbind, encode
from core.chat.asking import Answer, Chat, Person
from core.chat.desk import ChatDesk
from tests.chat.conftest import ANONYMOUS, BOUND, PRIVATE, SITE_GROUP, STRANGER, Configure
from tests.chat.reading import heading_of, said

COMMANDS = ("start", "help", "ping", "menu", "my", "checkin", "unbind", "unknown")
HOSTILE_NAMES = (
    "<b>bold</b>",
    "_*[x](http://evil.example)",
    "{name} {0} %s",
    "&lt;`code`",
    "\u202eevil\u2066",
    "a\nb\x00\x1b[31m",
    "عبد الله",
    "👩‍👩‍👧",
    "",
    " \u3000 ",
    "x" * 500,
)
_MESSAGE_ID = re.compile(r"\b[a-z_]+\.[a-z_]+\b(?<!sub\.example)(?<!panel\.example)")
_PLACE = re.compile(r"[{}]")
_SCRIPTS = {
    "zh_CN": re.compile(r"[訂閱綁帳號網鈕複製請傳這]"),  # what only traditional Chinese writes
    "zh_TW": re.compile(r"[订阅绑账号网钮复请传这]"),
    "en_US": re.compile(r"[一-鿿぀-ヿ]"),
    "ja_JP": re.compile(r"[订阅绑账网钮请传这您你]"),
}


async def everything(desk: ChatDesk, bound: Person, other: Person, account: int) -> list[str]:
    """
    What two people can get to hear, in private and in the group.
    """
    askers: list[tuple[Person, Chat]] = [
        (bound, PRIVATE),
        (bound, SITE_GROUP),
        (other, PRIVATE),
        (other, SITE_GROUP),
        (replace(ANONYMOUS, language=other.language), SITE_GROUP),
    ]
    answers: list[Answer | None] = []
    for asker, chat in askers:
        answers += [await desk.command(each, "", asker, chat) for each in COMMANDS]
        answers += [await desk.text("hello", asker, chat)]
    answers += [await desk.command("unbind", "no@example.com", bound, PRIVATE)]
    for asker, chat in askers[:4]:
        for action in (
            *(OpenPage(page) for page in Page),
            CheckBinding(),
            CheckIn(asker.id),
            CheckIn("5"),
            AskUnbind(),
            Unbind(account + 1),
        ):
            answers.append(await desk.press(encode(action), asker, chat))
        answers.append(await desk.press("stale", asker, chat))
    answers += [await desk.press(encode(Unbind(account)), bound, PRIVATE)]
    return [said(answer) for answer in answers if answer is not None]


@pytest.mark.parametrize("locale", ["zh_CN", "en_US", "zh_TW", "ja_JP"])
async def test_everything_is_said_in_the_readers_language(
    desk: ChatDesk, add_account: Any, locale: str
):
    """
    No name of a message, no unfilled place, no word of another language's script.
    """
    bound = replace(BOUND, name="Q")
    other = replace(STRANGER, language=locale)
    account = await add_account(user_name="q", im_type=4, im_value=BOUND.id, locale=locale)

    texts = await everything(desk, bound, other, account)

    assert len(texts) > 60
    for text in texts:
        assert not _MESSAGE_ID.search(text), text
        assert not _PLACE.search(text), text
        assert not _SCRIPTS[locale].search(text), text


async def test_a_hostile_name_is_plain_text_on_one_line(desk: ChatDesk, add_account: Any):
    """
    As written, without what could turn or break what follows; never a message without a heading.
    """
    for number, name in enumerate(HOSTILE_NAMES):
        asker = replace(BOUND, id=str(number), name=name)
        await add_account(user_name=name[:32], im_type=4, im_value=asker.id, locale="en_US")

        hello = await desk.command("start", "", asker, PRIVATE)
        traffic = await desk.command("my", "", asker, SITE_GROUP)
        page = await desk.command("my", "", asker, PRIVATE)

        for answer in (hello, traffic):
            heading = heading_of(answer)
            assert heading
            assert all(char.isprintable() or char in "\u200c\u200d" for char in heading)
            assert len(heading) < 100
        if name.isprintable() and 0 < len(name) <= 32 and name.strip():
            assert all(name in said(answer) for answer in (hello, traffic, page))


@pytest.mark.parametrize(
    ("account_locale", "platform_language", "expected"),
    [
        ("ja_JP", "en", "こんにちは"),
        ("zh-TW", "ja", "你好"),
        ("xx", "en-GB", "Hello"),
        ("", None, "你好"),
    ],
)
async def test_the_accounts_language_comes_first(
    desk: ChatDesk,
    add_account: Any,
    account_locale: str,
    platform_language: str | None,
    expected: str,
):
    """
    Then the platform's, then the site's.
    """
    await add_account(im_type=4, im_value=BOUND.id, locale=account_locale)

    answer = await desk.command("start", "", replace(BOUND, language=platform_language), PRIVATE)

    assert expected in said(answer)


async def test_a_zero_reward_uses_the_day(
    desk: ChatDesk,
    account: int,
    configure: Configure,
    read_account: Callable[[int], Awaitable[Any]],
):
    """
    It is told kindly, and there is no second draw.
    """
    await configure(checkin_min=0, checkin_max=0)

    first = said(await desk.command("checkin", "", BOUND, PRIVATE))
    second = said(await desk.command("checkin", "", BOUND, PRIVATE))

    assert "没抽到" in first
    assert "已经签过到" in second
    assert (await read_account(account)).transfer_enable == 100 * 1024**3


async def test_swapped_bounds_pay_by_the_last_good_ones(
    desk: ChatDesk, account: int, configure: Configure
):
    """
    A mistake of the operator stops nobody's check-in.
    """
    await configure(checkin_min=90)

    text = said(await desk.command("checkin", "", BOUND, PRIVATE))

    assert "获得 10 MB" in text
