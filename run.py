"""
The command line of sspanel-im: reads it, composes the parts, and ends with an exit status.

0: done. 1: a platform or the database said no. 2: a mistake in the command line or in a setting;
each is one line on standard error. Results go to standard output, the log to standard error.
"""

import argparse
import asyncio
import gc
import json
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from os import environ
from pathlib import Path
from random import SystemRandom
from typing import Any, NoReturn

import uvloop

from bots.registry import platforms
from config_store.bootstrap import (
    BootstrapError,
    BootstrapSettings,
    load_bootstrap,
    secrets_in,
)
from config_store.database import DatabaseUnavailableError
from config_store.own.removal import Belongings, Removal
from config_store.own.schema import (
    OwnSchema,
    SchemaRightsError,
    SchemaTooNewError,
    SchemaUpgrade,
)
from config_store.panel.indexes import ensure_binding_index
from core.app import App
from core.console import broadcast, notify, queue
from core.console.asking import Terminal
from core.console.own_tables import OwnTablesMissingError
from core.console.speaking import DONE, MISTAKE, REFUSED
from core.delivery.assembly import NoticeQueue
from core.delivery.offers import MOST_TEXT
from core.log import Redactor, configure_logging
from core.migrator import Migrator
from core.platform import PlatformName, Sent
from core.removing import RemovalRefusedError, ensure_removable
from core.schema_keeper import upgrade_alone
from core.trial import SwitchedOff, Trial, as_json

Command = Callable[[argparse.Namespace, Redactor], Coroutine[Any, Any, int]]


