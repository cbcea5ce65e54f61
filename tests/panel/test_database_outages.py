"""
What `Database` promises when MariaDB is restarted, hangs, refuses, deadlocks or is cut off.
"""

import asyncio

import pymysql
import pytest
from sqlalchemy import insert, make_url, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import (
    CommitUnknownError,
    Database,
    DatabaseMisfitError,
    DatabaseUnavailableError,
    is_rerun,
)
from tests.databases import PASSWORD, USER, free_port
from tests.panel.proxy import Cut
from tests.patience import fair_time


async def ping(connection: AsyncConnection) -> int:
    return (await connection.execute(text("SELECT 1"))).scalar_one()


async def questions(connection: AsyncConnection) -> tuple[int, int]:
    """The connection's id, and how many statements it has been sent so far."""
    row = (await connection.execute(text("SHOW SESSION STATUS LIKE 'Questions'"))).one()
    return await connection.scalar(text("SELECT CONNECTION_ID()")), int(row[1])


def add_row(tables, item: str):
    async def work(connection: AsyncConnection) -> None:
        await connection.execute(insert(tables.config).values(item=item, value="x"))

    return work


async def rows(database: Database, tables) -> list[str]:
    found = await database.run(lambda it: it.execute(select(tables.config.c.item)))
    return sorted(found.scalars())


class TestCost:
    async def test_a_statement_is_one_round_trip(self, on_mariadb):
        """
        Nothing is sent before or after a single statement: no ping, no BEGIN, no ROLLBACK.
        """
        before = await on_mariadb.run(questions)
        for _ in range(10):
            await on_mariadb.run(ping)
        after = await on_mariadb.run(questions)

        assert before[0] == after[0], "both looks were at one connection"
        assert after[1] - before[1] == 10 + 2  # the looks themselves are two statements

    async def test_a_transaction_costs_its_statements_and_a_commit(self, on_mariadb):
        """
        A unit of work is one round trip more than its statements.
        """
        before = await on_mariadb.transact(questions)
        for _ in range(10):
            await on_mariadb.transact(ping)
        after = await on_mariadb.transact(questions)

        assert before[0] == after[0], "both looks were at one connection"
        assert after[1] - before[1] == 2 * 10 + 2 + 1

    async def test_no_more_than_20_connections_are_opened(self, on_mariadb, mariadb):
        """
        However much comes at once, the site's own connections are left in peace.
        """

        async def slow(connection):
            await connection.execute(text("SELECT SLEEP(0.05)"))

        ways = (on_mariadb.run, on_mariadb.transact)
        await asyncio.gather(*(way(slow) for way in ways for _ in range(60)))

        name = await on_mariadb.run(lambda it: it.scalar(text("SELECT DATABASE()")))
        assert mariadb.connections_to(name) == 20

    @pytest.mark.parametrize("way", ["run", "transact"])
    async def test_a_session_has_its_settings(self, on_mariadb, way):
        """
        UTC, the whole of Unicode, strict, READ COMMITTED, and no wait that outlives the ask.
        """

        async def look(connection):
            return (
                await connection.execute(
                    text(
                        "SELECT @@time_zone, @@character_set_client, @@tx_isolation,"
                        " @@sql_mode LIKE '%STRICT_TRANS_TABLES%', @@innodb_lock_wait_timeout,"
                        " @@lock_wait_timeout"
                    )
                )
            ).one()

        settings = await getattr(on_mariadb, way)(look)

        assert settings == ("+00:00", "utf8mb4", "READ-COMMITTED", 1, 1, 1)


