"""
Telegram's limits on sending, as the pacer keeps them (source: Telegram's "Bots FAQ").

A chat takes about one message a second, with short bursts; a group, which every negative id and
every `@name` is taken for, twenty a minute; the bot as a whole `telegram_rate` a second. What is
above 30 a second is for paid broadcasts alone, so that with a higher rate the other deliveries have
a limit of their own.
"""

from collections.abc import Sequence

from config_store.bootstrap.settings import FREE_TELEGRAM_RATE
from core.pacing import Limit, Pacer, PaceRules

_CHAT = Limit(3, 3.0)
_GROUP = Limit(20, 60.0)
_LEFT_TO_REPLIES = 5  # of the free messages a second
_FREE_IN_FLIGHT, _PAID_IN_FLIGHT = 40, 100  # the rate at the 0.1 to 1 s that a call may take


def new_pacer(rate: int) -> Pacer:
    """The pacer of one bot. `rate`: messages a second to all chats together."""
    return Pacer(PaceRules(overall=Limit(rate, 1.0), limits_of=_limits_of))


def new_unpaid_pacer(rate: int) -> Pacer | None:
    """The pacer of deliveries that are no paid broadcasts, None where the other one does."""
    if rate <= FREE_TELEGRAM_RATE:
        return None
    return Pacer(PaceRules(overall=Limit(FREE_TELEGRAM_RATE - _LEFT_TO_REPLIES, 1.0)))


def in_flight(rate: int) -> int:
    """Calls at once that `rate` messages a second need."""
    return _PAID_IN_FLIGHT if rate > FREE_TELEGRAM_RATE else _FREE_IN_FLIGHT


def _limits_of(chat_id: str) -> Sequence[Limit]:
    return (_CHAT, _GROUP) if chat_id.startswith(("-", "@")) else (_CHAT,)
