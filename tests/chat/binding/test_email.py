"""
Binding by e-mail from the address to the menu: typed, and by presses alone.
"""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.actions import (
    AskUnbind,
    BindByEmail,
    OpenPage,
    PadKey,
    Page,
    PressKey,
    SendCodeAgain,
)
from core.chat.asking import Answer
from core.chat.features.binding.number_pad import typed_after
from tests.chat.binding.conftest import BindingSite, Visitor, lines, wrong
from tests.chat.conftest import Configure
from tests.chat.reading import actions_of, said, text_of

ADDRESS = "lee@example.com"
EMPTY = "□ □ □ □ □ □"
NO_ADDRESSES = (
    "",
    " ",
    "lee",
    "' OR 1=1",
    "' OR 1=1 --@x",
    "lee@",
    "@example.com",
    "a@example.com b@example.com",
    "a@example.com,b@example.com",
    "a@example.com\nb@example.com",
    "<b>@example.com",
    "x" * 4096,
    "@" * 4096,
    f"{'x' * 4000}@example.com",
    "\x00@\x00",
    "😀" * 500,
)


@pytest.fixture
async def account(add_account: Any) -> int:
    return await add_account(user_name="lee", email=ADDRESS, locale="en_US")


async def wait_for_code(lee: Visitor, address: str = ADDRESS) -> Answer:
    """
    Come to the number pad.
    """
    await lee.commands("start")
    await lee.taps(BindByEmail())
    return await lee.sends(address)


async def test_a_typed_code_binds(site: BindingSite, lee: Visitor, account: int):
    """
    From `/start` to the menu: the account's name, „not you?", the pages.
    """
    asked = await lee.commands("start")
    step = await lee.taps(BindByEmail())
    pad = await lee.sends(ADDRESS)
    (mail,) = await site.mails()
    done = await lee.sends(mail["code"])

    assert not asked.replaces
    assert step.replaces
    assert "6-digit code" in said(step)
    assert f"If {ADDRESS} belongs to an account" in said(pad)
    assert "17:35" in said(pad).replace("5:35", "17:35")
    assert EMPTY in lines(pad)
    assert mail["to"] == ADDRESS
    assert mail["subject"] == "Your Nimbus linking code"
    assert "35" in mail["expire"]
    assert "Your account lee is linked" in said(done)
    assert {OpenPage(Page.ACCOUNT), AskUnbind()} <= set(actions_of(done))
    assert await site.holder(account) == lee.person.id
    assert await site.steps() == []


async def test_presses_alone_bind(site: BindingSite, lee: Visitor, account: int):
    """
    The pad shows the digits in place, the sixth one proves; the menu takes the pad's place.
    """
    await wait_for_code(lee)
    code = await site.code()

    shown = [await lee.taps(PressKey(PadKey(digit))) for digit in code[:5]]
    done = await lee.taps(PressKey(PadKey(code[5])))

    for number, answer in enumerate(shown, start=1):
        assert answer.replaces
        assert " ".join(code[:number].ljust(6, "□")) in lines(answer)
    assert done.replaces
    assert "is linked" in said(done)
    assert await site.holder(account) == lee.person.id


async def test_digits_can_be_taken_back(site: BindingSite, lee: Visitor, account: int):
    """
    The last one or all; where there is none, a word says so and the pad stays.
    """
    await wait_for_code(lee)
    nothing = [await lee.taps(PressKey(key)) for key in (PadKey.DELETE, PadKey.CLEAR)]
    await lee.taps(PressKey(PadKey.ONE))
    await lee.taps(PressKey(PadKey.TWO))

    one_back = await lee.taps(PressKey(PadKey.DELETE))
    await lee.taps(PressKey(PadKey.THREE))
    cleared = await lee.taps(PressKey(PadKey.CLEAR))

    for answer in nothing:
        assert answer.message is None
        assert answer.notice
    assert "1 □ □ □ □ □" in lines(one_back)
    assert EMPTY in lines(cleared)


@given(keys=st.lists(st.sampled_from(PadKey), max_size=30))
def test_typed_digits_follow_the_keys(keys: list[PadKey]):
    """
    As a list that is appended to, cut and emptied.
    """
    typed, model = "", list[str]()

    for key in keys:
        typed = typed_after(typed, key)
        if key is PadKey.DELETE:
            model = model[:-1]
        elif key is PadKey.CLEAR:
            model = []
        else:
            model.append(key.value)

    assert typed == "".join(model)