class TestRestart:
    @pytest.mark.parametrize("end", ["stop", "kill"])
    @pytest.mark.parametrize("way", ["run", "transact"])
    async def test_a_restart_between_two_asks_is_not_noticed(self, on_mariadb, mariadb, end, way):
        """
        Connections that died in the pool are replaced; nobody is told of it.
        """
        ask = getattr(on_mariadb, way)
        await asyncio.gather(*(ask(ping) for _ in range(20)))

        await asyncio.to_thread(getattr(mariadb, end))
        await asyncio.to_thread(mariadb.start)

        assert await asyncio.gather(*(ask(ping) for _ in range(20))) == [1] * 20

    async def test_away_and_back_again(self, on_mariadb, mariadb):
        """
        While the server is stopped each ask is refused at once, and the first one after is served.
        """
        await on_mariadb.run(ping)
        await asyncio.to_thread(mariadb.stop)

        for _ in range(3):
            began = fair_time()
            with pytest.raises(DatabaseUnavailableError, match="connection refused") as caught:
                await on_mariadb.run(ping)
            assert fair_time() - began < 1.5
            assert PASSWORD not in str(caught.value)
            assert caught.value.reason == "connection refused"

        await asyncio.to_thread(mariadb.start)
        assert await on_mariadb.run(ping) == 1

    async def test_a_server_killed_in_mid_transaction_has_it_done_once(
        self, on_mariadb, mariadb, tables
    ):
        """
        The unit of work is run again from its start on the server that came back.
        """
        runs = []

        async def work(connection):
            runs.append(is_rerun(connection))
            await connection.execute(insert(tables.config).values(item="first", value="x"))
            if len(runs) == 1:
                await asyncio.to_thread(mariadb.kill)
                await asyncio.to_thread(mariadb.start)
            await connection.execute(insert(tables.config).values(item="second", value="x"))

        await on_mariadb.transact(work, timeout=30)

        assert runs == [False, True]
        assert await rows(on_mariadb, tables) == ["first", "second"]

    async def test_a_connection_killed_under_a_statement_has_it_run_again(
        self, on_mariadb, execute
    ):
        """
        The second run knows that it is one.
        """
        seen = []

        async def work(connection):
            seen.append(is_rerun(connection))
            number = await connection.scalar(text("SELECT CONNECTION_ID()"))
            if len(seen) == 1:
                await execute(f"KILL {number}")
            return await ping(connection)

        assert await on_mariadb.run(work) == 1
        assert seen == [False, True]


class TestHanging:
    async def test_a_hung_server_is_given_up_in_time_and_used_again_afterwards(
        self, on_mariadb, mariadb
    ):
        """
        With open and with new connections: an answer within the time, and no restart needed.
        """
        await asyncio.gather(*(on_mariadb.run(ping) for _ in range(4)))
        mariadb.pause()
        began = fair_time()

        asks = [way(ping) for way in (on_mariadb.run, on_mariadb.transact) for _ in range(30)]
        outcomes = await asyncio.gather(*asks, return_exceptions=True)

        assert fair_time() - began < 3.0
        assert {type(outcome) for outcome in outcomes} == {DatabaseUnavailableError}
        assert on_mariadb.connections_in_use == 0
        mariadb.resume()
        assert await asyncio.gather(*(on_mariadb.run(ping) for _ in range(30))) == [1] * 30
        assert await on_mariadb.transact(ping) == 1

    async def test_closing_does_not_wait_for_a_hung_server(self, mariadb_url, mariadb):
        """
        The daemon can stop while its database hangs.
        """
        database = Database(mariadb_url)
        await asyncio.gather(*(way(ping) for way in (database.run, database.transact)))
        mariadb.pause()

        async with asyncio.timeout(8):
            await database.close()

        mariadb.resume()

    async def test_a_cancel_does_not_wait_for_a_hung_server(self, on_mariadb, mariadb):
        """
        The daemon can stop in the middle of a transaction: nothing is said to the server any more.
        """

        async def wait_while_hung(connection):
            await ping(connection)
            mariadb.pause()
            await asyncio.sleep(10)

        async with asyncio.timeout(8):
            with pytest.raises(DatabaseUnavailableError):
                await on_mariadb.transact(wait_while_hung, timeout=0.3)

        assert on_mariadb.connections_in_use == 0
        mariadb.resume()
        assert await on_mariadb.transact(ping) == 1

    async def test_a_failing_transaction_of_a_hung_server_blocks_no_connection(
        self, on_mariadb, mariadb
    ):
        """
        Undoing needs the server too; when it hangs the connection is thrown away instead.
        """

        async def fail_while_hung(connection):
            await ping(connection)
            mariadb.pause()
            raise LookupError

        with pytest.raises((LookupError, DatabaseUnavailableError)):
            await on_mariadb.transact(fail_while_hung)

        assert on_mariadb.connections_in_use == 0
        mariadb.resume()
        assert await on_mariadb.transact(ping) == 1


