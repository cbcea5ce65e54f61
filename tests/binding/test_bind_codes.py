"""
Binding by a code that the site hands out.
"""

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config_store.panel.accounts import AccountGoneError
from core.accounts.binding.bind_codes import new_bind_code
from core.accounts.binding.outcomes import (
    AccountBanned,
    AccountGone,
    Bound,
    PersonBoundElsewhere,
    ProofSpent,
    TooManyTries,
    WrongProof,
)
from core.accounts.binding.reading import BIND_CODE_ALPHABET, read_bind_code
from tests.binding.conftest import BOB, MEI, MINUTE, Site, person
from tests.conftest import AddAccount


async def make(site: Site, account: int) -> str:
    return (await site.ways.bind_codes.make(account)).code


async def test_a_code_binds_once(site: Site, add_account: AddAccount):
    """
    Whoever has it; the dialogue in which it was asked for is over.
    """
    account = await add_account(user_name="mei")
    code = await make(site, account)
    await site.send(MEI, "mei@example.com")

    first = await site.redeem(MEI, code)
    second = await site.redeem(BOB, code)

    assert isinstance(first, Bound)
    assert await site.account_of(MEI) == account
    assert await site.conversation(MEI) is None
    assert second == WrongProof()


async def test_it_is_good_for_ten_minutes(site: Site, add_account: AddAccount):
    """
    Then it is said to be over, and that is no wrong proof.
    """
    made = await site.ways.bind_codes.make(await add_account())
    site.later(10 * MINUTE)

    outcomes = {type(await site.redeem(MEI, made.code)) for _ in range(8)}

    assert made.expires_at == site.time.at
    assert outcomes == {ProofSpent}


async def test_a_new_code_ends_the_older_one(site: Site, add_account: AddAccount):
    """
    Of the same account; those of others stay.
    """
    account, other = await add_account(), await add_account()
    old, others = await make(site, account), await make(site, other)
    new = await make(site, account)

    assert await site.redeem(MEI, old) == WrongProof()
    assert isinstance(await site.redeem(MEI, new), Bound)
    assert isinstance(await site.redeem(BOB, others), Bound)


async def test_there_is_none_for_an_account_that_is_not_there(site: Site):
    """
    Nor is anything kept.
    """
    with pytest.raises(AccountGoneError):
        await site.ways.bind_codes.make(4711)

    assert await site.rows("SELECT 1 FROM im_bind_codes") == []


async def test_only_its_hash_is_kept(site: Site, add_account: AddAccount):
    """
    Whoever reads the table cannot bind with what he reads.
    """
    code = await make(site, await add_account())

    ((kept,),) = await site.rows("SELECT code_hash FROM im_bind_codes")
    assert re.fullmatch("[0-9a-f]{64}", kept)
    assert await site.redeem(MEI, kept) == WrongProof()
    assert isinstance(await site.redeem(MEI, code), Bound)


async def test_it_does_not_show_in_a_repr(site: Site, add_account: AddAccount):
    """
    Logs and errors show reprs.
    """
    made = await site.ways.bind_codes.make(await add_account())

    assert made.code not in repr(made)


async def test_who_is_refused_may_come_again(site: Site, add_account: AddAccount):
    """
    What kept him from it can be mended within the code's time.
    """
    account = await add_account(is_banned=1, banned_reason="abuse")
    own = await add_account(im_type=4, im_value=BOB.id)
    code = await make(site, account)

    assert await site.redeem(MEI, code) == AccountBanned("abuse")
    await site.panel_writes(account, is_banned=0)
    assert await site.redeem(BOB, code) == PersonBoundElsewhere()
    await site.panel_writes(own, im_type=0, im_value="")
    await site.conversation(BOB)
    assert isinstance(await site.redeem(BOB, code), Bound)


async def test_an_account_that_is_gone_is_not_bound(site: Site, add_account: AddAccount):
    """
    Deleted after its code was made.
    """
    account = await add_account()
    code = await make(site, account)
    await site.rows("DELETE FROM user WHERE id = :id", id=account)

    assert await site.redeem(MEI, code) == AccountGone()


