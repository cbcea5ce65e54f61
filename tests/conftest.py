"""
What all tests share: a private MariaDB, and a fresh panel database on each engine.

A test that asks for `panel_url` or `database` runs twice, on MariaDB and on SQLite. A connection
that is still lent or open after a test fails it.
"""

import io
import itertools
import json
import logging
import secrets
import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import create_engine, insert, update

from config_store.database import Database
from config_store.panel.tables import PanelTables
from core.log import Redactor, configure_logging
from tests.databases import PrivateMariaDB, wait_until

AddAccount = Callable[..., Awaitable[int]]
SetConfig = Callable[[str, object], Awaitable[None]]

GB = 1024**3  # bytes


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "real_schema: on MariaDB, the panel's own schema instead of ours"
    )


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateMariaDB]:
    """
    The tests' own server. One that stops, kills or pauses it need not bring it back.
    """
    server = PrivateMariaDB(tmp_path_factory.mktemp("mariadb"))
    try:
        server.install()
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def mariadb_url(request: pytest.FixtureRequest, mariadb: PrivateMariaDB) -> Iterator[str]:
    """
    A fresh panel on MariaDB. Fails the test if a connection to it stays open.
    """
    mariadb.ensure_running()
    name = mariadb.create_panel(
        real_schema=request.node.get_closest_marker("real_schema") is not None
    )
    yield mariadb.url(name)
    mariadb.ensure_running()
    wait_until(lambda: mariadb.connections_to(name) == 0, "all connections are closed", timeout=2.0)
    mariadb.release_panel(name)


@pytest.fixture(scope="session")
def empty_sqlite_panel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "panel.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    PanelTables().metadata.create_all(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(empty_sqlite_panel: Path, tmp_path: Path) -> str:
    """
    A fresh panel in an SQLite file.
    """
    path = shutil.copy(empty_sqlite_panel, tmp_path / "panel.sqlite")
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(params=["mariadb", "sqlite"])
def panel_url(request: pytest.FixtureRequest) -> str:
    """
    A fresh panel, on either engine.
    """
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def tables() -> PanelTables:
    return PanelTables()


@pytest.fixture
async def database(panel_url: str) -> AsyncIterator[Database]:
    """
    A connection to the fresh panel. Fails the test if something was lent and not given back.
    """
    database = Database(panel_url)
    yield database
    in_use = database.connections_in_use
    await database.close()
    assert in_use == 0, "a connection was lent and not given back"


@pytest.fixture
def add_account(database: Database, tables: PanelTables) -> AddAccount:
    """
    Makes an account with believable columns, but for those that the test names; its id.
    """
    numbers = itertools.count(1)

    async def add(**columns: Any) -> int:
        number = next(numbers)
        values = {
            "user_name": f"user{number}",
            "email": f"user{number}@example.com",
            "pass": secrets.token_hex(16),
            "passwd": secrets.token_hex(8),
            "uuid": str(uuid.uuid4()),
            "port": 10000 + number,
            "transfer_enable": 100 * GB,
            "api_token": secrets.token_hex(16),
            **columns,
        }
        done = await database.run(
            lambda connection: connection.execute(insert(tables.user).values(values))
        )
        return done.inserted_primary_key[0]

    return add


@pytest.fixture
def set_config(database: Database, tables: PanelTables) -> SetConfig:
    """
    Writes a live setting as the panel does, in a new row or the one that is there.
    """
    config = tables.config

    async def write(item: str, value: object) -> None:
        changed = await database.run(
            lambda connection: connection.execute(
                update(config).where(config.c.item == item).values(value=str(value))
            )
        )
        if not changed.rowcount:
            await database.run(
                lambda connection: connection.execute(
                    insert(config).values({"item": item, "value": str(value), "type": "string"})
                )
            )

    return write


class LogLines(Sequence[dict[str, Any]]):
    """
    The lines of the log so far, as a program would read them.
    """

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    def _lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]

    def __getitem__(self, index: Any) -> Any:
        return self._lines()[index]

    def __len__(self) -> int:
        return len(self._lines())


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    """
    What the daemon and its libraries write to the log from now on.
    """
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logging(level="info", log_format="json", redactor=Redactor(), stream=stream)
    yield LogLines(stream)
    root.handlers[:], root.level = before
    structlog.reset_defaults()
