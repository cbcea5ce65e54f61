"""
Who somebody is: one statement, by key, whatever the number of accounts.
"""

from typing import Any

import pytest
from sqlalchemy import text

from config_store.database import Database
from config_store.own.bindings import BindingTable, Sighting
from config_store.own.tables import OwnTables
from config_store.panel.accounts import AmbiguousBindingError
from config_store.panel.indexes import ensure_binding_index
from config_store.panel.tables import PanelTables
from core.accounts.binding.people import PersonKey
from core.platform import PlatformName
from tests.accounts.conftest import TELEGRAM, Town
from tests.conftest import AddAccount


@pytest.mark.parametrize(
    ("platform", "im_type", "user_id"),
    [("slack", 1, "U0ABCDEF1"), ("discord", 2, "80351110224678912"), ("telegram", 4, "42")],
)
async def test_each_platform_has_its_number(
    *, town: Town, add_account: AddAccount, platform: str, im_type: int, user_id: str
):
    """
    An account is found by the platform that it is bound on, and by no other.
    """
    account_id = await add_account(im_type=im_type, im_value=user_id, locale="ja_JP", is_admin=1)

    known = await town.bindings.look_up(PersonKey(PlatformName(platform), user_id), "1")

    assert known.account is not None
    account = known.account
    assert (account.id, account.locale, account.is_admin) == (account_id, "ja_JP", True)
    for other in set(PlatformName) - {PlatformName(platform)}:
        assert await town.find(PersonKey(other, user_id)) is None


async def test_a_banned_account_is_found_with_its_reason(town: Town, add_account: AddAccount):
    """
    Whether an account may be served is for the asker to tell, in the person's language.
    """
    await add_account(im_type=4, im_value="1", is_banned=1, banned_reason="<b>fraud</b>")

    account = (await town.bindings.look_up(PersonKey(TELEGRAM, "1"), "1")).account

    assert account is not None
    assert (account.is_banned, account.banned_reason) == (True, "<b>fraud</b>")


@pytest.mark.parametrize("stored", ["１２３", "123 ", "12３"])
async def test_what_only_looks_alike_is_not_the_same_user(
    town: Town, add_account: AddAccount, stored: str
):
    """
    The panel's collation takes full-width digits and trailing blanks for the same; we do not.
    """
    await add_account(im_type=4, im_value=stored)
    account_id = await add_account(im_type=4, im_value="123")

    assert await town.find(PersonKey(TELEGRAM, "123")) == account_id


async def test_a_user_without_an_account_is_not_found(town: Town, add_account: AddAccount):
    """
    Accounts without a binding are nobody's, whatever the user calls himself.
    """
    await add_account()

    for user_id in ("", "0", "42", "' OR 1=1 -- ", "4" * 300):
        assert await town.find(PersonKey(TELEGRAM, user_id)) is None


async def test_an_ambiguous_binding_names_the_accounts(town: Town, add_account: AddAccount):
    """
    The first ten, for the operator: whose data would it be?
    """
    ids = [await add_account(im_type=4, im_value="7") for _ in range(12)]

    with pytest.raises(AmbiguousBindingError, match="1, 2, 3, 4, 5, 6, 7, 8, 9, 10 are") as caught:
        await town.find(PersonKey(TELEGRAM, "7"))

    assert caught.value.account_ids == tuple(ids)


@pytest.fixture
async def crowd(has_own_tables: None, mariadb_url: str, tables: PanelTables) -> Any:
    """
    50,000 accounts on MariaDB, all bound on Telegram; the odd ones are known here as well.
    """
    database = Database(mariadb_url)
    await database.run(
        lambda it: it.execute(
            text(
                "INSERT INTO user (email, pass, passwd, uuid, port, api_token, im_type, im_value)"
                " SELECT CONCAT(seq, '@example.com'), '', seq, UUID(), 1, seq, 4, seq"
                " FROM seq_1_to_50000"
            )
        ),
        timeout=60,
    )
    await database.run(
        lambda it: it.execute(
            text(
                "INSERT INTO im_bindings"
                " (platform, platform_user, account_id, is_primary, bound_at)"
                " SELECT 'telegram', im_value, id, 1, NOW() FROM user WHERE id % 2 = 1"
            )
        ),
        timeout=60,
    )
    await ensure_binding_index(database, tables)
    yield database
    await database.close()


@pytest.mark.real_schema
@pytest.mark.parametrize(("user_id", "is_ours"), [("31415", True), ("31416", False), ("0", False)])
async def test_it_reads_a_few_rows_of_50_000(
    *, crowd: Database, tables: PanelTables, user_id: str, is_ours: bool
):
    """
    On the panel's own schema: each of the statement's parts goes by a key.
    """
    bindings = BindingTable(OwnTables(), tables)

    async def look(connection: Any) -> tuple[Sighting, int]:
        await bindings.look_up(connection, "telegram", user_id, user_id)  # statistics are read now
        await connection.execute(text("FLUSH STATUS"))
        seen = await bindings.look_up(connection, "telegram", user_id, user_id)
        shown = await connection.execute(text("SHOW SESSION STATUS LIKE 'Handler_read%'"))
        return seen, sum(int(value) for _, value in shown.all())

    seen, reads = await crowd.run(look)

    assert (seen.own is not None) is is_ours
    assert len(seen.holders) == (user_id != "0")
    assert reads <= 12  # what is put together is read once more
