"""
The command line of sspanel-im: reads it, composes the parts, and ends with an exit status.

0: done. 1: a platform or the database said no. 2: a mistake in the command line or in a setting;
each is one line on standard error. Results go to standard output, the log to standard error.
"""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from os import environ
from pathlib import Path
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
from config_store.panel.indexes import ensure_binding_index
from core.app import App
from core.log import Redactor, configure_logging
from core.message import Message, Paragraph, plain
from core.platform import Off, PlatformError, PlatformName

DONE, REFUSED, MISTAKE = 0, 1, 2

Command = Callable[[argparse.Namespace, Redactor], Coroutine[Any, Any, int]]


class _Parser(argparse.ArgumentParser):
    """Tells a mistake in one line."""

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
    except DatabaseUnavailableError as error:
        print(redactor(f"database: {error}"), file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="sspanel-im",
        description="Telegram, Discord and Slack for an SSPanel-UIM site. Without a command: run.",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file (TOML)")
    parser.set_defaults(command=_run)
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

    migrate = commands.add_parser("migrate", help="prepare the database")
    migrate.add_argument("--index", action="store_true", help="add the index, on Galera as well")
    migrate.set_defaults(command=_migrate)
    return parser


def _bootstrap(options: argparse.Namespace, redactor: Redactor) -> BootstrapSettings:
    bootstrap = load_bootstrap(options.config, environ)
    redactor.learn(secrets_in(bootstrap))
    configure_logging(level=bootstrap.log_level, log_format=bootstrap.log_format, redactor=redactor)
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


async def _serve(bootstrap: BootstrapSettings, redactor: Redactor, stop: asyncio.Event) -> None:
    app = App(bootstrap=bootstrap, redactor=redactor)
    try:
        await app.run(platforms(bootstrap, app), stop)
    finally:
        await app.close()


async def _send(options: argparse.Namespace, redactor: Redactor) -> int:
    bootstrap = _bootstrap(options, redactor)
    app = App(bootstrap=bootstrap, redactor=redactor)
    try:
        return await _send_with(app, bootstrap, options)
    finally:
        await app.close()


async def _send_with(app: App, bootstrap: BootstrapSettings, options: argparse.Namespace) -> int:
    name = PlatformName(options.platform)
    platform = next(each for each in platforms(bootstrap, app) if each.name is name)
    credentials = platform.wanted(await app.settings.look())
    if isinstance(credentials, Off):
        print(f"{name}: {credentials.reason}", file=sys.stderr)
        return MISTAKE
    text = options.text or f"{bootstrap.site_name}: test message"
    message = Message(blocks=(Paragraph(plain(text)),))
    try:
        async with platform.load().connect(credentials) as bot:
            sent = await bot.send(options.target, message)
    except PlatformError as error:
        if options.json:
            print(json.dumps({"ok": False, "error": str(error)}, ensure_ascii=False))
        else:
            print(f"{name}: {error}", file=sys.stderr)
        return REFUSED
    if options.json:
        print(json.dumps({"ok": True, "message_ids": sent.ids}))
    else:
        print(f"{name}: accepted as message {', '.join(sent.ids)}")
    return DONE


async def _migrate(options: argparse.Namespace, redactor: Redactor) -> int:
    app = App(bootstrap=_bootstrap(options, redactor), redactor=redactor)
    try:
        if not options.index:
            return DONE
        outcome = await ensure_binding_index(app.database, app.tables, force=True)
    finally:
        await app.close()
    print(outcome.said)
    return DONE if outcome.is_there else REFUSED


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
