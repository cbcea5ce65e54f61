"""
A Galera cluster of the tests' own: three MariaDB nodes on loopback.

Each node can be killed, stopped, paused, cut off from the others and brought back, and one may live
in another time. All start from one seeded directory, so that the cluster is there in some seconds.
The functions block; from a running event loop call them through `asyncio.to_thread`.
"""

import getpass
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pymysql

from tests.databases import PASSWORD, USER, PrivateMariaDB, free_port, wait_until

JOIN_TIMEOUT = 60.0  # seconds for a node to be one of the cluster
PATIENCE = 15.0  # seconds for a node that was paused to find its way back by itself

_PROVIDERS = ("lib/galera/libgalera_smm.so", "lib64/galera-4/libgalera_smm.so")
_FAKETIME = ("lib*/*/faketime/libfaketimeMT.so.1", "lib*/faketime/libfaketimeMT.so.1")
_PROGRAMS = ("mariadbd", "mariadb-install-db", "rsync")
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])

_SMALL = (
    "--innodb-buffer-pool-size=48M",
    "--innodb-log-file-size=32M",
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-doublewrite=0",
    "--performance-schema=OFF",
)
_CLUSTERED = (
    "--binlog-format=ROW",
    "--innodb-autoinc-lock-mode=2",
    "--wsrep-on=ON",
    "--wsrep-cluster-name=tests",
    "--wsrep-sst-method=rsync",
    "--wsrep-slave-threads=2",
)
_JOINING = "pc.announce_timeout=PT1S;gmcast.time_wait=PT1S;pc.recovery=false;gcache.size=32M"
_WATCHFUL = (
    ";evs.keepalive_period=PT0.5S;evs.inactive_check_period=PT0.25S;evs.suspect_timeout=PT1.5S"
    ";evs.inactive_timeout=PT3S;evs.install_timeout=PT3S;gmcast.peer_timeout=PT1.5S"
)


def missing_here() -> str | None:
    """Why a cluster cannot be had on this machine and what to install; None if it can."""
    if _provider() is None or any(shutil.which(name, path=_PATH) is None for name in _PROGRAMS):
        what = "no Galera cluster can be started here"
    elif faketime() is None:
        what = "no node can be given a wrong clock here"
    else:
        return None
    return f"{what}: run `make setup` as root, or install mariadb-server galera-4 rsync libfaketime"


def faketime() -> Path | None:
    """The library that gives a program another clock."""
    return _find(_FAKETIME)


def _provider() -> Path | None:
    return _find(_PROVIDERS)


def _find(patterns: tuple[str, ...]) -> Path | None:
    found = (path for pattern in patterns for path in Path("/usr").glob(pattern))
    return next(found, None)


def wrong_clock(seconds: int) -> dict[str, str]:
    """
    The environment of a program whose time of day is that many seconds off.

    Its monotonic clocks are right.
    """
    return {
        "LD_PRELOAD": str(faketime()),
        "FAKETIME": f"{seconds:+d}s",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # Its remedy for an old C library lets waits with a time-out last too long: Python's threads
        # would not make way for each other.
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    }


