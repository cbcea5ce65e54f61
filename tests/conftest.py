"""
What all tests share: a private MariaDB, and a fresh panel database on each engine.

A test that asks for `panel_url` or `database` runs twice, on MariaDB and on SQLite. A connection
that is still lent or open after a test fails it.
"""

import functools
import io
import itertools
import json
import logging
import secrets
import shutil
import signal
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, insert, update
from xdist.scheduler import LoadFileScheduling

from config_store.database import Database
from config_store.own.tables import OwnTables
from config_store.panel.tables import PanelTables
from core.log import Redactor, configure_logging
from tests.databases import PrivateMariaDB, wait_until

AddAccount = Callable[..., Awaitable[int]]
SetConfig = Callable[[str, object], Awaitable[None]]

GB = 1024**3  # bytes

_LARGE = ("tests/crash/", "tests/galera/")
_LONG = {  # rooms and files whose tests take long, in about seconds for each file
    "test_processes.py": 90,
    "crash": 100,
    "galera": 100,
    "roles": 40,
    "daemon": 35,
    "migrations": 30,
    "delivery": 25,
    "telegram": 20,
    "console": 20,
    "page": 15,
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "real_schema: on MariaDB, the panel's own schema instead of ours"
    )
    # A shell has what it starts in the background ignore Ctrl-C, and so would what we start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # How long an example takes says more of the machine than of the code.
    settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Those first that take long: workers that share the files out then end at about the same time.
    """
    items.sort(key=lambda item: -_LONG.get(item.path.name, _LONG.get(item.path.parent.name, 0)))


class _Sharing(LoadFileScheduling):
    """
    The files are shared out, but those that start whole sites of daemons or a cluster stay with
    one worker: several at once leave no time for any of them.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "large" if file.startswith(_LARGE) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    return _Sharing(config, log) if config.getoption("dist") == "loadfile" else None


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
        real_schema=request.node.get_closest_marker("real_schema") is not None,
        own_tables=_has_own_tables(request),
    )
    yield mariadb.url(name)
    mariadb.ensure_running()
    wait_until(lambda: mariadb.connections_to(name) == 0, "all connections are closed")
    mariadb.release_panel(name)


@pytest.fixture
def has_own_tables() -> None:
    """
    Who asks for it gets a panel beside whose tables the daemon's own are there already.
    """


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """
    Makes the empty panels that are copied, each of them once.
    """
    folder = tmp_path_factory.mktemp("sqlite")

    @functools.cache
    def make(*, own_tables: bool) -> Path:
        path = folder / f"own-tables-{own_tables}.sqlite"
        engine = create_engine(f"sqlite:///{path}")
        PanelTables().metadata.create_all(engine)
        if own_tables:
            OwnTables().metadata.create_all(engine)
        engine.dispose()
        return path

    return make


@pytest.fixture
def sqlite_url(
    request: pytest.FixtureRequest, sqlite_template: Callable[..., Path], tmp_path: Path
) -> str:
    """
    A fresh panel in an SQLite file.
    """
    template = sqlite_template(own_tables=_has_own_tables(request))
    path = shutil.copy(template, tmp_path / "panel.sqlite")
    return f"sqlite+aiosqlite:///{path}"


def _has_own_tables(request: pytest.FixtureRequest) -> bool:
    return "has_own_tables" in request.fixturenames


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