class TestRefusal:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"port": "closed"}, "connection refused"),
            ({"password": "wrong-horse"}, "wrong user or password"),
            ({"database": "no_such_panel"}, "no such database"),
            ({"host": "no-such-host.invalid"}, "unknown host"),
            ({"query": {"unix_socket": "/no/such.sock"}}, "there is no such socket"),
            ({"query": {"ssl": "true"}}, "the server offers no TLS"),
        ],
    )
    async def test_each_refusal_has_its_reason(self, mariadb_url, change, reason):
        """
        The operator's line names the place and what is wrong, never the password.
        """
        if change.get("port"):
            change = {"port": free_port()}
        url = make_url(mariadb_url).set(**change)
        database = Database(url)

        with pytest.raises(DatabaseUnavailableError) as caught:
            await database.run(ping)

        assert caught.value.reason == reason
        assert f"{USER}@" in str(caught.value)
        assert PASSWORD not in str(caught.value)
        assert "wrong-horse" not in str(caught.value)
        await database.close()

    async def test_a_full_server_is_told_as_such(self, modest_url, mariadb):
        """
        `too many connections` is the server's limit, not a fault of ours; it passes.
        """
        database = Database(modest_url)
        mariadb.execute("SET GLOBAL max_connections = 10")
        held = [
            pymysql.connect(unix_socket=str(mariadb.socket), user="modest", password=PASSWORD)
            for _ in range(10)
        ]
        try:
            with pytest.raises(DatabaseUnavailableError, match="too many connections"):
                await database.run(ping)
        finally:
            for connection in held:
                connection.close()
            mariadb.execute("SET GLOBAL max_connections = 151")

        assert await database.run(ping) == 1
        await database.close()

    @pytest.mark.parametrize(
        ("number", "kind", "reason"),
        [
            (1047, DatabaseUnavailableError, "the cluster's node has no quorum"),
            (1290, DatabaseUnavailableError, "the server is read-only"),
            (1142, DatabaseMisfitError, "a right on a table is missing"),
            (1213, DatabaseUnavailableError, "deadlocks again and again"),
        ],
    )
    @pytest.mark.parametrize("way", ["run", "transact"])
    async def test_a_lasting_failure_ends_in_an_answer(self, on_mariadb, number, kind, reason, way):
        """
        What does not pass by itself within the time is told with its reason.
        """

        async def fail(connection):
            await connection.exec_driver_sql(
                f"SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {number}, MESSAGE_TEXT = 'said'"
            )

        with pytest.raises(kind) as caught:
            await getattr(on_mariadb, way)(fail, timeout=0.5)

        assert caught.value.reason == reason
        assert await on_mariadb.run(ping) == 1

    async def test_a_password_in_any_script_is_understood(self, mariadb, mariadb_url, execute):
        """
        A password is its UTF-8, as MariaDB has hashed it.
        """
        await execute("CREATE OR REPLACE USER 'im'@'%' IDENTIFIED BY '密码-påss'")
        name = make_url(mariadb_url).database
        await execute(f"GRANT SELECT ON {name}.* TO 'im'@'%'")
        database = Database(mariadb.url(name, user="im", password="密码-påss"))

        assert await database.run(ping) == 1
        await database.close()


