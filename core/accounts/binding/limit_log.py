"""What the operator's log says of limits that were reached. No secrets: ids, limits and times."""

from collections.abc import Iterable

import structlog

from core.accounts.binding.limits import MAILS_OF_SITE, WRONG_OF_SITE, Reached
from core.accounts.binding.people import PersonKey

log = structlog.get_logger(__name__)

_OF_SITE = frozenset({MAILS_OF_SITE.kind, WRONG_OF_SITE.kind})


def log_reached(reached: Iterable[Reached], by: PersonKey, *, account: int | None = None) -> None:
    """
    A line for each; one that holds up the whole site is a warning. `account`: whose it was to be.
    """
    for each in reached:
        write = log.warning if each.limit in _OF_SITE else log.info
        write(
            "binding limit reached",
            limit=each.limit,
            until=each.until.isoformat(timespec="seconds"),
            platform=by.platform.value,
            user=by.id,
            account=account,
        )
