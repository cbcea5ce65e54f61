"""
A MariaDB server of the tests' own, and panel databases on it.

The server lives in a temporary directory, listens on loopback only and ends with the tests. It can
be stopped, killed and paused, to see what happens to those who use it. The functions block; from a
running event loop call the slow ones through `asyncio.to_thread`.
"""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymysql
import pytest
from sqlalchemy import URL, MetaData, create_engine

from config_store.own.tables import OwnTables
from config_store.panel.tables import PanelTables

SHARED = Path(__file__).resolve().parents[2] / "shared"
REAL_SCHEMA = SHARED / "panel" / "schema.sql"
USER, PASSWORD = "panel", "correct-horse"
START_TIMEOUT = 30.0  # seconds
MISSING = "MariaDB is not installed here: run `make setup`, or put mariadbd into PATH"

_LEAN = (
    "--skip-log-bin",
    "--performance-schema=OFF",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=32M",
    "--innodb-flush-log-at-trx-commit=2",  # survives the death of the server, not of the machine
    "--innodb-flush-method=nosync",  # nor does a slow disk hold it up
    "--innodb-doublewrite=0",
)


def wait_until(condition: Callable[[], Any], what: str, *, timeout: float = 10.0) -> Any:
    """What `condition` gives as soon as it is true; fails the test after `timeout` seconds."""
    end = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > end:
            pytest.fail(f"{what}: not so within {timeout:g} s")
        time.sleep(0.02)
    return value


