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
