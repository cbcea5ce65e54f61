"""
An account's records: the newest, its own alone, and read without going through its history.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, insert, text

from config_store.panel.accounts import AccountGoneError
from config_store.panel.records import NEWEST, Fetch, Login, Rebate, RecordTable

NOW = datetime(2026, 11, 24, 9, 5, tzinfo=UTC)
OTHER = 999


def seconds(ago: int) -> int:
    return int(NOW.timestamp()) - ago


def before(ago: int) -> datetime:
    return NOW - timedelta(seconds=ago)


@pytest.fixture
def records(tables):
    return RecordTable(tables)


@pytest.fixture
def keep(database, tables):
    """Writes rows of a table of the panel."""

    async def write(table: str, *rows: dict[str, Any]) -> None:
        statement = insert(getattr(tables, table)).values(list(rows))
        await database.run(lambda it: it.execute(statement))

    return write


@pytest.mark.real_schema
class TestWhatIsFound:
    async def test_logins_come_newest_first_ten_at_most(self, database, records, keep):
        """
        With whether they succeeded; those of others are nobody's business.
        """
        await keep(
            "login_ip",
            *(
                {"userid": 7, "ip": f"203.0.113.{n}", "datetime": seconds(100 - n), "type": n % 2}
                for n in range(12)
            ),
            {"userid": OTHER, "ip": "198.51.100.1", "datetime": seconds(0), "type": 0},
        )

        found = await database.run(lambda it: records.find_logins(it, 7))

        assert found == [
            Login(address=f"203.0.113.{n}", at=before(100 - n), succeeded=n % 2 == 0)
            for n in range(11, 1, -1)
        ]

    async def test_rows_out_of_turn_are_put_in_the_order_of_their_times(
        self, database, records, keep
    ):
        """
        Nodes of a cluster hand out ids that neighbours do not agree on.
        """
        await keep(
            "login_ip",
            *({"userid": 7, "ip": "::1", "datetime": seconds(ago), "type": 0} for ago in (3, 1, 2)),
        )

        found = await database.run(lambda it: records.find_logins(it, 7))

        assert [each.at for each in found] == [before(1), before(2), before(3)]

    async def test_rebates_are_those_that_the_account_gets(self, database, records, keep):
        """
        Not those that others got for what it paid.
        """
        await keep(
            "payback",
            {"userid": 8, "ref_by": 7, "total": 10, "ref_get": Decimal("2.50"), "datetime": 5},
            {"userid": 7, "ref_by": OTHER, "total": 10, "ref_get": 2, "datetime": 6},
        )

        found = await database.run(lambda it: records.find_rebates(it, 7))

        at = datetime.fromtimestamp(5, UTC)
        assert found == [Rebate(amount=Decimal("2.50"), at=at)]

    async def test_fetches_tell_what_the_client_said(self, database, records, keep):
        """
        As it was said; it does not show in a repr.
        """
        agent = "clash <b>\N{RIGHT-TO-LEFT OVERRIDE}" + "x" * 900
        row = {"type": "clash", "request_ip": "203.0.113.9", "request_time": seconds(60)}
        await keep(
            "subscribe_log",
            {"user_id": 7, "request_user_agent": agent, **row},
            {"user_id": OTHER, "request_user_agent": "other", **row},
        )

        found = await database.run(lambda it: records.find_fetches(it, 7))

        expected = Fetch(format="clash", address="203.0.113.9", client=agent, at=before(60))
        assert found == [expected]
        assert "clash <b>" not in repr(found)

    async def test_online_addresses_are_the_latest_ten_and_how_many_there_are(
        self, database, records, keep, add_account
    ):
        """
        What was last seen before is gone; others' addresses are theirs.
        """
        mine, other = await add_account(node_iplimit=3), await add_account()
        row = {"node_id": 1, "first_time": seconds(1000)}
        await keep(
            "online_log",
            *(
                {"user_id": mine, "ip": f"::ffff:203.0.113.{n}", "last_time": seconds(n), **row}
                for n in range(12)
            ),
            {"user_id": mine, "ip": "2001:db8::1", "last_time": seconds(90), **row},
            {"user_id": mine, "ip": "2001:db8::2", "last_time": seconds(91), **row},
            {"user_id": other, "ip": "2001:db8::3", "last_time": seconds(0), **row},
        )

        found = await database.run(lambda it: records.find_online(it, mine, since=before(90)))

        assert found.shown == [f"::ffff:203.0.113.{n}" for n in range(10)]
        assert (found.number, found.limit) == (13, 3)

    async def test_nobody_online_is_told_with_the_limit(self, database, records, add_account):
        """
        An account without any address is not one that is gone.
        """
        mine = await add_account(node_iplimit=2)

        found = await database.run(lambda it: records.find_online(it, mine, since=NOW))

        assert (found.shown, found.number, found.limit) == ([], 0, 2)

    async def test_a_deleted_account_is_gone(self, database, records):
        """
        Nothing is told of it.
        """
        with pytest.raises(AccountGoneError):
            await database.run(lambda it: records.find_online(it, 404, since=NOW))

    async def test_an_account_without_records_has_none(self, database, records):
        """
        Empty lists, for each kind.
        """

        async def look(it):
            return [
                await find(it, 7)
                for find in (records.find_logins, records.find_rebates, records.find_fetches)
            ]

        assert await database.run(look) == [[], [], []]


@pytest.mark.real_schema
async def test_a_page_reads_a_few_rows_of_a_long_history(on_mariadb, records):
    """
    An account with 30,000 records of 60,000 costs as one with a few: nothing is sorted, but for
    what is online now.
    """
    await _fill(on_mariadb)
    kinds = {
        "logins": records.find_logins,
        "rebates": records.find_rebates,
        "fetches": records.find_fetches,
        "online": lambda it, account_id: records.find_online(it, account_id, since=NOW),
    }

    for kind, ask in kinds.items():
        for account_id in (1, 31_000):
            reads, plan = await _look(on_mariadb, ask, account_id)

            assert reads <= 2 * NEWEST + 4, kind
            assert not any(each.startswith("ALL") for each in plan), kind
            assert kind == "online" or not any("filesort" in each for each in plan), kind


_USERS = """
    INSERT INTO user (id, email, pass, passwd, uuid, port, api_token)
    SELECT seq, seq, '', seq, UUID(), 1, seq FROM seq_1_to_40000