def free_port() -> int:
    """A TCP port of loopback that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def freeze(pid: int) -> None:
    """Stop a process until SIGCONT. The signal alone leaves its threads some time to go on."""
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: _thread_states(pid) <= set("TtZX"), f"process {pid} stands still")


def _thread_states(pid: int) -> set[str]:
    """The letters that Linux has for what the threads of a process are doing."""
    states = set[str]()
    for status in Path(f"/proc/{pid}/task").glob("*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            states.add(status.read_text().rpartition(")")[2].split()[0])
    return states


@dataclass(frozen=True, slots=True)
class _Template:
    """A panel that is copied. `free`: copies that are clean again."""

    name: str
    tables: tuple[str, ...]
    shape: list[Any]
    free: list[str] = field(default_factory=list)


class PrivateMariaDB:
    """One server with its data in a directory of its own. `options` go to mariadbd as they are."""

    def __init__(self, directory: Path, *, options: Sequence[str] = ()) -> None:
        self._data = directory / "data"
        self._socket_folder = Path(tempfile.mkdtemp(prefix="im-"))  # a socket's path must be short
        self.socket = self._socket_folder / "db.sock"
        self.port = free_port()
        # In a folder that servers share, one that starts clears away what others have just written.
        self._own_tmp = directory / "tmp"
        self._log = directory / "server.log"
        self._options = tuple(options)
        self._process: subprocess.Popen[bytes] | None = None
        self._templates: dict[str, _Template] = {}
        self._copies: dict[str, _Template] = {}  # the template of each copy that is in use
        self._made = 0

    def install(self) -> None:
        """Make the data directory; takes about a second."""
        self._own_tmp.mkdir(exist_ok=True)
        subprocess.run(
            [
                _program("mariadb-install-db"),
                "--no-defaults",
                f"--user={getpass.getuser()}",
                f"--datadir={self._data}",
                f"--tmpdir={self._own_tmp}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                *_LEAN,
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (self._data.parent / "init.sql").write_text(
            f"CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\n"
            f"GRANT ALL ON *.* TO '{USER}'@'%' WITH GRANT OPTION;\n"
        )

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    _program("mariadbd"),
                    "--no-defaults",
                    f"--user={getpass.getuser()}",
                    f"--datadir={self._data}",
                    f"--tmpdir={self._own_tmp}",
                    f"--socket={self.socket}",
                    f"--pid-file={self._socket_folder / 'pid'}",
                    f"--port={self.port}",
                    "--bind-address=127.0.0.1",
                    "--skip-name-resolve",
                    f"--init-file={self._data.parent / 'init.sql'}",
                    *_LEAN,
                    *self._options,
                ],
                stdout=log,
                stderr=log,
            )
        wait_until(self._answers, f"MariaDB answers (see {self._log})", timeout=START_TIMEOUT)

    def stop(self) -> None:
        """Stop it in order, as an operator does."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it without warning."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Let it hang: connections stay open, nothing answers any more."""
        freeze(self._running().pid)

    def resume(self) -> None:
        """End a pause."""
        self._running().send_signal(signal.SIGCONT)

    def ensure_running(self) -> None:
        """Bring it back after whatever a test did to it."""
        if self._process is None:
            self.start()
        else:
            self.resume()

    def close(self) -> None:
        """End the server and remove what is not in its directory."""
        if self._process is not None:
            self.resume()
            self.kill()
        shutil.rmtree(self._socket_folder, ignore_errors=True)

    def url(self, database: str, *, user: str = USER, password: str = PASSWORD) -> str:
        """The SQLAlchemy URL of one of its databases."""
        return URL.create(
            "mysql+aiomysql",
            username=user,
            password=password,
            host="127.0.0.1",
            port=self.port,
            database=database,
        ).render_as_string(hide_password=False)

    def execute(self, statement: str, *arguments: Any, database: str | None = None) -> list[Any]:
        """Run a statement as administrator and give its rows."""
        with self._administering(database) as cursor:
            cursor.execute(statement, arguments or None)
            return list(cursor.fetchall())

    @contextmanager
    def _administering(self, database: str | None = None) -> Iterator[Any]:
        with (
            pymysql.connect(
                host="127.0.0.1",
                port=self.port,
                user=USER,
                password=PASSWORD,
                database=database,
                autocommit=True,
                connect_timeout=5,
                ssl_disabled=True,  # to get ready for TLS takes a hundred times as long
            ) as connection,
            connection.cursor() as cursor,
        ):
            yield cursor

    def create_panel(self, *, real_schema: bool = False, own_tables: bool = False) -> str:
        """
        A database with the panel's tables, empty; its name.

        `real_schema`: as the panel makes them. `own_tables`: with the daemon's own tables as well.
        """
        name = f"template{'_real' * real_schema}{'_own' * own_tables}"
        if name not in self._templates:
            self._templates[name] = self._make_template(
                name, real_schema=real_schema, own_tables=own_tables
            )
        template = self._templates[name]
        copy = template.free.pop() if template.free else self._copy(template)
        self._copies[copy] = template
        return copy

    def release_panel(self, name: str) -> None:
        """Give back what `create_panel` made: emptied, or dropped if its schema was changed."""
        template = self._copies.pop(name)
        with self._administering(name) as cursor:
            if _shape(cursor, name) == template.shape:
                for table in _used_tables(cursor, name, template.tables):
                    cursor.execute(f"TRUNCATE TABLE `{table}`")
                template.free.append(name)
                return
        self.drop_database(name)

    def _make_template(self, name: str, *, real_schema: bool, own_tables: bool) -> "_Template":
        self.execute(f"CREATE DATABASE {name} COLLATE utf8mb4_unicode_ci")
        if real_schema:
            self._load_real_schema(name)
        else:
            self._make_tables(name, PanelTables().metadata)
        if own_tables:
            self._make_tables(name, OwnTables().metadata)
        with self._administering(name) as cursor:
            cursor.execute("SHOW TABLES")
            tables = tuple(table for (table,) in cursor.fetchall())
            return _Template(name, tables, _shape(cursor, name))

    def _copy(self, template: "_Template") -> str:
        name = self.create_database()
        self.execute_all(
            f"CREATE TABLE {name}.`{table}` LIKE {template.name}.`{table}`"
            for table in template.tables
        )
        return name

    def create_database(self) -> str:
        """A new empty database; its name."""
        self._made += 1
        name = f"panel_{self._made}"
        self.execute(f"CREATE DATABASE {name} COLLATE utf8mb4_unicode_ci")
        return name

    def execute_all(self, statements: Iterable[str]) -> None:
        """Run statements one after the other on one connection."""
        with self._administering() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def drop_database(self, name: str) -> None:
        """Remove a database and all in it."""
        self.execute(f"DROP DATABASE IF EXISTS {name}")

    def connections_to(self, database: str) -> int:
        """How many connections to a database are open."""
        ((count,),) = self.execute(
            "SELECT COUNT(*) FROM information_schema.processlist WHERE db = %s", database
        )
        return count

    def _make_tables(self, name: str, metadata: MetaData) -> None:
        engine = create_engine(self.url(name).replace("+aiomysql", "+pymysql"))
        try:
            metadata.create_all(engine)
        finally:
            engine.dispose()

    def _load_real_schema(self, name: str) -> None:
        if not REAL_SCHEMA.is_file():
            pytest.skip(f"the panel's own schema is not at hand ({REAL_SCHEMA})")
        with REAL_SCHEMA.open("rb") as dump:
            subprocess.run(
                [
                    _program("mariadb"),
                    "--no-defaults",
                    f"--socket={self.socket}",
                    f"--user={USER}",
                    f"--password={PASSWORD}",
                    name,
                ],
                stdin=dump,
                check=True,
            )

    def _answers(self) -> bool:
        process = self._running()
        if process.poll() is not None:
            pytest.fail(f"MariaDB did not start; see {self._log}")
        try:
            self.execute("SELECT 1")
        except pymysql.err.OperationalError:
            return False
        return True

    def _end(self, number: signal.Signals) -> None:
        process = self._running()
        process.send_signal(number)
        process.wait(timeout=START_TIMEOUT)
        self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            pytest.fail("the server is not running")
        return self._process


def _shape(cursor: Any, name: str) -> list[Any]:
    """What tells the schema of one database from that of another."""
    cursor.execute(
        "SELECT table_name, index_name, column_name FROM information_schema.statistics"
        " WHERE table_schema = %s ORDER BY 1, 2, seq_in_index",
        (name,),
    )
    return list(cursor.fetchall())


def _used_tables(cursor: Any, name: str, tables: Sequence[str]) -> set[str]:
    """The tables that hold rows, or that have given a number to one that is gone."""
    cursor.execute(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = %s AND auto_increment > 1",
        (name,),
    )
    counted = {table for (table,) in cursor.fetchall()}
    looks = (f"SELECT '{it}' FROM DUAL WHERE EXISTS (SELECT 1 FROM `{it}`)" for it in tables)
    cursor.execute(" UNION ALL ".join(looks))
    return counted | {table for (table,) in cursor.fetchall()}


def _program(name: str) -> str:
    """Where a program of MariaDB is; distributions put some into sbin, out of a user's PATH."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    found = shutil.which(name, path=path)
    if found is None:
        pytest.exit(MISSING, returncode=1)
    return found
