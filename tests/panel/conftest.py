import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import make_url

from config_store.database import Database
from tests.databases import PASSWORD, PrivateMariaDB
from tests.panel.proxy import CuttingProxy, cutting_proxy


@pytest.fixture
async def proxy(mariadb: PrivateMariaDB) -> AsyncIterator[CuttingProxy]:
    """
    A proxy before MariaDB, which cuts connections to order.
    """
    async with cutting_proxy(mariadb.port) as running:
        yield running


@pytest.fixture
async def behind_proxy(
    mariadb: PrivateMariaDB, mariadb_url: str, proxy: CuttingProxy
) -> AsyncIterator[Database]:
    """
    A `Database` whose way to the fresh panel on MariaDB leads through the proxy.
    """
    database = Database(mariadb_url.replace(f":{mariadb.port}/", f":{proxy.port}/"))
    yield database
    in_use = database.connections_in_use
    await database.close()
    assert in_use == 0, "a connection was lent and not given back"
    await asyncio.sleep(0)


@pytest.fixture
async def on_mariadb(mariadb_url: str) -> AsyncIterator[Database]:
    """
    A `Database` on MariaDB alone, for what SQLite does not have.
    """
    database = Database(mariadb_url)
    yield database
    in_use = database.connections_in_use
    await database.close()
    assert in_use == 0, "a connection was lent and not given back"


@pytest.fixture
def modest_url(mariadb: PrivateMariaDB, mariadb_url: str) -> str:
    """
    The fresh panel on MariaDB, for a user who has no rights but SELECT in it.
    """
    name = make_url(mariadb_url).database
    assert name is not None
    mariadb.execute(f"CREATE OR REPLACE USER modest IDENTIFIED BY '{PASSWORD}'")
    mariadb.execute(f"GRANT SELECT ON {name}.* TO modest")
    return mariadb.url(name, user="modest")


@pytest.fixture
def execute(mariadb: PrivateMariaDB) -> Callable[..., Awaitable[list[Any]]]:
    """
    Runs a statement as the server's administrator, beside the connections under test.
    """

    async def run(statement: str, *arguments: Any, database: str | None = None) -> list[Any]:
        return await asyncio.to_thread(mariadb.execute, statement, *arguments, database=database)

    return run