class TestRetry:
    async def test_two_transactions_that_cross_are_both_done(self, on_mariadb, tables):
        """
        One of the two is taken back by the server and runs again.
        """
        await on_mariadb.transact(add_row(tables, "one"))
        await on_mariadb.transact(add_row(tables, "two"))
        config, met, runs = tables.config, asyncio.Barrier(2), []

        def cross(first, second):
            async def work(connection):
                runs.append(first)
                await connection.execute(
                    update(config).where(config.c.item == first).values(mark=first)
                )
                if len(runs) <= 2:
                    await met.wait()
                await connection.execute(
                    update(config)
                    .where(config.c.item == second)
                    .values(default=config.c.default + "x")
                )

            return work

        await asyncio.gather(
            on_mariadb.transact(cross("one", "two")), on_mariadb.transact(cross("two", "one"))
        )

        assert len(runs) == 3
        found = await on_mariadb.run(lambda it: it.execute(select(config.c.default)))
        assert found.scalars().all() == ["x", "x"]

    async def test_a_deadlock_is_tried_20_times_and_more(self, on_mariadb):
        """
        Rivals part in the end: the pauses are short and drawn at random.
        """
        runs = []

        async def work(connection):
            runs.append(None)
            if len(runs) < 20:
                await connection.exec_driver_sql(
                    "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'said'"
                )
            return "done"

        assert await on_mariadb.transact(work) == "done"
        assert len(runs) == 20

    async def test_a_lock_that_others_hold_for_a_while_is_waited_for(self, on_mariadb, tables):
        """
        The panel may hold a row for longer than one wait of the server's.
        """
        await on_mariadb.transact(add_row(tables, "row"))
        held = asyncio.Event()
        change = update(tables.config).values(mark=tables.config.c.mark + "x")

        async def hold(connection):
            await connection.execute(change)
            held.set()
            await asyncio.sleep(1.4)

        async def write(connection):
            await held.wait()
            await connection.execute(change)

        await asyncio.gather(on_mariadb.transact(hold), on_mariadb.run(write))

        assert await on_mariadb.run(lambda it: it.scalar(select(tables.config.c.mark))) == "xx"

    async def test_an_ask_that_was_given_up_is_not_done_later(self, on_mariadb, tables):
        """
        Who was told that the site cannot be reached is not served behind his back.
        """
        await on_mariadb.transact(add_row(tables, "row"))
        held, told = asyncio.Event(), asyncio.Event()
        change = update(tables.config).values(mark=tables.config.c.mark + "x")

        async def hold(connection):
            await connection.execute(change)
            held.set()
            await told.wait()

        async def ask():
            await held.wait()
            with pytest.raises(DatabaseUnavailableError, match="others hold a lock"):
                await on_mariadb.run(lambda it: it.execute(change))
            await asyncio.sleep(1.2)  # longer than the server waits for a lock
            told.set()

        await asyncio.gather(on_mariadb.transact(hold, timeout=10), ask())

        assert await on_mariadb.run(lambda it: it.scalar(select(tables.config.c.mark))) == "x"


class TestUnknownCommit:
    @pytest.mark.parametrize(
        ("how", "left"), [(Cut.AFTER, ["row"]), (Cut.BEFORE, []), (Cut.SILENT, ["row"])]
    )
    async def test_a_commit_without_an_answer_is_told_as_unknown(
        self, behind_proxy, proxy, tables, how, left
    ):
        """
        It is not run again: whether it was done is looked up by whoever can tell.
        """
        await behind_proxy.transact(ping)
        proxy.cut("COMMIT", how)

        with pytest.raises(CommitUnknownError):
            await behind_proxy.transact(add_row(tables, "row"), timeout=1.0)

        assert await rows(behind_proxy, tables) == left

    async def test_a_connection_lost_before_commit_has_the_work_run_again(
        self, behind_proxy, proxy, tables
    ):
        """
        What was not committed was not done, so that it can simply be done again.
        """
        proxy.cut("INSERT", Cut.AFTER)

        await behind_proxy.transact(add_row(tables, "row"))

        assert await rows(behind_proxy, tables) == ["row"]

    async def test_a_second_loss_is_told(self, behind_proxy, proxy, tables):
        """
        A connection that breaks twice is not tried for ever.
        """
        proxy.cut("INSERT", Cut.BEFORE, times=2)

        with pytest.raises(DatabaseUnavailableError, match="the connection broke"):
            await behind_proxy.transact(add_row(tables, "row"))

        assert await rows(behind_proxy, tables) == []