"""
_LOGINS = """
    INSERT INTO login_ip (userid, ip, datetime, type)
    SELECT IF(seq % 2, 1, seq), '::1', :began + seq, 0 FROM seq_1_to_60000
"""
_REBATES = """
    INSERT INTO payback (ref_by, userid, ref_get, datetime)
    SELECT IF(seq % 2, 1, seq), 5, 1, :began + seq FROM seq_1_to_60000
"""
_FETCHES = """
    INSERT INTO subscribe_log (user_id, type, request_ip, request_time, request_user_agent)
    SELECT IF(seq % 2, 1, seq), 'clash', '::1', :began + seq, 'clash' FROM seq_1_to_60000
"""
_ONLINE = """
    INSERT INTO online_log (user_id, ip, node_id, first_time, last_time)
    SELECT seq, '::1', 1, 1, :began + 100000 FROM seq_1_to_5000
"""


async def _fill(database: Any) -> None:
    """Account 1 has half of all records, and one address of 5,000 that are online."""
    for statement in (_USERS, _LOGINS, _REBATES, _FETCHES, _ONLINE):
        filling, values = text(statement), {"began": seconds(100_000)}
        await database.run(
            lambda it, filling=filling, values=values: it.execute(filling, values), timeout=60
        )


async def _look(database: Any, ask: Any, account_id: int) -> tuple[int, list[str]]:
    """Rows and index entries that the server reads for it, and how it goes about it."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        statements.append((statement, values))

    async def work(it: Any) -> tuple[int, list[str]]:
        event.listen(it.sync_connection, "before_cursor_execute", note)
        await ask(it, account_id)  # the server reads a table's statistics when it is first used
        event.remove(it.sync_connection, "before_cursor_execute", note)
        await it.execute(text("FLUSH STATUS"))
        await ask(it, account_id)
        shown = await it.execute(text("SHOW SESSION STATUS LIKE 'Handler_read%'"))
        reads = sum(int(value) for _, value in shown)
        ((statement, values),) = statements
        plan = await it.exec_driver_sql(f"EXPLAIN {statement}", values)
        return reads, [f"{row.type} {row.key} {row.Extra}" for row in plan]

    return await database.run(work)
