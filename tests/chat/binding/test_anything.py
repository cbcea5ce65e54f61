"""
Whatever unbound people do, in whatever order: each gets an answer, in every language.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.actions import (
    Action,
    AskUnbind,
    BindByCode,
    BindByEmail,
    BindByLink,
    CheckBinding,
    CheckIn,
    OpenPage,
    PadKey,
    Page,
    PressKey,
    SendCodeAgain,
    Unbind,
)
from core.chat.asking import Answer
from core.message import Button, Message, OpenUrl
from core.texts.binding import done_on_site
from core.texts.languages import Language
from core.texts.words import Words
from tests.chat.binding.conftest import BindingSite, Visitor, wrong
from tests.chat.reading import actions_of, said, text_of

ADDRESS = "lee@example.com"
LINK = "https://sub.example/sub/0123456789abcdef"
ACTIONS: tuple[Action, ...] = (
    BindByEmail(),
    BindByCode(),
    BindByLink(),
    SendCodeAgain(),
    CheckBinding(),
    OpenPage(Page.HOME),
    OpenPage(Page.ACCOUNT),
    AskUnbind(),
    Unbind(1),
    CheckIn("8001"),
    *(PressKey(key) for key in PadKey),
)
TEXTS = (
    "hello",
    ADDRESS,
    "lee1@example.com",
    "nobody@example.com",
    "a@b@c",
    "' OR 1=1",
    "000000",
    "ABCDEFGH2345",
    LINK,
)
_MESSAGE_ID = re.compile(r"\b[a-z_]+\.[a-z_]+\b(?<!\.example)(?<!example\.com)")
_SCRIPTS = {
    Language.ZH_CN: re.compile(r"[訂閱綁帳號網鈕複製請傳這]"),
    Language.ZH_TW: re.compile(r"[订阅绑账号网钮复请传这]"),
    Language.EN_US: re.compile(r"[一-鿿぀-ヿ]"),
    Language.JA_JP: re.compile(r"[订阅绑账号网钮请传这您你]"),
}


@st.composite
def _steps(draw: st.DrawFn) -> tuple[str, Any]:
    kind = draw(st.sampled_from(["press", "text", "command", "code", "time"]))
    values: dict[str, st.SearchStrategy[Any]] = {
        "press": st.sampled_from(ACTIONS),
        "text": st.sampled_from(TEXTS) | st.none() | st.text(max_size=80),
        "command": st.sampled_from(["start", "start menu", "start ABCDEFGH2345", "menu", "my"])
        | st.text(max_size=20).map(lambda text: f"start {text}"),
        "code": st.booleans(),
        "time": st.sampled_from([1, 20, 40]),
    }
    return kind, draw(values[kind])


async def take(site: BindingSite, lee: Visitor, kind: str, value: Any) -> Answer | None:
    """
    One thing that a person does; `Visitor` asserts that it is answered.
    """
    match kind:
        case "press":
            return await lee.presses(value)
        case "text":
            return await lee.sends(value)
        case "command":
            return await lee.commands(*value.split(" ", 1))
        case "code":
            mails = await site.mails()
            code = mails[-1]["code"] if mails else "123456"
            return await lee.sends(code if value else wrong(code))
        case _:
            site.time.passes(timedelta(minutes=value))
            return None


@pytest.fixture
def numbers() -> Iterator[int]:
    return itertools.count(1)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(_steps(), max_size=12))
async def test_nothing_goes_unanswered(
    site: BindingSite, add_account: Any, numbers: Iterator[int], steps: list[tuple[str, Any]]
):
    """
    No order of presses, texts, codes, commands and pauses fails or says nothing.
    """
    number = next(numbers)
    await add_account(email=f"lee{number}@example.com")
    lee = site.visitor(number)

    for kind, value in steps:
        answer = await take(site, lee, kind, value)

        assert answer is None or answer.message is not None or answer.notice


@pytest.fixture
def words(site: BindingSite) -> Callable[[Language], Words]:
    return site.office.desk._catalogues.words


async def everything(site: BindingSite, lee: Visitor) -> list[Answer]:
    """
    All that binding can say to one person.
    """
    desk_codes = site.office.services.ways.bind_codes
    answers = [await lee.commands("start"), await lee.sends(None)]
    answers += [await lee.presses(PressKey(PadKey.ONE)), await lee.presses(CheckBinding())]
    answers += [await lee.sends("000000"), await lee.sends("a@b@c")]
    answers += [await lee.presses(BindByEmail()), await lee.sends(None), await lee.sends("nothing")]
    answers += [await lee.sends(ADDRESS), await lee.sends("x"), await lee.presses(SendCodeAgain())]
    answers += [await lee.presses(PressKey(PadKey.DELETE)), await lee.presses(PressKey(PadKey.ONE))]
    answers += [await lee.sends(wrong(await site.code())) for _ in range(5)]
    answers += [await lee.presses(BindByCode()), await lee.sends("x"), await lee.sends(None)]
    answers += [await lee.commands("start", "ABCDEFGH2345")]
    site.time.passes(timedelta(hours=25))
    late = await desk_codes.make(1)
    site.time.passes(timedelta(minutes=20))
    answers += [await lee.commands("start", late.code), await lee.presses(BindByLink())]
    answers += [await lee.sends("x"), await lee.sends(None)]
    site.time.passes(timedelta(minutes=40))
    answers += [await lee.sends(LINK)]
    for account in (2, 3, 4):
        code = (await desk_codes.make(account)).code
        answers += [await lee.commands("start", code)]
    answers += [await lee.sends(ADDRESS) for _ in range(6)]
    answers += [await lee.presses(BindByLink()), await lee.sends(LINK)]
    answers += [await lee.presses(BindByCode()), await lee.presses(BindByEmail())]
    return answers


@pytest.mark.parametrize("language", list(Language))
async def test_everything_is_said_in_the_readers_language(
    site: BindingSite, add_account: Any, language: Language, words: Callable[[Language], Words]
):
    """
    No name of a message, no unfilled place, no word of another language's script; short buttons.
    """
    await add_account(email=ADDRESS, user_name="q", locale="")
    await site.add_subscription(1, "0123456789abcdef")
    await add_account(is_banned=1, banned_reason="spam")
    await add_account(is_banned=1)
    await add_account(im_type=4, im_value="9999")
    lee = site.visitor(language=language.value)

    answers = await everything(site, lee)

    texts = [said(answer) for answer in answers]
    texts.append(text_of(done_on_site(words(language), {"name": "q"})))
    assert len(texts) > 40
    for text in texts:
        assert not _MESSAGE_ID.search(text), text
        assert "{" not in text
        assert not _SCRIPTS[language].search(text), text
    for answer in answers:
        for button in _buttons(answer.message):
            assert len(button.label) <= 24, button


async def test_the_notice_of_a_binding_on_the_site(
    site: BindingSite, words: Callable[[Language], Words]
):
    """
    Whose account it is, and a button that opens the menu; a hostile name is plain text on one line.
    """
    message = done_on_site(words(Language.EN_US), {"name": "<b>\nevil\u202e"})

    assert "<b> evil" in text_of(message)
    assert "\u202e" not in text_of(message)
    assert actions_of(Answer(message=message)) == [OpenPage(Page.HOME)]


def _buttons(message: Message | None) -> list[Button]:
    rows = () if message is None else message.buttons
    return [button for row in rows for button in row if not isinstance(button.does, OpenUrl)]
