"""
The rights that the documentation asks for: enough for everything, and not for more.
"""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, insert, select, text

from config_store.database import Database, DatabaseMisfitError
from config_store.own.bindings import BindingTable
from config_store.own.removal import Removal
from config_store.own.schema import OwnSchema
from config_store.own.tables import OwnTables
from config_store.panel.accounts import AccountTable
from config_store.panel.connections import ConnectionTable
from config_store.panel.contact import ContactTable
from config_store.panel.indexes import ensure_binding_index
from config_store.panel.invites import InviteTable
from config_store.panel.mail_queue import Mail, MailQueue
from config_store.panel.proofs import ProofTable
from config_store.panel.recipients import RecipientTable
from config_store.panel.records import RecordTable
from config_store.panel.subscriptions import SubscriptionTable
from tests.databases import PASSWORD

DOCS = Path(__file__).resolve().parents[2] / "docs"
USER = "'sspanel-im'@'localhost'"
UUID = "5d8820d7-c86a-4c4f-9ae8-e720338f28ce"


def documented_statements(document: str) -> list[str]:
    """The SQL of the section on rights."""
    section = re.split(r"^## ", (DOCS / document).read_text("utf-8"), flags=re.MULTILINE)[3]
    blocks = re.findall(r"```sql\n(.*?)```", section, flags=re.DOTALL)
    return [each.strip() for block in blocks for each in block.split(";") if each.strip()]


def test_both_languages_ask_for_the_same_rights():
    """
    A reader of either document grants the same.
    """
    assert documented_statements("panel.md") == documented_statements("panel.zh-CN.md")


def test_every_table_of_our_own_is_granted():
    """
    The document names just the tables that there are.
    """
    own = OwnTables()

    granted = re.findall(r"`sspanel`\.`(im_\w+)`", " ".join(documented_statements("panel.md")))

    assert sorted(granted) == sorted([*own.metadata.tables, own.version_table])


@pytest.fixture
async def restricted(mariadb, mariadb_url):
    """
    A `Database` of a user with just the documented rights.
    """
    name = mariadb_url.rpartition("/")[2]
    mariadb.execute("DROP USER IF EXISTS documented")
    for statement in documented_statements("panel.md"):
        mariadb.execute(
            statement.replace(USER, "documented")
            .replace("`sspanel`", f"`{name}`")
            .replace("a long random password", PASSWORD)
        )
    database = Database(mariadb.url(name, user="documented"))
    yield database
    await database.close()


async def test_the_documented_rights_are_enough(restricted, on_mariadb, tables):
    """
    Every statement that the daemon makes on the panel's tables works with them.
    """
    accounts = AccountTable(tables, zone=ZoneInfo("Asia/Shanghai"))
    mails = MailQueue(tables)
    values = {"email": "a@example.com", "pass": "", "passwd": "", "port": 1}
    bound = {
        **values,
        "uuid": UUID,
        "im_type": 4,
        "im_value": "42",
    }
    await on_mariadb.run(lambda it: it.execute(insert(tables.user).values(bound)))
    now = datetime.now(UTC)

    async def everything(connection):
        found = await RecipientTable(tables, OwnTables().deliveries).find(connection, 1)
        subscriptions, connections = SubscriptionTable(tables), ConnectionTable(tables)
        await subscriptions.add_token(connection, found.id, "0123456789abcdef")
        old = await subscriptions.find_token(connection, found.id)
        assert await subscriptions.replace_token(connection, found.id, old=old, new="fedcba98")
        old = (await connections.get(connection, found.id)).password
        assert await connections.replace_password(connection, found.id, old=old, new="Sesame")
        assert await connections.set_method(connection, found.id, "aes-256-gcm")
        await accounts.get_overview(connection, found.id)
        assert await accounts.grant_check_in(connection, found.id, 1, at=now, since=now)
        await accounts.get_check_in(connection, found.id)
        assert await accounts.has_email(connection, found.id, "a@example.com")
        await connection.execute(select(tables.config))
        (addressee,) = (await mails.find_addressees(connection, [found.id])).values()
        mail = Mail(to=addressee.email, subject="", template="warn.tpl", variables={})
        await mails.add(connection, [mail], at=now)
        assert await mails.count(connection, most=50) == 1

    async def menu(connection):
        contacts, invites, records = ContactTable(tables), InviteTable(tables), RecordTable(tables)
        await contacts.get(connection, 1)
        await invites.add_code(connection, 1, "0123456789")
        await invites.get_record(connection, 1)
        await records.find_logins(connection, 1)
        await records.find_online(connection, 1, since=now)
        await records.find_rebates(connection, 1)
        await records.find_fetches(connection, 1)

    await restricted.run(everything)
    await restricted.run(menu)
    assert (await ensure_binding_index(restricted, tables)).is_there


