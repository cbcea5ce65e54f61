"""
Ports, passwords and encryption methods: narrow and conditional changes of the panel's own rows.
"""

import asyncio

import pytest
from sqlalchemy import select

from config_store.panel.accounts import AccountGoneError
from config_store.panel.connections import ConnectionDetails, ConnectionTable, PasswordTakenError

pytestmark = pytest.mark.real_schema


@pytest.fixture
def connections(tables):
    return ConnectionTable(tables)


@pytest.fixture
def whole_row(database, tables):
    """
    An account's row, all columns of it.
    """

    async def read(account_id):
        user = tables.user
        found = await database.run(
            lambda it: it.execute(select(user).where(user.c.id == account_id))
        )
        return dict(found.one()._mapping)

    return read


async def test_an_account_connects_with_what_stands_in_its_row(database, connections, add_account):
    """
    Port, method and password; the password does not show in a repr.
    """
    account_id = await add_account(port=31337, passwd="Sesame-öffne", method="aes-256-gcm")

    details = await database.run(lambda it: connections.get(it, account_id))

    assert details == ConnectionDetails(
        port=31337, method="aes-256-gcm", password="Sesame-öffne", is_banned=False
    )
    assert "Sesame" not in repr(details)


async def test_a_deleted_account_has_no_connection(database, connections):
    """
    It is said, and nothing is changed.
    """
    with pytest.raises(AccountGoneError):
        await database.run(lambda it: connections.get(it, 404))

    assert not await database.run(lambda it: connections.set_method(it, 404, "aes-256-gcm"))
    assert not await database.transact(
        lambda tx: connections.replace_password(tx, 404, old="old", new="new")
    )


async def test_a_method_is_written_and_nothing_else(database, connections, add_account, whole_row):
    """
    One column of one row; writing what stands there already counts as done.
    """
    account_id, other = await add_account(method="aes-128-gcm"), await add_account()
    before, others = await whole_row(account_id), await whole_row(other)

    done = [
        await database.run(
            lambda it: connections.set_method(it, account_id, "chacha20-ietf-poly1305")
        )
        for _ in range(2)
    ]

    assert done == [True, True]
    assert await whole_row(account_id) == {**before, "method": "chacha20-ietf-poly1305"}
    assert await whole_row(other) == others


async def test_a_password_takes_the_place_of_the_one_that_was_seen(
    database, connections, add_account, whole_row
):
    """
    One column of one row; what was seen earlier is not there any more.
    """
    account_id = await add_account(passwd="first")
    before = await whole_row(account_id)

    done = [
        await database.transact(
            lambda tx, new=new: connections.replace_password(tx, account_id, old="first", new=new)
        )
        for new in ("second", "third")
    ]

    assert done == [True, False]
    assert await whole_row(account_id) == {**before, "passwd": "second"}


async def test_a_banned_account_is_not_changed(database, connections, add_account, whole_row):
    """
    Also if it was banned a moment ago.
    """
    account_id = await add_account(passwd="first", is_banned=1)
    before = await whole_row(account_id)

    assert not await database.run(lambda it: connections.set_method(it, account_id, "aes-256-gcm"))
    assert not await database.transact(
        lambda tx: connections.replace_password(tx, account_id, old="first", new="second")
    )
    assert await whole_row(account_id) == before


async def test_a_password_of_another_account_is_refused(
    database, connections, add_account, whole_row
):
    """
    Two accounts never share one, and the error shows neither.
    """
    first, second = await add_account(passwd="Taken-1"), await add_account(passwd="mine")
    before = await whole_row(second)

    with pytest.raises(PasswordTakenError) as caught:
        await database.transact(
            lambda tx: connections.replace_password(tx, second, old="mine", new="Taken-1")
        )

    assert "Taken-1" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert await whole_row(second) == before
    assert (await whole_row(first))["passwd"] == "Taken-1"


async def test_of_many_new_passwords_at_once_one_is_written(
    database, connections, add_account, whole_row
):
    """
    All saw the same one before: the first wins, the others change nothing.
    """
    account_id = await add_account(passwd="first")

    done = await asyncio.gather(
        *(
            database.transact(
                lambda tx, number=number: connections.replace_password(
                    tx, account_id, old="first", new=f"new-{number}"
                )
            )
            for number in range(20)
        )
    )

    assert done.count(True) == 1
    assert (await whole_row(account_id))["passwd"] == f"new-{done.index(True)}"