class _Parser(argparse.ArgumentParser):
    """Tells a mistake in one line; `--config` is understood before a command and behind it."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.add_argument(
            "--config",
            type=Path,
            metavar="FILE",
            default=argparse.SUPPRESS,  # a command without it keeps what stood before the command
            help="settings file (TOML)",
        )

    def error(self, message: str) -> NoReturn:
        self.exit(MISTAKE, f"{self.prog}: {message}; `{self.prog} --help` shows how\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    command: Command = options.command
    redactor = Redactor()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(command(options, redactor))
    except BootstrapError as error:
        for mistake in error.mistakes:
            print(mistake, file=sys.stderr)
        return MISTAKE
    except SchemaRightsError as error:
        print(f"database: {error.reason}; as MariaDB's administrator run:", file=sys.stderr)
        print(*error.grants, sep="\n", file=sys.stderr)
        return REFUSED
    except DatabaseUnavailableError as error:
        print(redactor(f"database: {error}"), file=sys.stderr)
        return REFUSED
    except (OwnTablesMissingError, SchemaTooNewError, RemovalRefusedError) as error:
        print(error, file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="sspanel-im",
        description="Telegram, Discord and Slack for an SSPanel-UIM site. Without a command: run.",
    )
    parser.set_defaults(command=_run, config=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    commands.add_parser("run", help="run the daemon").set_defaults(command=_run)

    demo = commands.add_parser("demo", help="try everything on this machine, with made-up data")
    demo.add_argument("--port", type=int, default=0, help="of the page (default: a free one)")
    demo.set_defaults(command=_demo)

    send = commands.add_parser("send", help="send a test message at once")
    send.add_argument("platform", choices=[name.value for name in PlatformName])
    send.add_argument("target", help="chat, channel or user id")
    send.add_argument("text", nargs="?", help="what to say")
    send.add_argument("--json", action="store_true", help="print the answer as JSON")
    send.set_defaults(command=_send)

    migrate = commands.add_parser("migrate", help="create or upgrade the daemon's own tables")
    more = migrate.add_mutually_exclusive_group()
    more.add_argument("--index", action="store_true", help="add the index too, also on Galera")
    more.add_argument("--remove", action="store_true", help="drop what is the daemon's instead")
    migrate.add_argument("--yes", action="store_true", help="remove without asking")
    migrate.add_argument("--json", action="store_true", help="print what was done as JSON")
    migrate.set_defaults(command=_migrate)

    notify.add_to(commands).set_defaults(command=_notify)
    queue.add_to(commands).set_defaults(command=_queue)
    broadcast.add_to(commands).set_defaults(command=_broadcast)
    return parser


def _bootstrap(
    options: argparse.Namespace, redactor: Redactor, *, log_level: str | None = None
) -> BootstrapSettings:
    bootstrap = load_bootstrap(options.config, environ)
    redactor.learn(secrets_in(bootstrap))
    configure_logging(
        level=log_level or bootstrap.log_level, log_format=bootstrap.log_format, redactor=redactor
    )
    return bootstrap


async def _run(options: argparse.Namespace, redactor: Redactor) -> int:
    await _serve(_bootstrap(options, redactor), redactor, _stop_by_signal())
    return DONE


async def _demo(options: argparse.Namespace, redactor: Redactor) -> int:
    from sandbox.demo import open_demo

    stop = _stop_by_signal()
    async with open_demo(port=options.port) as demo:
        print(f"{demo.page_url}  ← chat with the bot here; Ctrl-C ends it", flush=True)
        bootstrap = BootstrapSettings.model_validate(demo.settings)
        configure_logging(level="info", log_format="auto", redactor=redactor)
        await _serve(bootstrap, redactor, stop)
    return DONE


_TRIAL_TIMEOUT = 60.0  # seconds for `send`, which first has to load a platform's library
_COLLECT_AFTER = (20_000, 20, 100)
"""Rarer than usual: objects here live for one message or as long as the process."""


async def _serve(bootstrap: BootstrapSettings, redactor: Redactor, stop: asyncio.Event) -> None:
    gc.set_threshold(*_COLLECT_AFTER)
    app = App(bootstrap=bootstrap, redactor=redactor, platforms=platforms)
    try:
        await app.run(stop)
    finally:
        await app.close()


async def _send(options: argparse.Namespace, redactor: Redactor) -> int:
    bootstrap = _bootstrap(options, redactor)
    app = App(bootstrap=bootstrap, redactor=redactor, platforms=platforms)
    try:
        return await _send_with(app, bootstrap, options)
    finally:
        await app.close()


async def _send_with(app: App, bootstrap: BootstrapSettings, options: argparse.Namespace) -> int:
    name = PlatformName(options.platform)
    trial = Trial(
        platforms=app.platforms,
        settings=app.settings,
        running=lambda _: None,
        timeout=_TRIAL_TIMEOUT,
    )
    text = options.text or f"{bootstrap.site_name}: test message"
    answer = await trial.send(name, options.target, text)
    match answer:
        case Sent(ids):
            told, status = f"{name}: accepted as message {', '.join(ids)}", DONE
        case SwitchedOff(reason):
            told, status = f"{name}: {reason}", MISTAKE
        case error:
            told, status = f"{name}: {error}", REFUSED
    if options.json:
        print(json.dumps(as_json(answer), ensure_ascii=False))
    else:
        print(told, file=sys.stdout if status == DONE else sys.stderr)
    return status


async def _notify(options: argparse.Namespace, redactor: Redactor) -> int:
    async with _site(options, redactor) as (app, site_queue):
        schema = OwnSchema(database=app.database, tables=app.own)
        return await notify.run(
            options, notifier=site_queue.notifier, schema=schema, read=_read_stdin
        )


async def _queue(options: argparse.Namespace, redactor: Redactor) -> int:
    async with _site(options, redactor) as (app, site_queue):
        schema = OwnSchema(database=app.database, tables=app.own)
        command = queue.QueueCommand(oversight=site_queue.oversight, schema=schema, clock=app.clock)
        return await command.run(options)


async def _broadcast(options: argparse.Namespace, redactor: Redactor) -> int:
    async with _site(options, redactor) as (app, site_queue):
        command = broadcast.BroadcastCommand(
            broadcasts=site_queue.broadcasts,
            schema=OwnSchema(database=app.database, tables=app.own),
            clock=app.clock,
            terminal=Terminal(),
            read=_read_stdin,
        )
        return await command.run(options)


@asynccontextmanager
async def _site(
    options: argparse.Namespace, redactor: Redactor
) -> AsyncGenerator[tuple[App, NoticeQueue]]:
    """The site and its queue for a command, which tells itself what it did."""
    bootstrap = _bootstrap(options, redactor, log_level="warning")
    app = App(bootstrap=bootstrap, redactor=redactor, platforms=platforms)
    try:
        yield app, app.queue
    finally:
        await app.close()


def _read_stdin() -> str:
    """All of standard input, as far as a notice may be long."""
    ending = signal.signal(signal.SIGINT, signal.default_int_handler)  # Ctrl-C ends the reading
    try:
        return sys.stdin.read(MOST_TEXT + 1)
    finally:
        signal.signal(signal.SIGINT, ending)


async def _migrate(options: argparse.Namespace, redactor: Redactor) -> int:
    if options.yes and not options.remove:
        print("migrate: --yes is for --remove: nothing else asks", file=sys.stderr)
        return MISTAKE
    bootstrap = _bootstrap(options, redactor, log_level="warning")  # it tells what it did itself
    app = App(bootstrap=bootstrap, redactor=redactor, platforms=platforms)
    schema = OwnSchema(database=app.database, tables=app.own)
    try:
        if options.remove:
            removal = Removal(
                database=app.database, schema=schema, tables=app.own, panel=app.tables
            )
            return await _remove(options, bootstrap, schema, removal)
        migrator = Migrator(
            database=app.database,
            tables=app.own,
            me=app.daemon_id,
            lease_seconds=bootstrap.lease_seconds,
            now=app.clock.now,
            random=SystemRandom(),
        )
        return await _upgrade(options, app, schema, migrator)
    finally:
        await app.close()


async def _upgrade(
    options: argparse.Namespace, app: App, schema: OwnSchema, migrator: Migrator
) -> int:
    await app.settings.look()  # raises where the panel's tables are not
    standing = await schema.look()
    done = SchemaUpgrade(before=standing.revision, after=standing.revision)
    if not standing.is_ready:
        done = await upgrade_alone(schema, migrator.hold, asyncio.Event()) or done
    told: dict[str, Any] = {"schema": {"from": done.before, "to": done.after}}
    if not options.json:
        print(f"tables {schema.names_begin}…: {done.said}")
    status = DONE
    if options.index:
        index = await ensure_binding_index(app.database, app.tables, force=True)
        told["index"] = {"is_there": index.is_there, "said": index.said, "mend": index.mend}
        status = DONE if index.is_there else REFUSED
        if not options.json:
            print(index.said, *filter(None, [index.mend]), sep="; ")
    if options.json:
        print(json.dumps(told, ensure_ascii=False))
    return status


async def _remove(
    options: argparse.Namespace, bootstrap: BootstrapSettings, schema: OwnSchema, removal: Removal
) -> int:
    terminal = Terminal()
    may_ask = terminal.is_there and not options.json
    if not options.yes and not may_ask:
        print("migrate --remove: nobody is here to be asked; add --yes", file=sys.stderr)
        return MISTAKE
    if may_ask:
        print("Looking whether a daemon is at work …", file=sys.stderr)  # up to 15 seconds
    await ensure_removable(schema, removal, lease_seconds=bootstrap.lease_seconds)
    ours = await removal.find()
    if ours and not options.yes and not await terminal.confirms(_question(ours), to="remove"):
        print("nothing was removed", file=sys.stderr)
        return REFUSED
    await removal.drop(ours)
    if options.json:
        told = {"removed": {"tables": list(ours.tables), "index": ours.index}}
        print(json.dumps(told, ensure_ascii=False))
    else:
        print(f"removed: {ours.said}" if ours else "there was nothing to be removed")
    return DONE


def _question(ours: Belongings) -> str:
    question = f"This removes from the database: {ours.said}. The panel's own tables stay."
    if ours.unfinished:
        question += f"\n{ours.unfinished} messages that wait there will never be sent."
    return question


def _stop_by_signal() -> asyncio.Event:
    """Set by SIGTERM and Ctrl-C; a second one does not wait for anything any more."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    this = asyncio.current_task()

    def tell() -> None:
        if stop.is_set() and this is not None:
            this.cancel()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, tell)
    return stop


if __name__ == "__main__":
    sys.exit(main())
