"""
What `Database` promises on both engines while the database is well.
"""

import asyncio
import random
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database, DatabaseMisfitError, DatabaseUnavailableError
from tests.patience import fair_time


async def ping(connection: AsyncConnection) -> int:
    return (await connection.execute(text("SELECT 1"))).scalar_one()


class EnoughError(Exception):
    """What the work of a test raises."""


async def test_a_transaction_is_all_or_nothing(database, tables, add_account):
    """
    What fails inside undoes what was written before it.
    """
    account_id = await add_account(user_name="before")
    user = tables.user

    async def write_and_fail(connection):
        await connection.execute(
            update(user).where(user.c.id == account_id).values(user_name="after")
        )
        raise EnoughError

    with pytest.raises(EnoughError):
        await database.transact(write_and_fail)

    assert await database.run(lambda it: it.scalar(select(user.c.user_name))) == "before"


async def test_a_transaction_gives_what_its_work_gives(database, tables, add_account):
    """
    What was committed is there, and the work's value comes back.
    """
    account_id = await add_account()
    user = tables.user

    async def write(connection):
        done = await connection.execute(
            update(user).where(user.c.id == account_id).values(user_name="after")
        )
        return done.rowcount

    assert await database.transact(write) == 1
    assert await database.run(lambda it: it.scalar(select(user.c.user_name))) == "after"


async def test_a_violated_constraint_is_the_callers_affair(database, add_account):
    """
    A duplicate is no outage, and the connection that saw it serves on.
    """
    await add_account(email="one@example.com")

    with pytest.raises(IntegrityError):
        await add_account(email="ONE@example.com")

    assert await database.run(ping) == 1


@pytest.mark.parametrize("way", ["run", "transact"])
async def test_many_asks_at_once_are_all_answered(database, way):
    """
    The very first asks may come together, and more than there are connections.
    """
    answers = await asyncio.gather(*(getattr(database, way)(ping) for _ in range(100)))

    assert answers == [1] * 100
    assert database.connections_in_use == 0


async def test_a_cancelled_ask_leaves_no_half_used_connection(database):
    """
    Wherever a cancel strikes, the next ask gets its own answer and not the cancelled one's.
    """

    async def echo(number):
        async def work(connection):
            first = await connection.scalar(text("SELECT :n"), {"n": number})
            return first, await connection.scalar(text("SELECT :n"), {"n": -number})

        way = database.transact if number % 2 else database.run
        return await way(work)

    for number in range(1, 80):
        task = asyncio.create_task(echo(number))
        await asyncio.sleep(random.uniform(0, 0.003))
        task.cancel()
        outcome = (await asyncio.gather(task, return_exceptions=True))[0]
        assert isinstance(outcome, asyncio.CancelledError) or outcome == (number, -number)

        assert await echo(number + 1000) == (number + 1000, -number - 1000)

    assert database.connections_in_use == 0


async def test_work_that_takes_too_long_is_ended(database):
    """
    An ask ends after its time, whatever it waits for.
    """
    began = fair_time()

    with pytest.raises(DatabaseUnavailableError, match=r"no answer within 0\.2 s") as caught:
        await database.transact(lambda _: asyncio.sleep(10), timeout=0.2)

    assert fair_time() - began < 1.5
    assert caught.value.reason == "no answer within 0.2 s"
    assert await database.run(ping) == 1


async def test_a_time_out_of_the_work_itself_is_not_taken_for_ours(database):
    """
    A TimeoutError that the work raises says nothing about the database.
    """

    async def work(_connection):
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await database.run(work)


async def test_a_missing_table_is_told_as_a_misfit(database):
    """
    A database that answers but is not the panel's is another finding than one that is away.
    """
    with pytest.raises(DatabaseMisfitError, match="a table is missing"):
        await database.run(lambda it: it.execute(text("SELECT 1 FROM no_such_table")))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://panel:correct-horse@localhost/panel",
        "mysql://panel:correct-horse@localhost:port/panel",
        "mysql://panel:correct-horse@localhost/panel?wait=long",
        "mysql://panel:correct-horse@localhost/panel?ssl_ca=/no/such/file",
        "correct-horse",
        "sqlite://",
        "sqlite+aiosqlite:///:memory:",
    ],
)
def test_a_url_that_cannot_work_is_refused_without_showing_it(url):
    """
    A mistake in `database_url` is told at once, and never with the password in it.
    """
    with pytest.raises(ValueError, match="database_url") as caught:
        Database(url)

    assert "correct-horse" not in str(caught.value)


class TestSQLite:
    async def test_a_file_that_another_process_writes_is_waited_for(self, sqlite_url, tables):
        """
        Several processes share the file; one that is being written is free again soon.
        """
        database = Database(sqlite_url)
        other = sqlite3.connect(
            sqlite_url.partition("///")[2], isolation_level=None, check_same_thread=False
        )
        other.execute("BEGIN IMMEDIATE")
        asyncio.get_running_loop().call_later(1.3, other.execute, "COMMIT")

        async def write(connection):
            await connection.execute(insert(tables.config).values(item="a", value="b"))

        await database.transact(write)

        assert await database.run(lambda it: it.scalar(select(tables.config.c.value))) == "b"
        await database.close()
        other.close()

    async def test_a_file_that_stays_locked_is_unavailable(self, sqlite_url):
        """
        A lock that is never given back ends in an answer within the time.
        """
        database = Database(sqlite_url)
        other = sqlite3.connect(sqlite_url.partition("///")[2], isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(DatabaseUnavailableError, match="another program holds the file"):
            await database.transact(ping)

        other.close()
        assert await database.transact(ping) == 1
        await database.close()

    async def test_a_place_that_is_not_there_is_unavailable(self, tmp_path: Path):
        """
        A path that leads nowhere is told with the path.
        """
        database = Database(f"sqlite+aiosqlite:///{tmp_path}/nowhere/panel.sqlite")

        with pytest.raises(DatabaseUnavailableError, match=r"nowhere/panel\.sqlite"):
            await database.run(ping)

        await database.close()


class TestThreads:
    """SQLite's connections live in threads, which must not outlive the loop that they answer to."""

    @pytest.mark.parametrize("patience", [None, 0.0], ids=["failed", "cancelled"])
    @pytest.mark.parametrize("place", ["nowhere/panel.sqlite", "panel.sqlite"])
    async def test_a_connection_that_is_not_made_leaves_no_thread(
        self, tmp_path: Path, place: str, patience: float | None
    ):
        """
        Where the file cannot be opened, or is no longer wanted, all threads end with `close`.
        """
        database = Database(f"sqlite+aiosqlite:///{tmp_path}/{place}", pool_size=10)
        asks = [asyncio.create_task(database.run(ping)) for _ in range(10)]

        await asyncio.wait(asks, timeout=patience)
        for ask in asks:
            ask.cancel()
        await asyncio.gather(*asks, return_exceptions=True)
        await database.close()

        assert _sqlite_threads() == []


def _sqlite_threads() -> list[str]:
    names = (thread.name for thread in threading.enumerate())
    return [name for name in names if "_connection_worker" in name]
