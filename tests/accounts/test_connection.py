"""
Connections: one new password for one confirmation, and nothing secret in the log.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database
from config_store.panel.accounts import AccountGoneError
from config_store.panel.connections import ConnectionTable
from config_store.panel.tables import PanelTables
from core.accounts.binding.people import PersonKey
from core.accounts.connection import (
    Connection,
    ConnectionChangedError,
    Connections,
    new_password,
)
from core.accounts.encryption import EncryptionMethod
from core.actions import ChangeMethod, ChangePassword, decode, encode
from core.platform import PlatformName
from tests.conftest import AddAccount

MEI = PersonKey(PlatformName.TELEGRAM, "7001")


@dataclass
class Notices:
    """
    What owners are told of.
    """

    told: list[tuple[int, PersonKey]] = field(default_factory=list)

    async def password_changed(self, tx: AsyncConnection, account_id: int, by: PersonKey) -> None:
        self.told.append((account_id, by))


@pytest.fixture
def notices() -> Notices:
    return Notices()


@pytest.fixture
def connections_with(database: Database, tables: PanelTables, notices: Notices) -> Any:
    """
    Makes the service, with the passwords that it draws if they matter.
    """

    def make(passwords: Iterator[str] | None = None) -> Connections:
        return Connections(
            database=database,
            table=ConnectionTable(tables),
            notices=notices,
            make_password=new_password if passwords is None else lambda: next(passwords),
        )

    return make


def test_a_new_password_is_long_and_plain():
    """
    Sixteen letters and digits, which every client and every address takes.
    """
    passwords = {new_password() for _ in range(100)}

    assert len(passwords) == 100
    assert all(len(each) == 16 and each.isascii() and each.isalnum() for each in passwords)


@pytest.mark.real_schema
@pytest.mark.parametrize("method", list(EncryptionMethod))
async def test_every_method_can_be_chosen(
    add_account: AddAccount, connections_with: Any, method: EncryptionMethod
):
    """
    What was chosen stands in the panel's row.
    """
    connections, account = connections_with(), await add_account(method="rc4-md5")

    await connections.change_method(account, method, by=MEI)

    assert (await connections.get(account)).method == method


async def test_a_new_password_is_given_once(
    add_account: AddAccount, connections_with: Any, notices: Notices
):
    """
    What is asked about a password that is gone already changes nothing; the owner is told once.
    """
    connections, account = connections_with(), await add_account(port=31337)
    before = await connections.get(account)

    after = await connections.change_password(account, before.fingerprint, by=MEI)

    with pytest.raises(ConnectionChangedError):
        await connections.change_password(account, before.fingerprint, by=MEI)
    assert after.password != before.password
    assert (after.port, after.method) == (before.port, before.method)
    assert await connections.get(account) == after
    assert notices.told == [(account, MEI)]


async def test_of_many_confirmations_at_once_one_counts(
    add_account: AddAccount, connections_with: Any
):
    """
    A crowd of presses of one button makes one new password.
    """
    connections, account = connections_with(), await add_account()
    before = await connections.get(account)

    outcomes = await asyncio.gather(
        *(connections.change_password(account, before.fingerprint, by=MEI) for _ in range(20)),
        return_exceptions=True,
    )

    done = [each for each in outcomes if isinstance(each, Connection)]
    refused = [each for each in outcomes if isinstance(each, ConnectionChangedError)]
    assert (len(done), len(refused)) == (1, 19)
    assert await connections.get(account) == done[0]


async def test_a_password_of_another_account_is_drawn_again(
    add_account: AddAccount, connections_with: Any
):
    """
    Two accounts never share one.
    """
    await add_account(passwd="taken")
    account = await add_account(passwd="first")
    connections = connections_with(iter(["taken", "taken", "second"]))
    before = await connections.get(account)

    after = await connections.change_password(account, before.fingerprint, by=MEI)

    assert after.password == "second"


async def test_an_owner_who_cannot_be_told_keeps_his_password(
    add_account: AddAccount, connections_with: Any, notices: Notices
):
    """
    Change and notice are one transaction.
    """
    connections, account = connections_with(), await add_account()
    before = await connections.get(account)

    async def fail(tx: object, account_id: int, by: PersonKey) -> None:
        raise LookupError

    notices.password_changed = fail
    with pytest.raises(LookupError):
        await connections.change_password(account, before.fingerprint, by=MEI)

    assert await connections.get(account) == before


async def test_who_was_banned_meanwhile_changes_nothing(
    database: Database, tables: PanelTables, add_account: AddAccount, connections_with: Any
):
    """
    Neither the method nor the password.
    """
    connections, account = connections_with(), await add_account(is_banned=1, passwd="first")
    before = await connections.get(account)

    with pytest.raises(ConnectionChangedError):
        await connections.change_method(account, EncryptionMethod.XCHACHA20, by=MEI)
    with pytest.raises(ConnectionChangedError):
        await connections.change_password(account, before.fingerprint, by=MEI)

    user = tables.user
    row = (await database.run(lambda it: it.execute(select(user.c.passwd, user.c.method)))).one()
    assert row == ("first", before.method)
    assert before.is_banned


async def test_a_deleted_account_has_no_connection(connections_with: Any):
    """
    It is said, whatever is asked.
    """

    async def nothing_else(tx: AsyncConnection) -> None:
        raise AssertionError

    with pytest.raises(AccountGoneError):
        await connections_with().get(404)
    with pytest.raises(AccountGoneError):
        await connections_with().get_with(404, nothing_else)
    with pytest.raises(AccountGoneError):
        await connections_with().change_password(404, "00000000", by=MEI)


async def test_the_log_names_who_changed_and_no_secret(
    add_account: AddAccount, connections_with: Any, log_lines: Any
):
    """
    A line a change, without a password.
    """
    account = await add_account(passwd="first-secret")
    connections = connections_with(iter(["second-secret"]))
    before = await connections.get(account)

    await connections.change_method(account, EncryptionMethod.AES_256_GCM, by=MEI)
    after = await connections.change_password(account, before.fingerprint, by=MEI)

    assert [line["event"] for line in log_lines] == [
        "encryption method changed",
        "password changed",
    ]
    assert {line["account"] for line in log_lines} == {account}
    assert "secret" not in str(list(log_lines))
    assert "secret" not in repr((before, after))


@pytest.mark.parametrize("method", list(EncryptionMethod))
def test_the_actions_fit_into_buttons(method: EncryptionMethod):
    """
    Also for the account of the highest number.
    """
    for action in (ChangeMethod(2**63, method), ChangePassword(2**63, "0123abcd")):
        assert decode(encode(action)) == action
