"""
Invitation codes: one an account, whoever asks first, and what it has brought.
"""

import asyncio
from decimal import Decimal

import pytest
from sqlalchemy import insert, select, text

from config_store.panel.accounts import AccountGoneError
from config_store.panel.invites import CodeTakenError, InviteRecord, InviteTable

pytestmark = pytest.mark.real_schema


@pytest.fixture
def invites(tables):
    return InviteTable(tables)


async def test_an_account_gets_the_code_it_is_given(database, invites, add_account):
    """
    And has it from then on.
    """
    account_id = await add_account()

    given = await database.run(lambda it: invites.add_code(it, account_id, "0123456789"))
    record = await database.run(lambda it: invites.get_record(it, account_id))

    assert given == "0123456789"
    assert record == InviteRecord(code="0123456789", rebates=0, earned=Decimal(0))


@pytest.mark.parametrize("way", ["run", "transact"])
async def test_of_many_at_once_one_code_wins(*, database, tables, invites, add_account, way):
    """
    Everybody is given the same code, and it is the one that is kept.
    """
    account_id = await add_account()

    given = await asyncio.gather(
        *(
            getattr(database, way)(
                lambda it, number=number: invites.add_code(it, account_id, f"{number:010x}")
            )
            for number in range(20)
        )
    )

    kept = await database.run(lambda it: it.execute(select(tables.user_invite_code.c.code)))
    assert {kept.scalar_one()} == set(given)


async def test_a_deleted_account_gets_none(database, tables, invites):
    """
    No code without an owner is left behind.
    """
    with pytest.raises(AccountGoneError):
        await database.run(lambda it: invites.add_code(it, 404, "0123456789"))

    assert await database.run(lambda it: it.scalar(select(tables.user_invite_code.c.id))) is None


async def test_a_code_of_another_account_is_not_shared(database, invites, add_account):
    """
    Whoever registers with it was invited by one, not by two.
    """
    first, second = await add_account(), await add_account()
    await database.run(lambda it: invites.add_code(it, first, "0123456789"))

    with pytest.raises(CodeTakenError):
        await database.run(lambda it: invites.add_code(it, second, "0123456789"))


async def test_the_record_sums_what_the_account_got(database, tables, invites, add_account):
    """
    Exactly, and without what others got for what it paid.
    """
    account_id = await add_account()
    rows = [
        {"userid": 500, "ref_by": account_id, "ref_get": Decimal(amount), "datetime": 1}
        for amount in ("0.10", "0.20", "1000000.05")
    ]
    foreign = {"userid": account_id, "ref_by": 501, "ref_get": 7, "datetime": 1}
    await database.run(lambda it: it.execute(insert(tables.payback).values([*rows, foreign])))

    record = await database.run(lambda it: invites.get_record(it, account_id))

    assert record == InviteRecord(code=None, rebates=3, earned=Decimal("1000000.35"))


async def test_the_record_is_read_by_index(on_mariadb, invites):
    """
    Only the rebates of the account are read, however many there are of others.
    """
    await on_mariadb.run(
        lambda it: it.execute(
            text(
                "INSERT INTO payback (ref_by, userid, ref_get, datetime)"
                " SELECT seq, 5, 1, 1 FROM seq_1_to_30000"
            )
        ),
        timeout=60,
    )

    async def work(it):
        await invites.get_record(it, 77)
        await it.execute(text("FLUSH STATUS"))
        record = await invites.get_record(it, 77)
        shown = await it.execute(text("SHOW SESSION STATUS LIKE 'Handler_read%'"))
        return record.rebates, sum(int(value) for _, value in shown)

    rebates, reads = await on_mariadb.run(work)

    assert rebates == 1
    assert reads <= 5