class GaleraNode(PrivateMariaDB):
    """
    One node. `name`: in the cluster. `seconds_off`: what its clock shows beside the right time.
    """

    def __init__(self, directory: Path, *, name: str, seconds_off: int = 0) -> None:
        super().__init__(directory)
        self.name = name
        self.group_port, self._ist_port, self._sst_port = free_port(), free_port(), free_port()
        self._environment = wrong_clock(seconds_off) if seconds_off else {}
        self._cluster_address = "gcomm://"
        self._provider_options = ""

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._running().pid

    def join(self, peers: "list[GaleraNode]", *, provider_options: str) -> None:
        """Know the cluster that `start` makes this a node of."""
        addresses = ",".join(f"127.0.0.1:{peer.group_port}" for peer in peers)
        self._cluster_address = f"gcomm://{addresses}"
        self._provider_options = provider_options

    def install(self) -> None:
        """Make a data directory that has been a cluster's: the seed of all others."""
        subprocess.run(
            [
                _program("mariadb-install-db"),
                *("--no-defaults", f"--user={_server_user()}", f"--datadir={self._data}"),
                *("--auth-root-authentication-method=normal", "--skip-test-db", *_SMALL),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        accounts = self._data.parent / "init.sql"
        accounts.write_text(
            f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\n"
            f"GRANT ALL ON *.* TO '{USER}'@'%' WITH GRANT OPTION;\n"
        )
        self.begin("--wsrep-new-cluster", f"--init-file={accounts}")
        self.until_synced()
        self.stop()
        (self._data / "galera.cache").unlink(missing_ok=True)

    def copy_from(self, seed: "GaleraNode") -> None:
        """Take another's data, which does not run."""
        shutil.copytree(seed._data, self._data)
        _give_to_server(self._data)

    def begin(self, *options: str) -> None:
        """Start the process; it answers later."""
        _give_to_server(self._socket_folder)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command(), *options],
                stdout=log,
                stderr=log,
                env={**os.environ, **self._environment, "PATH": _PATH},
            )

    def start(self) -> None:
        """Start it again; returns when it is one of the cluster."""
        self.begin()
        self.until_synced()

    def until_synced(self) -> None:
        """Wait until it is one of the cluster and has all that the others have."""
        what = f"{self.name} has joined (see {self._log})"
        wait_until(lambda: self._is_synced() or not self.is_running, what, timeout=JOIN_TIMEOUT)
        if not self.is_running:
            raise RuntimeError(f"{self.name} has ended; see {self._log}")

    def until_in_step(self) -> None:
        """Wait until it has everything that is committed on the others now."""
        self.execute("SET STATEMENT wsrep_sync_wait = 1 FOR SELECT 1")

    def cut_off(self) -> None:
        """Part it from the other nodes, while its clients still reach it."""
        self._set_isolation(1)

    def bring_back(self) -> None:
        """Make it one of the cluster again, whatever was done to it."""
        if self.is_running:
            self.resume()
            with suppress(pymysql.err.Error):
                self._set_isolation(0)
            # One that was paused may end by itself when it finds that the others went on.
            wait_until(
                lambda: self._is_synced() or not self.is_running,
                f"{self.name} is back (see {self._log})",
                timeout=JOIN_TIMEOUT,
            )
        if not self.is_running:
            self.start()

    def close(self) -> None:
        """End it and remove what is not in its directory."""
        if self._process is not None and not self.is_running:
            self._process = None
        super().close()

    def status(self, name: str) -> str:
        """A status variable, as the node tells it; empty if it does not answer."""
        return self._statuses().get(name, "")

    def view(self) -> tuple[str, ...] | None:
        """Of which state of the cluster it is a part; None if of none."""
        shown = self._statuses()
        if shown.get("wsrep_cluster_status") != "Primary":
            return None
        return tuple(shown[f"wsrep_cluster_{name}"] for name in ("conf_id", "size"))

    def _set_isolation(self, wanted: int) -> None:
        self._ask(f"SET GLOBAL wsrep_provider_options = 'gmcast.isolate={wanted}'")

    def _is_synced(self) -> bool:
        shown = self._statuses()
        return (
            shown.get("wsrep_cluster_status") == "Primary"
            and shown.get("wsrep_local_state_comment") == "Synced"
            and shown.get("wsrep_ready") == "ON"
        )

    def _statuses(self) -> dict[str, str]:
        try:
            return dict(self._ask("SHOW STATUS LIKE 'wsrep_%'"))
        except pymysql.err.Error:
            return {}

    def _ask(self, statement: str) -> Any:
        """As `execute`, but a node that hangs is not waited for."""
        with (
            pymysql.connect(
                host="127.0.0.1",
                port=self.port,
                user=USER,
                password=PASSWORD,
                connect_timeout=2,
                read_timeout=5,
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
            return cursor.fetchall()

    def _command(self) -> list[str]:
        group = f"127.0.0.1:{self.group_port}"
        provider_options = (
            f"base_host=127.0.0.1;base_port={self.group_port};gmcast.listen_addr=tcp://{group}"
            f";ist.recv_addr=127.0.0.1:{self._ist_port};gcache.dir={self._data}"
            f";{_JOINING}{self._provider_options}"
        )
        return [
            _program("mariadbd"),
            "--no-defaults",
            f"--user={_server_user()}",
            f"--datadir={self._data}",
            f"--tmpdir={self._data}",
            f"--socket={self.socket}",
            f"--pid-file={self._socket_folder / 'pid'}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            *_SMALL,
            *_CLUSTERED,
            f"--wsrep-provider={_provider()}",
            f"--wsrep-node-name={self.name}",
            f"--wsrep-node-address={group}",
            f"--wsrep-cluster-address={self._cluster_address}",
            f"--wsrep-sst-receive-address=127.0.0.1:{self._sst_port}",
            f"--wsrep-provider-options={provider_options}",
        ]


class PrivateGalera:
    """
    Three nodes in a directory of their own.

    `seconds_off`: by how much the last node's clock is wrong. `is_watchful`: a lost node is missed
    after 2 seconds, instead of the usual 6.
    """

    def __init__(self, *, seconds_off: int = 0, is_watchful: bool = False) -> None:
        # Not pytest's: whom the server runs as must get through to it.
        self._directory = Path(tempfile.mkdtemp(prefix="im-galera-"))
        self._directory.chmod(0o755)
        self._provider_options = _WATCHFUL if is_watchful else ""
        self.nodes = [
            GaleraNode(self._folder(name), name=name, seconds_off=off)
            for name, off in (("one", 0), ("two", 0), ("three", seconds_off))
        ]
        for node in self.nodes:
            node.join(self.nodes, provider_options=self._provider_options)

    def start(self) -> None:
        """Make the data and bring all nodes up."""
        seed = GaleraNode(self._folder("seed"), name="seed")
        try:
            seed.install()
        finally:
            seed.close()
        for node in self.nodes:
            node.copy_from(seed)
        self.nodes[0].begin("--wsrep-new-cluster")
        self.nodes[0].until_synced()
        for node in self.nodes[1:]:
            node.begin()
        for node in self.nodes[1:]:
            node.until_synced()

    def ensure_whole(self) -> None:
        """Bring back every node that was killed, stopped, paused or cut off."""
        for node in self.nodes:
            node.bring_back()
        # One that was paused thinks for a moment that nothing has happened. Then it ends, or takes
        # part again, or hangs: what an operator would do about that is to start it anew.
        end = time.monotonic() + PATIENCE
        while (strays := self._strays()) and time.monotonic() < end:
            time.sleep(0.1)
        for node in strays:
            if node.is_running:
                node.kill()
            node.start()
        wait_until(lambda: not self._strays(), "the nodes are one cluster", timeout=JOIN_TIMEOUT)

    def _strays(self) -> list[GaleraNode]:
        """The nodes that are not of one mind with most of the others."""
        views = {node: node.view() if node.is_running else None for node in self.nodes}
        (most, count), *_ = Counter(views.values()).most_common()
        if count == 1 or most is None:
            return list(self.nodes)
        return [node for node, view in views.items() if view != most]

    def close(self) -> None:
        """End the nodes and remove their data."""
        for node in self.nodes:
            node.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _folder(self, name: str) -> Path:
        folder = self._directory / name
        folder.mkdir()
        _give_to_server(folder)
        return folder


def _program(name: str) -> str:
    found = shutil.which(name, path=_PATH)
    if found is None:
        raise RuntimeError(f"{name} is not installed here")
    return found


def _server_user() -> str:
    """Whom the server runs as: root's data could not be copied from node to node by rsync."""
    return "mysql" if os.geteuid() == 0 else getpass.getuser()


def _give_to_server(folder: Path) -> None:
    if os.geteuid() != 0:
        return
    owner = pwd.getpwnam(_server_user())
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner.pw_uid, owner.pw_gid)
