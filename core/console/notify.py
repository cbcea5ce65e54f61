"""
`notify`: put a notice into the queue, whether a daemon runs or not; one sends it when it does.
"""

import argparse
from collections.abc import Callable

from config_store.own.schema import OwnSchema
from core.console._content import FLAGS, add_content, content_in
from core.console.commands import Commands
from core.console.own_tables import ensure_own_tables
from core.console.speaking import DONE, MISTAKE, REFUSED, complain, say, say_json
from core.delivery.notifier import NoSuchAccountError, Notifier
from core.delivery.offers import Mistake, OfferedNotice, read_values

AUDIENCES = ("admins", "user", "group", "everyone")


def add_to(commands: Commands) -> argparse.ArgumentParser:
    """Describe the command's arguments."""
    parser = commands.add_parser("notify", help="queue a notice")
    parser.add_argument("audience", choices=AUDIENCES, help="whom to tell")
    parser.add_argument(
        "user_id", nargs="?", type=_account, metavar="ID", help="the account, after `user`"
    )
    add_content(parser, kind_decides="switches, routes and expiry")
    parser.add_argument(
        "--dedupe-key", metavar="KEY", help="the same key again gives the first notice"
    )
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    return parser


def _account(written: str) -> int:
    try:
        return int(written)
    except ValueError as error:
        said = "expected an account's number; what to say goes behind --text"
        raise argparse.ArgumentTypeError(said) from error


async def run(
    options: argparse.Namespace,
    *,
    notifier: Notifier,
    schema: OwnSchema,
    read: Callable[[], str],
) -> int:
    """
    Queue it; the exit status. `read`: gives what stands in standard input.

    Raises:
        OwnTablesMissingError: the tables are not there yet.
        DatabaseUnavailableError: it is not known to be accepted.
    """
    try:
        offered = _offered(options, read)
    except Mistake as mistake:
        complain(f"notify: {_FLAGS.get(mistake.field, mistake.field)}: {mistake.message}")
        return MISTAKE
    await ensure_own_tables(schema)
    try:
        accepted = await notifier.accept(
            offered.audience.meant(),
            offered.content,
            kind=offered.kind,
            dedupe_key=offered.dedupe_key,
        )
    except NoSuchAccountError as error:
        complain(f"notify: {error}")
        return REFUSED
    if options.json:
        say_json({"id": accepted.id, "is_new": accepted.is_new})
    elif accepted.is_new:
        say(
            f"accepted as notice {accepted.id}:"
            f" `sspanel-im queue list --notice {accepted.id}` shows what becomes of it"
        )
    else:
        say(f"notice {accepted.id} was accepted with this key before; nothing was added")
    return DONE


_FLAGS = {**FLAGS, "audience.id": "ID"}


def _offered(options: argparse.Namespace, read: Callable[[], str]) -> OfferedNotice:
    """
    What the arguments ask for.

    Raises:
        Mistake: it cannot be.
    """
    is_user = options.audience == "user"
    if is_user and options.user_id is None:
        raise Mistake("audience.id", "expected the account's number after `user`")
    if not is_user and options.user_id is not None:
        raise Mistake("audience.id", f"`{options.audience}` takes no number")
    audience = {"type": options.audience} | ({"id": options.user_id} if is_user else {})
    return read_values(OfferedNotice, {"audience": audience, **content_in(options, read)})
