"""
The panel's tables as we know them, held against those that the panel itself makes.
"""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from config_store.panel.tables import NO_DATE, Money, PanelTables

OURS = sorted(PanelTables().metadata.tables)


@pytest.fixture(scope="module")
def schemas(mariadb):
    """
    A database made from our tables, and one that the panel's own migrations made.
    """
    mariadb.ensure_running()
    names = (mariadb.create_panel(), mariadb.create_panel(real_schema=True))
    yield names
    for name in names:
        mariadb.release_panel(name)


def columns(mariadb, schema, table):
    return mariadb.execute(
        "SELECT column_name, column_type, is_nullable, column_default, collation_name, extra"
        " FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
        " ORDER BY ordinal_position",
        schema,
        table,
    )


def indexes(mariadb, schema, table):
    """Each index as (is unique, its columns with the lengths that are indexed), sorted."""
    return mariadb.execute(
        "SELECT non_unique, GROUP_CONCAT(column_name, IFNULL(sub_part, '')"
        " ORDER BY seq_in_index) AS columns"
        " FROM information_schema.statistics WHERE table_schema = %s AND table_name = %s"
        " GROUP BY index_name, non_unique ORDER BY columns, non_unique",
        schema,
        table,
    )


@pytest.mark.parametrize("table", OURS)
def test_our_columns_are_the_panels(mariadb, schemas, table):
    """
    Name, order, type, NULL, default and collation: what holds for our tables holds for the site.
    """
    ours, theirs = schemas

    assert columns(mariadb, ours, table) == columns(mariadb, theirs, table)


@pytest.mark.parametrize("table", OURS)
def test_our_indexes_are_the_panels(mariadb, schemas, table):
    """
    The same uniques, so that a race ends in the same way, and the same keys, so that tests of cost
    mean something.
    """
    ours, theirs = schemas

    assert indexes(mariadb, ours, table) == indexes(mariadb, theirs, table)


async def test_an_account_has_the_panels_defaults(database, tables):
    """
    What the panel leaves out when it makes an account is filled in alike on both engines.
    """
    values = {
        "email": "a@example.com",
        "pass": "",
        "passwd": "",
        "uuid": "5d8820d7-c86a-4c4f-9ae8-e720338f28ce",
        "port": 443,
    }
    await database.run(lambda it: it.execute(insert(tables.user).values(values)))

    row = (await database.run(lambda it: it.execute(select(tables.user)))).one()

    assert row.uuid == values["uuid"]
    assert row.class_expire == row.reg_date == NO_DATE
    assert row.money == Decimal("0.00")
    assert (row.contact_method, row.locale, row.method) == (1, "zh-TW", "aes-128-gcm")
    assert (row.im_type, row.im_value, row.last_check_in_time) == (0, "", 0)


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("user", {"email": "a"}),
        ("online_log", {"user_id": 1}),
        ("email_queue", {"array": "no JSON"}),
        ("ticket", {"content": ""}),
        ("node", {"custom_config": "{"}),
    ],
)
async def test_what_the_panel_refuses_is_refused(database, tables, table, values):
    """
    A missing column and text that is no JSON do not get into the tables.
    """
    with pytest.raises(DBAPIError):
        await database.run(
            lambda it: it.execute(insert(tables.metadata.tables[table]).values(values))
        )


@pytest.mark.parametrize("address", ["::ffff:203.0.113.9", "2001:db8::1"])
async def test_addresses_and_dates_come_back_as_they_went(database, tables, address):
    """
    Types that only MariaDB has travel as text.
    """
    seen = {"user_id": 1, "ip": address, "node_id": 1, "first_time": 1, "last_time": 2}
    when = datetime(2026, 2, 28, 23, 59, 59)  # noqa: DTZ001 - the panel's columns have no zone
    await database.run(lambda it: it.execute(insert(tables.online_log).values(seen)))
    await database.run(lambda it: it.execute(insert(tables.announcement).values(date=when)))

    log, notice = tables.online_log.c, tables.announcement.c
    assert await database.run(lambda it: it.scalar(select(log.ip).where(log.ip == address))) == (
        address
    )
    assert await database.run(lambda it: it.scalar(select(notice.date))) == when


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_money_is_exact_on_sqlite(amount):
    """
    SQLite's binary numbers lose no cent of what the panel can keep.
    """
    kind, dialect = Money(12, 2), sqlite.dialect()

    store = kind.bind_processor(dialect) or (lambda value: value)
    load = kind.result_processor(dialect, None)

    assert load(store(amount)) == amount
