"""
`broadcast`: a notice to a part of all accounts, looked at beforehand, sent, watched and stopped.

It works on the database, whether a daemon runs or not; one that does sends it and follows orders
within a second.
"""

import argparse
import re
from collections.abc import Callable
from typing import Any

from config_store.bootstrap.routes import RouteTarget, route_target
from config_store.own.schema import OwnSchema
from core.clock import SiteClock
from core.console._broadcast_words import say_preview, say_progress, summary
from core.console._content import FLAGS, STDIN, add_content, content_in
from core.console.asking import Terminal
from core.console.commands import Commands
from core.console.own_tables import ensure_own_tables
from core.console.speaking import DONE, MISTAKE, REFUSED, complain, say, say_json
from core.delivery.audience import Expiry
from core.delivery.broadcast_offers import OfferedBroadcast
from core.delivery.broadcast_showing import preview_as_json, progress_as_json
from core.delivery.broadcasts import Broadcasts, BroadcastStateError, Draft, NoSuchBroadcastError
from core.delivery.model import ToChat
from core.delivery.offers import Mistake, read_values
from core.platform import PlatformName

_RANGE = re.compile(r"([0-9]{1,6})-([0-9]{0,6})", re.ASCII)
_LIST = re.compile(r"[0-9]{1,6}(,[0-9]{1,6})*", re.ASCII)
_ORDERS = {
    "pause": "hold it up; what waits is kept",
    "resume": "go on where it was held up",
    "cancel": "end it; what waits is not sent any more",
}


def add_to(commands: Commands) -> argparse.ArgumentParser:
    """Describe the command's arguments."""
    parser = commands.add_parser("broadcast", help="tell a part of all accounts")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print the answer as JSON")
    content, audience = _content(), _audience()
    actions.add_parser(
        "preview",
        parents=[content, audience, common],
        help="whom it would reach, how long that takes, how it looks",
    )
    test = actions.add_parser(
        "test", parents=[content, common], help="tell the same to yourself first"
    )
    test.add_argument(
        "--to",
        action="append",
        default=[],
        type=_target,
        metavar="PLATFORM:TARGET",
        help="instead of the administrators; may be given several times",
    )
    send = actions.add_parser("send", parents=[content, audience, common], help="send it")
    send.add_argument("--yes", action="store_true", help="send without asking")
    send.add_argument(
        "--dedupe-key", metavar="KEY", help="the same key again gives the first broadcast"
    )
    for name, words in {"show": "how far it has come", **_ORDERS}.items():
        actions.add_parser(name, parents=[common], help=words).add_argument(
            "id", type=int, metavar="ID"
        )
    return parser


def _content() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    add_content(parser, kind_decides="expiry and sound")
    return parser


def _audience() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    only = parser.add_argument_group("only accounts to which all of these apply")
    only.add_argument("--level", type=_level, metavar="N,N / N- / N-M", help="one of these levels")
    expiry = only.add_mutually_exclusive_group()
    expiry.add_argument(
        "--expiry",
        choices=[each.value for each in Expiry],
        help="whose level has ended, goes on, or ended and was set to 0 by the panel",
    )
    expiry.add_argument(
        "--expires-within", type=int, metavar="DAYS", help="whose level ends within that time"
    )
    only.add_argument(
        "--active-within", type=int, metavar="DAYS", help="used or logged in within that time"
    )
    only.add_argument(
        "--inactive-for", type=int, metavar="DAYS", help="neither used nor logged in for so long"
    )
    only.add_argument(
        "--platform",
        action="append",
        choices=[name.value for name in PlatformName],
        help="bound there; may be given several times",
    )
    parser.add_argument(
        "--email", action="store_true", help="by mail to those who are not reached in chat"
    )
    return parser


def _level(written: str) -> Any:
    """Levels as the audience of the HTTP API has them."""
    if found := _RANGE.fullmatch(written):
        lowest, highest = found.groups()
        return {"min": int(lowest)} | ({"max": int(highest)} if highest else {})
    if _LIST.fullmatch(written):
        return [int(level) for level in written.split(",")]
    raise argparse.ArgumentTypeError("expected levels such as 1,3 or 2-5, or 2- for 2 and above")


def _target(written: str) -> ToChat:
    try:
        found = route_target(written)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            "expected platform:target, such as telegram:12345 or slack:C0123ABCD"
        ) from error
    if not isinstance(found, RouteTarget):
        raise argparse.ArgumentTypeError("expected platform:target")
    return ToChat(PlatformName(found.platform), found.target)