async def test_the_documented_rights_are_enough_for_binding(restricted, on_mariadb, tables):
    """
    Bindings stand in the panel's table and in ours, and proofs are looked up in several.
    """
    own = OwnTables()
    await OwnSchema(database=restricted, tables=own).upgrade()
    account = {"email": "a@example.com", "pass": "", "passwd": "", "port": 1, "uuid": UUID}
    await on_mariadb.run(lambda it: it.execute(insert(tables.user).values(account)))
    bindings, proofs = BindingTable(own, tables), ProofTable(tables)
    now = datetime.now(UTC)

    async def everything(tx):
        await bindings.look_up(tx, "telegram", "42", "42")
        assert await bindings.lock_account(tx, 1)
        await bindings.lock_of_account(tx, 1)
        await bindings.lock_of_person(tx, "telegram", "42")
        await bindings.find_holders(tx, "telegram", "42")
        await bindings.add(
            tx, platform="telegram", platform_user="42", account_id=1, is_primary=True, now=now
        )
        await bindings.write_panel(tx, 1, "telegram", "42")
        await bindings.prefer_chat(tx, 1)
        await bindings.clear_panel(tx, 1)
        assert await proofs.find_by_email(tx, "a@example.com") == 1
        await proofs.find_by_token(tx, "0123456789abcdef")
        await proofs.add_mail(
            tx, 1, subject="", template="verify_code.tpl", variables={"code": "123456"}, at=now
        )

    await restricted.transact(everything)


async def test_the_documented_rights_are_enough_for_our_own_tables(restricted, tables):
    """
    With them the tables are made, changed, filled and removed.
    """
    own = OwnTables()
    schema = OwnSchema(database=restricted, tables=own)
    removal = Removal(database=restricted, schema=schema, tables=own, panel=tables)
    await schema.prepare()
    await schema.upgrade()

    async def everything(connection):
        for table in own.metadata.sorted_tables:
            await connection.execute(select(table).with_for_update())
            await connection.execute(delete(table))
            name = f"`{table.name}`"
            await connection.execute(text(f"ALTER TABLE {name} ADD COLUMN later INT"))
            await connection.execute(text(f"CREATE INDEX later ON {name} (later)"))
            await connection.execute(text(f"ALTER TABLE {name} DROP COLUMN later"))
        await connection.execute(insert(own.leases).values({"role": "watchers"}))

    await restricted.run(everything)
    await ensure_binding_index(restricted, tables)

    ours = await removal.find()
    await removal.drop(ours)

    assert ours.index is not None
    assert not await removal.find()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT pass FROM user",
        "UPDATE user SET money = 1000",
        "UPDATE user SET is_admin = 1",
        "DELETE FROM user",
        "UPDATE config SET item = ''",
        "SELECT 1 FROM ticket",
        "CREATE TABLE another (id INT)",
        "ALTER TABLE user ADD COLUMN another INT",
        "DROP TABLE config",
    ],
)
async def test_the_documented_rights_are_not_for_more(restricted, statement):
    """
    Who takes over the daemon has neither the passwords nor the money.
    """
    with pytest.raises(DatabaseMisfitError, match=r"docs/panel\.md"):
        await restricted.run(lambda it: it.execute(text(statement)))