async def test_fast_taps_lose_no_digit(site: BindingSite, lee: Visitor, account: int):
    """
    Five at once, of the same digit: all are there, in whatever order they came.
    """
    await wait_for_code(lee)

    await asyncio.gather(*(lee.presses(PressKey(PadKey.SEVEN)) for _ in range(5)))
    back = await lee.presses(PressKey(PadKey.DELETE))

    assert "7 7 7 7 □ □" in lines(back)


async def test_the_last_digit_tapped_many_times_binds_once(
    site: BindingSite, lee: Visitor, account: int
):
    """
    One is answered with the menu, the others leave it in sight.
    """
    await wait_for_code(lee)
    code = await site.code()
    for digit in code[:5]:
        await lee.presses(PressKey(PadKey(digit)))

    answers = await asyncio.gather(*(lee.presses(PressKey(PadKey(code[5]))) for _ in range(4)))

    assert sum("Your account lee is linked" in said(answer) for answer in answers) == 1
    assert sum(answer.message is not None for answer in answers) == 1
    assert await site.holder(account) == lee.person.id


async def test_a_tap_costs_two_statements(
    site: BindingSite, lee: Visitor, account: int, statements: Any
):
    """
    The look-up and one conditional step, digit or deletion.
    """
    await wait_for_code(lee)

    for key in (PadKey.ONE, PadKey.TWO, PadKey.DELETE, PadKey.CLEAR):
        with statements() as seen:
            await lee.taps(PressKey(key))
        assert len(seen) == 2


@pytest.mark.parametrize(
    "typed", ["{}", " {} ", "{0[0]}{0[1]} {0[2]}{0[3]} {0[4]}{0[5]}", "{0[0]}-{0[1]}", "wide"]
)
async def test_codes_are_read_generously(site: BindingSite, lee: Visitor, account: int, typed: str):
    """
    With blanks, dashes and full-width digits.
    """
    await wait_for_code(lee)
    code = await site.code()
    if typed == "wide":
        given_code = code.translate({ord("0") + digit: ord("０") + digit for digit in range(10)})
    elif typed == "{0[0]}-{0[1]}":
        given_code = f"{code[:3]}-{code[3:]}"
    else:
        given_code = typed.format(code)

    done = await lee.sends(given_code)

    assert "is linked" in said(done)


async def test_wrong_codes_tell_the_tries_left_until_the_code_is_spent(
    site: BindingSite, lee: Visitor, account: int
):
    """
    Typed and tapped count alike; what is no code counts nothing; in the end one begins again.
    """
    await wait_for_code(lee)
    bad = wrong(await site.code())

    no_code = await lee.sends("12345")
    typed = await lee.sends(bad)
    tapped = await lee.taps_code(bad)
    third, fourth = await lee.sends(bad), await lee.sends(bad)
    spent = await lee.taps_code(bad)
    right = await lee.sends(await site.code())
    again = await lee.presses(BindByEmail())

    assert "enter the 6-digit code" in said(no_code)
    assert "You have 4 tries left" in said(typed)
    assert not typed.replaces
    assert "You have 3 tries left" in said(tapped)
    assert tapped.replaces
    assert EMPTY in lines(tapped)
    assert "2 tries left" in said(third)
    assert "1 try left" in said(fourth)
    assert spent.replaces
    assert BindByEmail() in actions_of(spent)
    assert "no longer works" in said(spent)
    assert "not waiting for a code" in said(right)
    assert "6-digit code" in said(again)
    assert await site.holder(account) is None


async def test_too_many_wrong_codes_pause(site: BindingSite, lee: Visitor, account: int):
    """
    Until when is told, typed or tapped; the pad keeps what was tapped, and goes on after that.
    """
    for _ in range(5):
        await wait_for_code(lee)
        await lee.sends(wrong(await site.code()))
    code = await site.code()

    typed = await lee.sends(code)
    tapped = await lee.taps_code(code)
    site.time.passes(timedelta(minutes=1, seconds=1))
    done = await lee.presses(PressKey(PadKey(code[5])))

    assert "too many wrong tries" in said(typed)
    assert "17:06" in said(typed).replace("5:06", "17:06")
    assert tapped.message is None
    assert tapped.is_alert
    assert "too many wrong tries" in said(tapped)
    assert "is linked" in said(done)


