"""
Binding with a code from the site: behind `/start`, and typed.
"""

from datetime import timedelta
from typing import Any

import pytest

from core.actions import AskUnbind, BindByCode, OpenPage, Page
from core.chat.asking import Answer
from tests.chat.binding.conftest import BindingSite, OpenSite, Visitor
from tests.chat.reading import actions_of, said, urls_of

WRONG = "ABCDEFGH2345"
NO_CODES = ("menu", "ref_12345678", "x" * 64, "' OR 1=1", "\x00", "😀", "-", "a" * 4096)


@pytest.fixture
async def account(add_account: Any) -> int:
    return await add_account(user_name="lee", email="lee@example.com", locale="en_US")


@pytest.fixture
async def code(site: BindingSite, account: int) -> str:
    return (await site.office.services.ways.bind_codes.make(account)).code


def is_menu(answer: Answer) -> bool:
    return OpenPage(Page.ACCOUNT) in actions_of(answer)


async def test_the_sites_link_binds(site: BindingSite, lee: Visitor, account: int, code: str):
    """
    One press there, one here; the code is good once.
    """
    done = await lee.commands("start", code)
    again = await lee.commands("start", code)
    other = await site.visitor(2).commands("start", code)

    assert "Your account lee is linked" in said(done)
    assert "example.com" not in said(done)
    assert is_menu(done)
    assert AskUnbind() in actions_of(done)
    assert "linked an account already" in said(again)
    assert "no such code" in said(other)
    assert BindByCode() in actions_of(other)
    assert await site.holder(account) == lee.person.id


@pytest.mark.parametrize(
    "change", [str, str.lower, lambda code: f" {code[:4]} {code[4:8]}-{code[8:]} "]
)
async def test_a_typed_code_binds(
    site: BindingSite, lee: Visitor, account: int, code: str, change: Any
):
    """
    After it is told where it comes from; case, blanks and dashes do not matter.
    """
    await lee.commands("start")
    asked = await lee.taps(BindByCode())
    done = await lee.sends(change(code))

    assert asked.replaces
    assert "Sign in on the site" in said(asked)
    assert urls_of(asked) == ["https://panel.example"]
    assert "is linked" in said(done)
    assert await site.steps() == []


async def test_wrong_texts_leave_the_step(site: BindingSite, lee: Visitor, account: int, code: str):
    """
    Whatever is no code of today is told so, pictures as well; the right one binds after that.
    """
    await lee.presses(BindByCode())

    for text in (*NO_CODES, WRONG):
        answer = await lee.sends(text)
        assert "no such code" in said(answer)
        assert "Sign in on the site" in said(answer)
    picture = await lee.sends(None)
    done = await lee.sends(code)

    assert "answer with text" in said(picture)
    assert "is linked" in said(done)


async def test_what_is_no_code_is_the_plain_greeting(site: BindingSite, lee: Visitor, account: int):
    """
    Links that only lead here show the prompt, or the menu to who is bound.
    """
    for payload in NO_CODES:
        assert "Link your account" in said(await lee.commands("start", payload))


async def test_who_is_bound_is_greeted_or_told(
    site: BindingSite, lee: Visitor, account: int, code: str, add_account: Any
):
    """
    A code does nothing then, and stays good.
    """
    await add_account(im_type=4, im_value=lee.person.id, locale="en_US")

    greeting = await lee.commands("start", "menu")
    told = await lee.commands("start", code)
    done = await site.visitor(2).commands("start", code)

    assert is_menu(greeting)
    assert "linked an account already" in said(told)
    assert AskUnbind() in actions_of(told)
    assert "is linked" in said(done)


async def test_a_late_code_says_where_to_get_another(
    site: BindingSite, lee: Visitor, account: int, code: str
):
    """
    Behind `/start` and typed.
    """
    site.time.passes(timedelta(minutes=11))

    behind_start = await lee.commands("start", code)
    await lee.presses(BindByCode())
    typed = await lee.sends(code)

    for answer in (behind_start, typed):
        assert "get a new one on the site" in said(answer)
        assert BindByCode() in actions_of(answer)
    assert await site.holder(account) is None


async def test_a_step_left_alone_is_over(site: BindingSite, lee: Visitor, account: int, code: str):
    """
    Told once, with a button that begins again.
    """
    await lee.presses(BindByCode())
    site.time.passes(timedelta(minutes=31))

    told = await lee.sends(code)
    later = await lee.sends("hello")

    assert "has expired" in said(told)
    assert BindByCode() in actions_of(told)
    assert "Link your account" in said(later)


async def test_guessing_stops(site: BindingSite, lee: Visitor, account: int, code: str):
    """
    Even the right code has to wait then; until when is told.
    """
    for number in range(5):
        await lee.commands("start", f"ABCDEFGH234{number}")

    refused = await lee.commands("start", code)
    site.time.passes(timedelta(minutes=1, seconds=1))
    done = await lee.commands("start", code)

    assert "too many wrong tries" in said(refused)
    assert "is linked" in said(done)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"is_banned": 1, "banned_reason": "abuse"}, "Reason: abuse"),
        ({"im_type": 4, "im_value": "9999"}, "linked to another user"),
    ],
)
async def test_refusals_say_what_to_do(
    site: BindingSite, lee: Visitor, add_account: Any, columns: dict[str, Any], told: str
):
    """
    Banned, or bound elsewhere: that one is unbound on the site's page.
    """
    account = await add_account(**columns)
    code = (await site.office.services.ways.bind_codes.make(account)).code

    refused = await lee.commands("start", code)

    assert told in said(refused)
    assert OpenPage(Page.HOME) in actions_of(refused)
    assert ("im_type" in columns) == (urls_of(refused) == ["https://panel.example/user/edit"])


async def test_a_deleted_account_is_told(site: BindingSite, lee: Visitor, account: int, code: str):
    """
    Nothing is bound.
    """
    await site.delete_accounts()

    gone = await lee.commands("start", code)

    assert "no longer exists" in said(gone)


async def test_start_with_a_code_ends_what_was_going_on(
    site: BindingSite, lee: Visitor, account: int
):
    """
    A wrong code behind `/start` leaves no older step waiting.
    """
    await lee.sends("lee@example.com")
    await lee.commands("start", WRONG)

    answer = await lee.sends(await site.code())

    assert "not waiting for a code" in said(answer)


async def test_codes_of_a_site_that_takes_none_do_nothing(open_site: OpenSite, add_account: Any):
    """
    The prompt instead.
    """
    site = await open_site(binding_methods="email")
    account = await add_account()
    code = (await site.office.services.ways.bind_codes.make(account)).code

    answer = await site.visitor().commands("start", code)

    assert "Link your account" in said(answer)
    assert await site.holder(account) is None