async def test_what_is_no_code_is_no_try(site: Site):
    """
    The database is not asked.
    """
    with site.counting() as seen:
        for typed in ("", "menu", "7" * 11, "7" * 13, "' OR 1=1 -- -", "x" * 10_000):
            assert await site.redeem(MEI, typed) == WrongProof()

    assert seen == []


async def test_wrong_codes_are_tries(site: Site, add_account: AddAccount):
    """
    After five, nothing is looked at for a minute, not even the right one.
    """
    code = await make(site, await add_account())
    for _ in range(5):
        await site.redeem(MEI, new_bind_code())

    assert await site.redeem(MEI, code) == TooManyTries(site.time.at + MINUTE)
    site.later(MINUTE)
    assert isinstance(await site.redeem(MEI, code), Bound)


async def test_two_hundred_who_redeem_one_code_bind_one(
    site: Site, other_daemon: Site, add_account: AddAccount
):
    """
    At once, on two daemons.
    """
    account = await add_account()
    code = await make(site, account)

    outcomes = await asyncio.gather(
        *(
            (site if number % 2 else other_daemon).redeem(person(number), code)
            for number in range(200)
        )
    )

    assert sum(isinstance(outcome, Bound) for outcome in outcomes) == 1
    assert sum(outcome == WrongProof() for outcome in outcomes) == 199
    (bound,) = await site.rows("SELECT platform_user FROM im_bindings")
    (in_panel,) = await site.rows("SELECT im_type, im_value, contact_method FROM user")
    assert tuple(in_panel) == (4, bound.platform_user, 2)


async def test_one_person_with_two_hundred_codes_binds_one(
    site: Site, other_daemon: Site, add_account: AddAccount
):
    """
    Of two hundred accounts, at once, on two daemons: one is his, the others stay free.
    """
    codes = [await make(site, await add_account()) for _ in range(200)]

    outcomes = await asyncio.gather(
        *(
            (site if number % 2 else other_daemon).redeem(MEI, code)
            for number, code in enumerate(codes)
        )
    )

    assert sum(isinstance(outcome, Bound) for outcome in outcomes) == 1
    assert sum(outcome == PersonBoundElsewhere() for outcome in outcomes) == 199
    assert len(await site.rows("SELECT 1 FROM im_bindings")) == 1
    assert len(await site.rows("SELECT 1 FROM user WHERE im_type <> 0")) == 1
    assert len(await site.rows("SELECT 1 FROM im_bind_codes")) == 199


async def test_codes_made_and_used_at_once_do_no_harm(
    site: Site, other_daemon: Site, add_account: AddAccount
):
    """
    Whatever meets, one account is bound once and no code of it is left.
    """
    account = await add_account()
    first = await make(site, account)

    await asyncio.gather(
        *(other_daemon.ways.bind_codes.make(account) for _ in range(20)),
        *(site.redeem(person(number), first) for number in range(20)),
    )
    last = await make(site, account)
    await site.redeem(MEI, last)

    assert len(await site.rows("SELECT 1 FROM im_bindings")) == 1


@given(st.text(BIND_CODE_ALPHABET, min_size=12, max_size=12))
def test_a_code_may_be_typed_otherwise(code: str):
    """
    In small letters, set apart, full-width, with letters that look like digits.
    """
    apart = "-".join(code[at : at + 4] for at in range(0, 12, 4))
    full_width = "".join(chr(ord(sign) + 0xFEE0) for sign in code)
    look_alike = code.replace("0", "O").replace("1", "l")

    for typed in (code.lower(), f" {apart}\n", full_width, look_alike):
        assert read_bind_code(typed) == code


@given(st.text(max_size=30))
def test_what_is_read_is_a_code(typed: str):
    """
    Whatever is typed.
    """
    code = read_bind_code(typed)

    assert code is None or (len(code) == 12 and set(code) <= set(BIND_CODE_ALPHABET))


def test_a_code_fits_a_deep_link():
    """
    Telegram takes A-Z, a-z, 0-9, _ and -, at most 64 of them.
    """
    codes = {new_bind_code() for _ in range(500)}

    assert len(codes) == 500
    assert all(re.fullmatch("[A-Za-z0-9_-]{1,64}", code) for code in codes)