async def test_an_address_alone_begins(site: BindingSite, lee: Visitor, account: int):
    """
    Without any press, also while another way waits; capitals and blanks do not matter.
    """
    for before in (None, "start"):
        if before:
            await lee.commands(before)
        pad = await lee.sends("  LEE@Example.COM ")
        assert f"If {ADDRESS}" in said(pad)
    for key in ("bc", "bl"):
        await site.office.desk.press(key, lee.person, lee.chat)
        assert "Enter the code" in said(await lee.sends(ADDRESS))

    done = await lee.sends(await site.code())

    assert "is linked" in said(done)


async def test_it_is_not_told_whether_an_address_is_known(
    site: BindingSite, lee: Visitor, account: int, add_account: Any
):
    """
    The same words for an account's address, a banned or bound one's, and nobody's; nobody's code is
    wrong like any other.
    """
    await add_account(email="banned@example.com", is_banned=1, banned_reason="abuse")
    await add_account(email="taken@example.com", im_type=4, im_value="9999")
    known = ("lee@example.com", "banned@example.com", "taken@example.com", "nobody@example.com")

    pads = [await site.visitor(number).sends(email) for number, email in enumerate(known)]
    nobody = site.visitor(3)
    guesses = [await nobody.sends(f"{number:06}") for number in range(3)]

    texts = {said(pad).replace(email, "ADDRESS") for pad, email in zip(pads, known, strict=True)}
    assert len(texts) == 1
    for left, guess in zip((4, 3, 2), guesses, strict=True):
        assert f"{left} tries left" in said(guess)


async def test_what_is_no_address_is_told_clearly(site: BindingSite, lee: Visitor, account: int):
    """
    The step stays, nothing is mailed, and the next right one goes on.
    """
    await lee.commands("start")
    await lee.taps(BindByEmail())

    for text in NO_ADDRESSES:
        answer = await lee.sends(text)
        assert "does not look like an e-mail address" in said(answer)
        assert "6-digit code" in said(answer)
        assert len(said(answer)) < 500
    pad = await lee.sends(ADDRESS)

    assert "Enter the code" in said(pad)
    assert len(await site.mails()) == 1


async def test_unasked_texts_never_break(site: BindingSite, lee: Visitor, account: int):
    """
    The same texts without a step: the prompt, or what is wrong with the address.
    """
    for text in NO_ADDRESSES:
        answer = await lee.sends(text)
        wanted = "does not look like" if "@" in text else "Link your account"
        assert wanted in said(answer)
    assert await site.mails() == []


async def test_pictures_leave_the_step_as_it_is(site: BindingSite, lee: Visitor, account: int):
    """
    A kind word says that a text is expected, the pad shows what was tapped.
    """
    await lee.commands("start")
    await lee.taps(BindByEmail())
    at_address = await lee.sends(None)
    await lee.sends(ADDRESS)
    await lee.taps(PressKey(PadKey.FOUR))
    at_code = await lee.sends(None)
    done = await lee.sends(await site.code())

    assert "answer with text" in said(at_address)
    assert "6-digit code" in said(at_address)
    assert "answer with text" in said(at_code)
    assert "4 □ □ □ □ □" in lines(at_code)
    assert "is linked" in said(done)


async def test_another_mail_can_be_asked_for_within_limits(
    site: BindingSite, lee: Visitor, account: int
):
    """
    The newest code counts; after five mails an hour it says when there can be another.
    """
    await wait_for_code(lee)
    first = await site.code()
    again = [await lee.taps(SendCodeAgain()) for _ in range(4)]
    refused = await lee.taps(SendCodeAgain())
    also = await site.visitor(2).sends(ADDRESS)
    latest = await site.code()
    old = await lee.sends(first) if first != latest else None
    done = await lee.sends(latest)

    for answer in again:
        assert answer.replaces
        assert "Another mail is on its way" in said(answer)
    assert refused.message is None
    assert refused.is_alert
    assert "6:05" in said(refused)
    assert "too often" in said(also)
    assert OpenPage(Page.HOME) in actions_of(also)
    assert old is None or "tries left" in said(old)
    assert "is linked" in said(done)
    assert len(await site.mails()) == 5


async def test_the_address_can_be_changed(site: BindingSite, lee: Visitor, account: int):
    """
    By the button below the pad, or by sending another one; the first code is void.
    """
    await wait_for_code(lee, "wrong@example.com")
    asked = await lee.taps(BindByEmail())
    await lee.sends("also.wrong@example.com")
    pad = await lee.sends(ADDRESS)
    done = await lee.sends(await site.code())

    assert asked.replaces
    assert "Send me your account" in said(asked)
    assert f"If {ADDRESS}" in said(pad)
    assert "is linked" in said(done)


