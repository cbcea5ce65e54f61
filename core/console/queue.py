"""
`queue`: look into the notice queue, and decide on what waits or failed.

It works on the database, whether a daemon runs or not; one that does sees it within a second.
"""

import argparse
from collections.abc import Awaitable, Callable
from typing import Any

from config_store.own.looking import Cursor
from config_store.own.schema import OwnSchema
from core.clock import SiteClock
from core.console._queue_words import say_deliveries, say_statistics, say_story
from core.console.commands import Commands
from core.console.own_tables import ensure_own_tables
from core.console.speaking import DONE, REFUSED, complain, say, say_json, word
from core.delivery.census import PLATFORMS
from core.delivery.model import State
from core.delivery.oversight import DeliveryStateError, NoSuchDeliveryError, QueueOversight
from core.delivery.showing import (
    MOST_LISTED,
    cursor_as_text,
    page_as_json,
    read_cursor,
    read_limit,
    statistics_as_json,
    story_as_json,
)

_USUAL = 20  # deliveries in a list
_ID = "a delivery's number, as `queue list` shows it; notices have numbers of their own"
_MOST_DIGITS = 18  # of a number of the database's


def add_to(commands: Commands) -> argparse.ArgumentParser:
    """Describe the command's arguments."""
    parser = commands.add_parser("queue", help="look into the notice queue")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print the answer as JSON")
    actions.add_parser(
        "stats", parents=[common], help="how full it is, and what became of the rest"
    )
    listing = actions.add_parser(
        "list",
        parents=[common],
        help="deliveries, a line each",
        description=(
            "Deliveries by the time at which each is or was due last, the latest first;"
            " with --notice by the order in which they were made, the latest first."
        ),
    )
    listing.add_argument("--notice", type=_notice, metavar="N", help="only those of this notice")
    listing.add_argument("--state", choices=[state.value for state in State])
    listing.add_argument("--platform", choices=PLATFORMS)
    listing.add_argument("--limit", type=_limit, default=_USUAL, metavar="N", help="how many")
    listing.add_argument(
        "--before", type=_cursor, metavar="PLACE", help="go on where an earlier list ended"
    )
    show = actions.add_parser("show", parents=[common], help="one delivery, and why it waits")
    show.add_argument("id", type=int, metavar="ID", help=_ID)
    for name, words in (
        ("retry", "send again what was not delivered"),
        ("cancel", "end what has not been sent"),
    ):
        deciding = actions.add_parser(name, parents=[common], help=words)
        deciding.add_argument("ids", type=int, nargs="+", metavar="ID", help=_ID)
    return parser


def _limit(written: str) -> int:
    limit = read_limit(written)
    if limit is None:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to {MOST_LISTED}")
    return limit


def _notice(written: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) <= _MOST_DIGITS):
        raise argparse.ArgumentTypeError("expected a notice's number")
    return int(written)


def _cursor(written: str) -> Cursor:
    cursor = read_cursor(written)
    if cursor is None:
        raise argparse.ArgumentTypeError("expected what an earlier list ended with")
    return cursor


class QueueCommand:
    """Looks and decides through the oversight, and tells it."""

    def __init__(self, *, oversight: QueueOversight, schema: OwnSchema, clock: SiteClock) -> None:
        self._oversight = oversight
        self._schema = schema
        self._clock = clock

    async def run(self, options: argparse.Namespace) -> int:
        """
        Do what the arguments ask for; the exit status.

        Raises:
            OwnTablesMissingError: the tables are not there yet.
            DatabaseUnavailableError: the database is away.
        """
        await ensure_own_tables(self._schema)
        match options.action:
            case "stats":
                return await self._stats(options)
            case "list":
                return await self._list(options)
            case "show":
                return await self._show(options)
            case "retry":
                return await self._decide(options, self._retry)
            case _:
                return await self._decide(options, self._cancel)

    async def _stats(self, options: argparse.Namespace) -> int:
        statistics = await self._oversight.statistics()
        if options.json:
            say_json(statistics_as_json(statistics, self._clock.now()))
        else:
            say_statistics(statistics, self._clock.now())
        return DONE

    async def _list(self, options: argparse.Namespace) -> int:
        page = await self._oversight.find_page(
            state=None if options.state is None else State(options.state),
            platform=options.platform,
            before=options.before,
            limit=options.limit,
            notice_id=options.notice,
        )
        if options.json:
            say_json(page_as_json(page))
            return DONE
        if not page.deliveries:
            say("nothing to show")
            return DONE
        say_deliveries(page.deliveries, self._clock.now())
        if page.next is not None:
            say(f"there are more: add --before {cursor_as_text(page.next)}")
        return DONE

    async def _show(self, options: argparse.Namespace) -> int:
        try:
            story = await self._oversight.find_delivery(options.id)
        except NoSuchDeliveryError as error:
            complain(f"queue: {error}")
            return REFUSED
        if options.json:
            say_json(story_as_json(story))
        else:
            say_story(story, self._clock.now())
        return DONE

    async def _decide(
        self, options: argparse.Namespace, decide: Callable[[int], Awaitable[State]]
    ) -> int:
        told: list[dict[str, Any]] = []
        status = DONE
        for delivery_id in dict.fromkeys(options.ids):
            try:
                state = await decide(delivery_id)
            except (NoSuchDeliveryError, DeliveryStateError) as error:
                status = REFUSED
                told.append({"id": delivery_id, "ok": False, "error": str(error)})
                if not options.json:
                    complain(f"queue: {error}")
                continue
            told.append({"id": delivery_id, "ok": True, "state": state.value})
            if not options.json:
                say(f"delivery {delivery_id}: {word(state)}")
        if options.json:
            say_json({"deliveries": told})
        return status

    async def _retry(self, delivery_id: int) -> State:
        return await self._oversight.retry(delivery_id)

    async def _cancel(self, delivery_id: int) -> State:
        await self._oversight.cancel(delivery_id)
        return State.CANCELLED