class BroadcastCommand:
    """
    Does what the arguments ask for, and tells it.

    `read`: gives what stands in standard input. `terminal`: where the operator is asked.
    """

    def __init__(
        self,
        *,
        broadcasts: Broadcasts,
        schema: OwnSchema,
        clock: SiteClock,
        terminal: Terminal,
        read: Callable[[], str],
    ) -> None:
        self._broadcasts = broadcasts
        self._schema = schema
        self._clock = clock
        self._terminal = terminal
        self._read = read

    async def run(self, options: argparse.Namespace) -> int:
        """
        Do it; the exit status.

        Raises:
            OwnTablesMissingError: the tables are not there yet.
            DatabaseUnavailableError: the database is away.
        """
        try:
            match options.action:
                case "preview":
                    return await self._preview(options)
                case "test":
                    return await self._test(options)
                case "send":
                    return await self._send(options)
                case _:
                    return await self._look_or_order(options)
        except Mistake as mistake:
            complain(f"broadcast: {_FLAGS.get(mistake.field, mistake.field)}: {mistake.message}")
            return MISTAKE

    async def _preview(self, options: argparse.Namespace) -> int:
        draft = self._offered(options).draft()
        preview = await self._broadcasts.preview(draft)
        if options.json:
            say_json(preview_as_json(preview))
        else:
            say_preview(preview)
        return DONE

    async def _test(self, options: argparse.Namespace) -> int:
        draft = self._offered(options).draft()
        await ensure_own_tables(self._schema)
        ids = await self._broadcasts.test(draft, options.to)
        if options.json:
            say_json({"notifications": ids})
        else:
            say(f"accepted as notice {', '.join(map(str, ids))}; it is sent as any other")
        return DONE

    async def _send(self, options: argparse.Namespace) -> int:
        offered = self._offered(options)
        draft = offered.draft()
        may_ask = self._terminal.is_there and not options.json and options.text != STDIN
        if not options.yes and not may_ask:
            complain("broadcast send: nobody is here to be asked; add --yes")
            return MISTAKE
        await ensure_own_tables(self._schema)
        if not options.yes and not await self._is_confirmed(draft):
            complain("nothing was sent")
            return REFUSED
        accepted = await self._broadcasts.send(draft, dedupe_key=offered.dedupe_key)
        if options.json:
            say_json({"id": accepted.id, "is_new": accepted.is_new})
        elif accepted.is_new:
            say(f"accepted as broadcast {accepted.id}: `broadcast show {accepted.id}` follows it")
        else:
            say(f"broadcast {accepted.id} was accepted with this key before; nothing was added")
        return DONE

    async def _is_confirmed(self, draft: Draft) -> bool:
        preview = await self._broadcasts.preview(draft)
        say_preview(preview)
        return await self._terminal.confirms(summary(preview))

    async def _look_or_order(self, options: argparse.Namespace) -> int:
        await ensure_own_tables(self._schema)
        orders = {
            "pause": self._broadcasts.pause,
            "resume": self._broadcasts.resume,
            "cancel": self._broadcasts.cancel,
        }
        try:
            if options.action in orders:
                await orders[options.action](options.id)
            progress = await self._broadcasts.show(options.id)
        except (NoSuchBroadcastError, BroadcastStateError) as error:
            complain(f"broadcast: {error}")
            return REFUSED
        if options.json:
            say_json(progress_as_json(progress))
        else:
            say_progress(progress, self._clock.now())
        return DONE

    def _offered(self, options: argparse.Namespace) -> OfferedBroadcast:
        """
        What the arguments ask for.

        Raises:
            Mistake: it cannot be.
        """
        given = vars(options)
        return read_values(
            OfferedBroadcast,
            {
                **content_in(options, self._read),
                "audience": _meant(given),
                "email": given.get("email", False),
            },
        )


_FLAGS = {
    **FLAGS,
    "audience.level": "--level",
    "audience.expiry.within_days": "--expires-within",
    "audience.activity.within_days": "--active-within",
    "audience.activity.inactive_days": "--inactive-for",
}


def _meant(given: dict[str, Any]) -> dict[str, Any]:
    """The audience in the form of the HTTP API."""
    expires, expiry = given.get("expires_within"), given.get("expiry")
    activity = {
        "within_days": given.get("active_within"),
        "inactive_days": given.get("inactive_for"),
    }
    return {
        "level": given.get("level"),
        "expiry": expiry if expires is None else {"within_days": expires},
        "activity": {name: days for name, days in activity.items() if days is not None},
        "platform": given.get("platform"),
    }