async def test_a_code_that_is_late_is_told_so(site: BindingSite, lee: Visitor, account: int):
    """
    Typed or tapped after half an hour: expired, and a button that begins again; told once.
    """
    await wait_for_code(lee)
    site.time.passes(timedelta(minutes=29))
    on_time = await lee.taps(PressKey(PadKey.ONE))
    site.time.passes(timedelta(minutes=1))

    tapped = await lee.taps(PressKey(PadKey.TWO))
    typed_later = await lee.sends(await site.code())
    await wait_for_code(lee)
    site.time.passes(timedelta(minutes=31))
    typed = await lee.sends(await site.code())
    later = await lee.sends("hello")

    assert "1 □ □ □ □ □" in lines(on_time)
    for answer in (tapped, typed):
        assert "has expired" in said(answer)
        assert BindByEmail() in actions_of(answer)
    assert "not waiting for a code" in said(typed_later)
    assert BindByEmail() in actions_of(typed_later)
    assert "Link your account" in said(later)
    assert await site.holder(account) is None


async def test_a_pad_of_another_step_shows_where_one_stands(
    site: BindingSite, lee: Visitor, account: int
):
    """
    An older pad goes on with the code that is expected now; without one, with the step or prompt.
    """
    await wait_for_code(lee, "old@example.com")
    await wait_for_code(lee)
    goes_on = await lee.presses(PressKey(PadKey.ONE))
    await lee.presses(BindByEmail())
    at_address = await lee.presses(PressKey(PadKey.TWO))
    await lee.commands("start")
    at_prompt = await lee.presses(PressKey(PadKey.THREE))
    again = await lee.presses(SendCodeAgain())

    assert f"If {ADDRESS}" in said(goes_on)
    assert "Send me your account" in said(at_address)
    assert "Link your account" in said(at_prompt)
    assert at_address.replaces
    assert at_address.notice
    assert "Link your account" in said(again)


async def test_who_is_bound_meanwhile_is_told_so(
    site: BindingSite, lee: Visitor, account: int, add_account: Any
):
    """
    On the site, in the middle of a step: whatever he does next, binding is over.
    """
    await wait_for_code(lee)
    await add_account(im_type=4, im_value=lee.person.id, locale="en_US")

    tapped = await lee.presses(PressKey(PadKey.ONE))
    told = [
        await lee.sends(await site.code()),
        await lee.presses(SendCodeAgain()),
        await lee.presses(BindByEmail()),
    ]
    later = await lee.sends("hello")

    assert tapped.message is None
    assert "/menu" in said(tapped)
    for answer in told:
        assert "linked an account already" in said(answer)
        assert AskUnbind() in actions_of(answer)
    assert "commands and buttons only" in said(later)
    assert await site.holder(account) is None


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"is_banned": 1, "banned_reason": "<b>abuse</b>"}, "Reason: <b>abuse</b>"),
        ({"is_banned": 1, "banned_reason": ""}, "This account is banned and cannot"),
        ({"im_type": 4, "im_value": "9999"}, "linked to another user"),
    ],
)
async def test_refusals_are_told_after_the_right_code(
    site: BindingSite, lee: Visitor, add_account: Any, columns: dict[str, Any], told: str
):
    """
    The reason, and what to do; nothing is bound and the step is over.
    """
    account = await add_account(email=ADDRESS, **columns)
    before = await site.holder(account)
    await wait_for_code(lee)

    refused = await lee.taps_code(await site.code())

    assert told in said(refused)
    assert refused.replaces
    assert OpenPage(Page.HOME) in actions_of(refused)
    assert await site.holder(account) == before
    assert await site.steps() == []


async def test_a_way_that_is_switched_off_meanwhile_is_over(
    site: BindingSite, lee: Visitor, account: int, configure: Configure
):
    """
    No mail is promised that does not go.
    """
    await lee.commands("start")
    await lee.taps(BindByEmail())
    await configure(email_driver="none")

    answer = await lee.sends(ADDRESS)

    assert "Link your account" in said(answer)
    assert BindByEmail() not in actions_of(answer)
    assert await site.mails() == []


async def test_the_pad_fits_every_platform(site: BindingSite, lee: Visitor, account: int):
    """
    Five rows of at most three short buttons, no two that look alike.
    """
    await wait_for_code(lee)

    assert lee.shown is not None
    rows = lee.shown.buttons
    labels = [button.label for row in rows for button in row]
    assert len(rows) == 5
    assert all(len(row) == 3 for row in rows)
    assert len(set(labels)) == len(labels)
    assert "🔗" not in text_of(lee.shown)
