"""
Subscription tokens: one an account, whoever asks first.
"""

import asyncio

import pytest
from sqlalchemy import select

from config_store.panel.accounts import AccountGoneError
from config_store.panel.subscriptions import SubscriptionTable, TokenTakenError


@pytest.fixture
def subscriptions(tables):
    return SubscriptionTable(tables)


async def test_an_account_gets_the_token_it_is_given(database, subscriptions, add_account):
    """
    The first token of an account is the one that was drawn for it.
    """
    account_id = await add_account()

    given = await database.run(
        lambda it: subscriptions.add_token(it, account_id, "0123456789abcdef")
    )

    assert given == "0123456789abcdef"


@pytest.mark.parametrize("way", ["run", "transact"])
async def test_of_many_at_once_one_token_wins(*, database, tables, subscriptions, add_account, way):
    """
    Everybody is given the same token, and it is the one that is kept.
    """
    account_id = await add_account()

    given = await asyncio.gather(
        *(
            getattr(database, way)(
                lambda it, number=number: subscriptions.add_token(it, account_id, f"{number:016x}")
            )
            for number in range(20)
        )
    )

    kept = await database.run(lambda it: it.execute(select(tables.link.c.token)))
    assert {kept.scalar_one()} == set(given)


async def test_a_deleted_account_gets_none(database, tables, subscriptions):
    """
    No token without an owner is left behind.
    """
    with pytest.raises(AccountGoneError):
        await database.run(lambda it: subscriptions.add_token(it, 404, "0123456789abcdef"))

    assert await database.run(lambda it: it.scalar(select(tables.link.c.token))) is None


async def test_a_token_of_another_account_is_not_shared(database, subscriptions, add_account):
    """
    Two accounts never have one token, and the error does not show it.
    """
    first, second = await add_account(), await add_account()
    await database.run(lambda it: subscriptions.add_token(it, first, "0123456789abcdef"))

    with pytest.raises(TokenTakenError) as caught:
        await database.run(lambda it: subscriptions.add_token(it, second, "0123456789abcdef"))

    assert "0123456789abcdef" not in str(caught.value)


@pytest.mark.real_schema
async def test_a_token_is_found_or_there_is_none_yet(database, subscriptions, add_account):
    """
    An account without a token is told from one that is not there.
    """
    account_id = await add_account()

    before = await database.run(lambda it: subscriptions.find_token(it, account_id))
    await database.run(lambda it: subscriptions.add_token(it, account_id, "0123456789abcdef"))
    after = await database.run(lambda it: subscriptions.find_token(it, account_id))

    assert (before, after) == (None, "0123456789abcdef")
    with pytest.raises(AccountGoneError):
        await database.run(lambda it: subscriptions.find_token(it, 404))


@pytest.mark.real_schema
async def test_a_reset_is_a_new_row(database, tables, subscriptions, add_account):
    """
    The old token is gone, the new one is the account's; a second reset of the old one does nothing.
    """
    account_id = await add_account()
    await database.run(lambda it: subscriptions.add_token(it, account_id, "old-token"))

    done = [
        await database.transact(
            lambda tx, new=new: subscriptions.replace_token(
                tx, account_id, old="old-token", new=new
            )
        )
        for new in ("new-token", "newer-token")
    ]

    rows = await database.run(
        lambda it: it.execute(select(tables.link.c.userid, tables.link.c.token))
    )
    assert done == [True, False]
    assert rows.all() == [(account_id, "new-token")]


@pytest.mark.real_schema
async def test_a_reset_that_fails_leaves_the_old_token(database, subscriptions, add_account):
    """
    The new token is another account's: the transaction is taken back, and the error is silent.
    """
    first, second = await add_account(), await add_account()
    await database.run(lambda it: subscriptions.add_token(it, first, "taken-token"))
    await database.run(lambda it: subscriptions.add_token(it, second, "old-token"))

    with pytest.raises(TokenTakenError) as caught:
        await database.transact(
            lambda tx: subscriptions.replace_token(tx, second, old="old-token", new="taken-token")
        )

    assert "token" not in str(caught.value)
    assert await database.run(lambda it: subscriptions.find_token(it, second)) == "old-token"
    assert await database.run(lambda it: subscriptions.find_token(it, first)) == "taken-token"


@pytest.mark.real_schema
async def test_of_many_resets_at_once_one_happens(database, tables, subscriptions, add_account):
    """
    All saw the same token: one of them replaces it.
    """
    account_id = await add_account()
    await database.run(lambda it: subscriptions.add_token(it, account_id, "old-token"))

    done = await asyncio.gather(
        *(
            database.transact(
                lambda tx, number=number: subscriptions.replace_token(
                    tx, account_id, old="old-token", new=f"new-{number}"
                )
            )
            for number in range(20)
        )
    )

    kept = await database.run(lambda it: it.execute(select(tables.link.c.token)))
    assert done.count(True) == 1
    assert kept.scalar_one() == f"new-{done.index(True)}"
