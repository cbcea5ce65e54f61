"""
Which notice is worded how: the message ids that the queue keeps, and what puts each into words.

An id is never given to another notice: rows that an older version has written are still to be said.
"""

from collections.abc import Callable, Mapping

from core.accounts.binding import security, site_watch
from core.accounts.binding.methods import binding_page
from core.message import Message
from core.texts import binding, leaked_secret
from core.texts.security import SecurityTexts
from core.texts.words import Words

Worded = Callable[[Words, Mapping[str, str]], Message]


def worded_notices(*, site_url: str | None) -> Mapping[str, Worded]:
    """What makes the message of each message id. `site_url`: None if it is not known."""
    texts = SecurityTexts(binding_url=binding_page(site_url))
    return {
        security.BOUND: texts.bound,
        security.UNBOUND: texts.unbound,
        security.DISPLACED: texts.displaced,
        security.FAILED_TRIES: texts.failed_tries,
        security.SUBSCRIPTION_RESET: texts.subscription_reset,
        security.PASSWORD_CHANGED: texts.password_changed,
        site_watch.DONE_ON_SITE: binding.done_on_site,
        leaked_secret.NOTICE: leaked_secret.notice,
    }
