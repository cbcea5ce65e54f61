"""
The proof that nothing is lost, at length: daemons and database are killed while much is sent.

    python -m bench.crash kills --engine mariadb --times 200 --deliveries 20000
    python -m bench.crash database --times 20
    python -m bench.crash takeovers --times 50
    python -m bench.crash troubles

Each starts local platforms, a panel and daemons of its own, and prints its figures; the exit status
is 1 if something was lost, or came twice without having been in flight. Times are in seconds.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine

from config_store.panel.tables import PanelTables
from tests.crash.far_side import DISCORD, SLACK, TELEGRAM
from tests.crash.harness import CrashSite, Plan, Verdict, crash_site
from tests.crash.killing import kill_daemon, kill_database
from tests.crash.takeovers import Duo, Way
from tests.crash.troubles import Lateness, make_trouble, measure_lateness
from tests.crash.watching import watching_leases
from tests.databases import PrivateMariaDB

_LONG = 3600.0
_EVERYONE = 4  # notices to everyone; what is left goes to single accounts
_TROUBLES = {SLACK: 600.0, TELEGRAM: 60.0, DISCORD: 300.0}


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a run takes place. `server`: None on SQLite."""

    url: str
    directory: Path
    server: PrivateMariaDB | None


Run = Callable[[Ground, argparse.Namespace], Awaitable[bool]]


def main() -> int:
    """Run one of them and print its figures."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started ends with it
    return 0 if asyncio.run(_on_ground(options)) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    runs = parser.add_subparsers(required=True)
    standard: dict[str, tuple[Run, int, int]] = {
        "kills": (_kills, 200, 20_000),
        "database": (_database, 20, 8_000),
        "takeovers": (_takeovers, 50, 20_000),
        "troubles": (_troubles, 1, 3_000),
    }
    for name, (run, times, deliveries) in standard.items():
        of_run = runs.add_parser(name)
        of_run.set_defaults(run=run)
        of_run.add_argument("--engine", choices=["mariadb", "sqlite"], default="mariadb")
        of_run.add_argument("--times", type=int, default=times)
        of_run.add_argument("--deliveries", type=int, default=deliveries)
        of_run.add_argument("--rate", type=int, default=80, help="Telegram's messages a second")
        of_run.add_argument("--lease", type=float, default=2.0)
        of_run.add_argument("--scale", type=float, default=1.0, help="of the troubles' lengths")
        of_run.add_argument("--seed", type=int, default=1)
    return parser


async def _on_ground(options: argparse.Namespace) -> bool:
    began = time.monotonic()
    async with _ground(options.engine) as ground:
        is_well = await options.run(ground, options)
    print(f"took {time.monotonic() - began:.0f} s on {options.engine}")
    return is_well


@asynccontextmanager
async def _ground(engine: str) -> AsyncIterator[Ground]:
    with tempfile.TemporaryDirectory(prefix="crash-") as name:
        directory = Path(name)
        if engine == "sqlite":
            path = directory / "panel.sqlite"
            empty = create_engine(f"sqlite:///{path}")
            PanelTables().metadata.create_all(empty)
            empty.dispose()
            yield Ground(f"sqlite+aiosqlite:///{path}", directory, None)
            return
        server = PrivateMariaDB(directory)
        try:
            server.install()
            server.start()
            yield Ground(server.url(server.create_panel()), directory, server)
        finally:
            server.close()


def _plan(deliveries: int) -> Plan:
    """About so many, most of them on the platform that takes them fastest."""
    accounts = deliveries // (_EVERYONE + 1)
    slack, discord = accounts * 3 // 40, accounts * 9 // 40
    groups = deliveries // 600
    return Plan(
        telegram=accounts - slack - discord,
        discord=discord,
        slack=slack,
        to_everyone=_EVERYONE,
        to_one=deliveries - _EVERYONE * accounts - 3 * groups,
        to_group=groups,
    )


@asynccontextmanager
async def _site(ground: Ground, options: argparse.Namespace) -> AsyncIterator[CrashSite]:
    async with crash_site(
        ground.url, plan=_plan(options.deliveries), directory=ground.directory, seed=options.seed
    ) as site:
        yield site


async def _kills(ground: Ground, options: argparse.Namespace) -> bool:
    async with _site(ground, options) as site:
        daemon = site.daemon("a", telegram_rate=options.rate)
        async with site.telling(seconds=options.times * 1.5):
            await kill_daemon(site, daemon, times=options.times, within=1.5, progress=_progress)
        return await _judge(site)


async def _database(ground: Ground, options: argparse.Namespace) -> bool:
    assert ground.server is not None
    async with _site(ground, options) as site:
        await site.daemon("a", telegram_rate=options.rate).start()
        async with site.telling(seconds=options.times * 2):
            await kill_database(
                site, ground.server, times=options.times, within=3.0, progress=_progress
            )
        return await _judge(site)


async def _takeovers(ground: Ground, options: argparse.Namespace) -> bool:
    async with (
        _site(ground, options) as site,
        watching_leases(ground.url, site.daemons) as watch,
    ):
        duo = await Duo.make(site, watch, lease=options.lease)
        ways = [*Way] * options.times
        site.random.shuffle(ways)
        async with site.telling(seconds=len(ways) * 3):
            await duo.take_turns(ways, progress=_progress)
        is_well = await _judge(site)
        print(*duo.lines(), sep="\n")
        return is_well and not watch.breaches() and not duo.trespasses()


async def _troubles(ground: Ground, options: argparse.Namespace) -> bool:
    lasting = {platform: seconds * options.scale for platform, seconds in _TROUBLES.items()}
    plan = Plan(telegram=500, discord=500, slack=500, to_one=options.deliveries)
    async with crash_site(ground.url, plan=plan, directory=ground.directory) as site:
        await site.daemon("a").start()
        await site.say_hello()
        async with site.telling(seconds=max(lasting.values()) * 1.2):
            began = await make_trouble(site, lasting=lasting)
        is_well = await _judge(site)
        for platform, lateness in measure_lateness(site, began=began).items():
            print(f"  {platform}, in trouble for {lasting[platform]:g} s:")
            during = [each for each in lateness if each.accepted_at < lasting[platform]]
            after = [each for each in lateness if each.accepted_at >= lasting[platform]]
            print(f"    accepted meanwhile: {_how_late(during, lasting[platform])}")
            print(f"    accepted afterwards: {_how_late(after, lasting[platform])}")
        return is_well


def _how_late(lateness: list[Lateness], over: float) -> str:
    if not lateness:
        return "none"
    seconds = sorted(each.seconds for each in lateness)
    last = max(each.accepted_at + each.seconds for each in lateness)
    return (
        f"{len(seconds)}, late by {seconds[len(seconds) // 2]:.1f} s (median),"
        f" {seconds[int(len(seconds) * 0.99)]:.1f} s (99 %), {seconds[-1]:.1f} s (most);"
        f" the last one {last - over:+.1f} s from the trouble's end"
    )


async def _judge(site: CrashSite) -> bool:
    await site.until_done(_LONG)
    verdict = await site.verdict()
    _print(verdict.lines())
    return _is_well(verdict)


def _is_well(verdict: Verdict) -> bool:
    return not (
        verdict.lost
        or verdict.unended
        or verdict.strangers
        or verdict.unaccounted
        or verdict.doubles_on(DISCORD)
    )


def _print(lines: Iterable[str]) -> None:
    print(*lines, sep="\n", flush=True)


def _progress(number: int) -> None:
    if number % 10 == 0:
        print(f"… {number}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
