"""
Accounts as the panel keeps them: shown, and paid once a day.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, text, update

from config_store.database import Database
from config_store.panel.accounts import (
    AccountGoneError,
    AccountTable,
    CheckInRecord,
)
from config_store.panel.tables import PanelTables
from tests.panel.proxy import Cut

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
MIDNIGHT = datetime(2026, 11, 24, tzinfo=SHANGHAI)
NOON = MIDNIGHT + timedelta(hours=12)
UUID = "5d8820d7-c86a-4c4f-9ae8-e720338f28ce"
MB, GB = 1024**2, 1024**3  # bytes


def local_time(*parts: int) -> datetime:
    """A datetime as the panel keeps it, without a time zone."""
    return datetime(*parts)  # noqa: DTZ001 - the panel's columns have none


@pytest.fixture
def accounts(tables):
    return AccountTable(tables, zone=SHANGHAI)


@pytest.fixture
def column(database, tables):
    async def read(account_id, name):
        user = tables.user.c
        return await database.run(
            lambda it: it.scalar(select(user[name]).where(user.id == account_id))
        )

    return read


async def rows_read(database, ask):
    """What `ask` gives, and how many rows and index entries the server read for it."""

    async def work(connection):
        await ask(connection)  # the server reads a table's statistics when it is first used
        await connection.execute(text("FLUSH STATUS"))
        given = await ask(connection)
        shown = await connection.execute(text("SHOW SESSION STATUS LIKE 'Handler_read%'"))
        return given, sum(int(value) for _, value in shown.all())

    return await database.run(work)


@pytest.mark.real_schema
class TestCost:
    async def test_an_overview_is_two_rows_by_key(self, on_mariadb, tables):
        """
        An account and its token are read by their keys, in one statement.
        """
        accounts = AccountTable(tables, zone=SHANGHAI)
        await on_mariadb.run(
            lambda it: it.execute(
                text(
                    "INSERT INTO user (email, pass, passwd, uuid, port, api_token)"
                    " SELECT CONCAT(seq, '@example.com'), '', seq, UUID(), 1, seq"
                    " FROM seq_1_to_1000"
                )
            )
        )
        await on_mariadb.run(
            lambda it: it.execute(
                text("INSERT INTO link (token, userid) SELECT seq, seq FROM seq_1_to_1000")
            )
        )

        overview, reads = await rows_read(on_mariadb, lambda it: accounts.get_overview(it, 500))

        assert overview.subscription_token == "500"
        assert reads <= 2


class TestOverview:
    async def test_it_shows_what_the_panel_has(self, database, tables, accounts, add_account):
        """
        Each number under its own name, in bytes, exact money and UTC.
        """
        account_id = await add_account(
            user_name="小明 <b>",
            u=3 * GB,
            d=5 * GB,
            transfer_today=1 * GB,
            transfer_enable=20 * GB,
            money=Decimal("-12.30"),
            node_speedlimit=100,
            last_use_time=1790000000,
            **{"class": 2, "class_expire": local_time(2027, 1, 1, 8, 30)},
        )
        await database.run(
            lambda it: it.execute(insert(tables.link).values(token="abc", userid=account_id))
        )

        shown = await database.run(lambda it: accounts.get_overview(it, account_id))

        assert shown.user_name == "小明 <b>"
        assert (shown.level, shown.speed_limit_mbps) == (2, 100)
        assert shown.level_expires_at == datetime(2027, 1, 1, 0, 30, tzinfo=UTC)
        assert shown.balance == Decimal("-12.30")
        assert shown.last_used_at == datetime.fromtimestamp(1790000000, UTC)
        assert shown.used_before_today_bytes == 7 * GB
        assert shown.left_bytes == 12 * GB
        assert shown.subscription_token == "abc"
        assert "abc" not in repr(shown)

    async def test_a_new_account_has_used_nothing(self, database, accounts, add_account):
        """
        Defaults and NULLs mean never and none.
        """
        account_id = await add_account(last_check_in_time=None, last_login_time=None)

        shown = await database.run(lambda it: accounts.get_overview(it, account_id))

        assert shown.last_used_at is None
        assert shown.level_expires_at is None
        assert shown.subscription_token is None
        assert shown.balance == Decimal("0.00")

    async def test_nothing_is_ever_negative(self, database, accounts, add_account):
        """
        Used more than allowed, or more today than in the period after a reset, counts as 0.
        """
        account_id = await add_account(u=1, d=1, transfer_today=5, transfer_enable=1)

        shown = await database.run(lambda it: accounts.get_overview(it, account_id))

        assert (shown.used_before_today_bytes, shown.left_bytes) == (0, 0)

    async def test_a_deleted_account_is_told_as_gone(self, database, accounts):
        """
        The panel deletes for good, also between two statements of ours.
        """
        for ask in (accounts.get_overview, accounts.get_check_in):
            with pytest.raises(AccountGoneError, match="no account 404"):
                await database.run(lambda it, ask=ask: ask(it, 404))

    @pytest.mark.parametrize(
        ("zone", "level", "local", "instant"),
        [
            (SHANGHAI, 1, local_time(2027, 1, 1), datetime(2026, 12, 31, 16, tzinfo=UTC)),
            # The clock went back at 2:00 daylight time: 1:30 came twice, the earlier one counts.
            (NEW_YORK, 1, local_time(2026, 11, 1, 1, 30), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
            # The clock went forward at 2:00: there was no 2:30.
            (NEW_YORK, 1, local_time(2026, 3, 8, 2, 30), datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
            (SHANGHAI, 0, local_time(2027, 1, 1), None),
            (SHANGHAI, 3, local_time(1989, 6, 4, 0, 5), None),
            (NEW_YORK, 1, local_time(9999, 12, 31, 23, 59, 59), None),
        ],
    )
    async def test_a_level_ends_at_the_sites_local_time(
        self, *, database, tables, add_account, zone, level, local, instant
    ):
        """
        `class_expire` is local time; level 0 and the panel's default date never end.
        """
        account_id = await add_account(**{"class": level, "class_expire": local})
        accounts = AccountTable(tables, zone=zone)

        shown = await database.run(lambda it: accounts.get_overview(it, account_id))

        assert shown.level_expires_at == instant

    async def test_mariadbs_zero_date_is_no_date(self, on_mariadb, tables, execute, mariadb_url):
        """
        0000-00-00 00:00:00, from a lenient server of old, is read as never.
        """
        name = mariadb_url.rpartition("/")[2]
        await execute(
            "SET STATEMENT sql_mode = '' FOR INSERT INTO user"
            " (email, pass, passwd, uuid, port, class, class_expire)"
            " VALUES ('a@example.com', '', '', UUID(), 1, 1, '0000-00-00')",
            database=name,
        )
        accounts = AccountTable(tables, zone=SHANGHAI)

        shown = await on_mariadb.run(lambda it: accounts.get_overview(it, 1))

        assert shown.level_expires_at is None


class TestCheckIn:
    async def test_a_day_is_paid_once(self, database, accounts, add_account):
        """
        The reward is added to the allowance, and the next one is due after midnight.
        """
        account_id = await add_account(transfer_enable=GB, last_check_in_time=None, u=3, d=4)

        async def grant(at, since):
            return await database.run(
                lambda it: accounts.grant_check_in(it, account_id, 5 * MB, at=at, since=since)
            )

        assert await grant(NOON, MIDNIGHT)
        assert not await grant(NOON + timedelta(hours=1), MIDNIGHT)
        assert await database.run(
            lambda it: accounts.get_check_in(it, account_id)
        ) == CheckInRecord(
            allowance_bytes=GB + 5 * MB,
            used_bytes=7,
            last_check_in_at=NOON.astimezone(UTC),
            is_banned=False,
            is_shadow_banned=False,
        )
        assert await grant(NOON + timedelta(days=1), MIDNIGHT + timedelta(days=1))

    async def test_a_reward_of_nothing_uses_the_day(self, database, accounts, add_account):
        """
        Who drew 0 does not draw again.
        """
        account_id = await add_account()

        def grant():
            return database.run(
                lambda it: accounts.grant_check_in(it, account_id, 0, at=NOON, since=MIDNIGHT)
            )

        assert await grant()
        assert not await grant()

    async def test_midnight_itself_belongs_to_the_new_day(self, database, accounts, add_account):
        """
        Paid in the last second of a day, an account is paid again in the first of the next.
        """
        last_second = MIDNIGHT - timedelta(seconds=1)
        account_id = await add_account(last_check_in_time=int(last_second.timestamp()))

        def grant():
            return database.run(
                lambda it: accounts.grant_check_in(it, account_id, 1, at=MIDNIGHT, since=MIDNIGHT)
            )

        assert await grant()
        assert not await grant()

    async def test_100_at_once_pay_once(self, database, accounts, add_account, column):
        """
        Whatever comes at the same moment, also over several daemons, is one reward.
        """
        account_id = await add_account(transfer_enable=GB)

        outcomes = await asyncio.gather(
            *(
                database.run(
                    lambda it: accounts.grant_check_in(it, account_id, MB, at=NOON, since=MIDNIGHT)
                )
                for _ in range(100)
            )
        )

        assert outcomes.count(True) == 1
        assert await column(account_id, "transfer_enable") == GB + MB

    @pytest.mark.parametrize("state", ["is_banned", "is_shadow_banned"])
    async def test_a_banned_account_is_not_paid(
        self, database, accounts, add_account, column, state
    ):
        """
        Not even if it was banned an instant ago: the UPDATE itself looks.
        """
        account_id = await add_account(transfer_enable=GB, **{state: 1})

        assert not await database.run(
            lambda it: accounts.grant_check_in(it, account_id, MB, at=NOON, since=MIDNIGHT)
        )

        assert await column(account_id, "transfer_enable") == GB
        record = await database.run(lambda it: accounts.get_check_in(it, account_id))
        assert getattr(record, state)

    async def test_traffic_that_the_panel_counts_meanwhile_is_kept(
        self, database, tables, accounts, add_account, column
    ):
        """
        The reward is relative: what the panel writes at the same time stays.
        """
        account_id = await add_account(transfer_enable=GB)
        user = tables.user
        panel = update(user).values(transfer_enable=user.c.transfer_enable + 1, u=user.c.u + 1)

        await asyncio.gather(
            *(database.run(lambda it: it.execute(panel)) for _ in range(20)),
            database.run(
                lambda it: accounts.grant_check_in(it, account_id, MB, at=NOON, since=MIDNIGHT)
            ),
        )

        assert await column(account_id, "transfer_enable") == GB + MB + 20
        assert await column(account_id, "u") == 20

    async def test_a_day_that_has_not_begun_cannot_be_paid(self, database, accounts, add_account):
        """
        Paying before midnight for the day after would pay that day twice.
        """
        account_id = await add_account()

        with pytest.raises(ValueError, match="before its day"):
            await database.run(
                lambda it: accounts.grant_check_in(
                    it, account_id, 1, at=MIDNIGHT - timedelta(seconds=1), since=MIDNIGHT
                )
            )

    @pytest.mark.parametrize(("how", "times"), [(Cut.AFTER, 1), (Cut.BEFORE, 1)])
    async def test_an_answer_that_was_lost_is_told_as_paid_all_the_same(
        self, behind_proxy, proxy, tables, how, times
    ):
        """
        Who was paid, but over a connection that broke, hears of the reward and not „already“.
        """
        accounts = AccountTable(tables, zone=SHANGHAI)
        await behind_proxy.run(
            lambda it: it.execute(
                insert(tables.user).values(
                    {"email": "a", "pass": "", "passwd": "", "uuid": UUID, "port": 1}
                )
            )
        )
        proxy.cut("UPDATE", how, times=times)

        granted = await behind_proxy.run(
            lambda it: accounts.grant_check_in(it, 1, MB, at=NOON, since=MIDNIGHT)
        )

        assert granted
        record = await behind_proxy.run(lambda it: accounts.get_check_in(it, 1))
        assert record.allowance_bytes == MB

    async def test_a_repeated_ask_of_one_who_was_paid_before_pays_nothing(
        self, behind_proxy, proxy, tables
    ):
        """
        A connection that breaks makes nobody believe in a second reward.
        """
        accounts = AccountTable(tables, zone=SHANGHAI)
        await behind_proxy.run(
            lambda it: it.execute(
                insert(tables.user).values(
                    {
                        "email": "a",
                        "pass": "",
                        "passwd": "",
                        "uuid": UUID,
                        "port": 1,
                        "last_check_in_time": int(MIDNIGHT.timestamp()) + 60,
                    }
                )
            )
        )
        proxy.cut("UPDATE", Cut.AFTER)

        granted = await behind_proxy.run(
            lambda it: accounts.grant_check_in(it, 1, MB, at=NOON, since=MIDNIGHT)
        )

        assert not granted


class TestEmail:
    @pytest.mark.parametrize(
        ("said", "is_right"),
        [
            ("Someone@Example.com", True),
            ("  someone@example.com\n", True),
            ("SOMEONE@EXAMPLE.COM", True),
            ("someone@example.co", False),
            ("", False),
            ("   ", False),
            ("%", False),
            ("' OR 1=1 -- ", False),
        ],
    )
    async def test_an_address_is_compared_without_case_and_blanks(
        self, database, accounts, add_account, said, is_right
    ):
        """
        People write their address in many ways; no other one passes.
        """
        account_id = await add_account(email="Someone@example.com")

        assert await database.run(lambda it: accounts.has_email(it, account_id, said)) is is_right

    async def test_no_address_matches_no_address(self, database, accounts, add_account):
        """
        An account without an address cannot be unbound by saying nothing.
        """
        account_id = await add_account(email="")

        assert not await database.run(lambda it: accounts.has_email(it, account_id, ""))


async def test_tables_with_a_prefix_are_used_under_it(tmp_path):
    """
    Two sites may share a database; each has its prefix.
    """
    database, tables = (
        Database(f"sqlite+aiosqlite:///{tmp_path}/panel.sqlite"),
        PanelTables("second_"),
    )
    await database.transact(lambda it: it.run_sync(tables.metadata.create_all), timeout=30)
    accounts = AccountTable(tables, zone=SHANGHAI)

    with pytest.raises(AccountGoneError):
        await database.run(lambda it: accounts.get_overview(it, 1))
    assert tables.user.name == "second_user"
    await database.close()
