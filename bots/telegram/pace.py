"""
Telegram's limits on sending, as the pacer keeps them (source: Telegram's "Bots FAQ").

A chat takes about one message a second, with short bursts; a group, which every negative id is
taken for, twenty a minute; the bot as a whole `telegram_rate` a second.
"""

from collections.abc import Sequence

from core.pacing import Limit, Pacer, PaceRules

_CHAT = Limit(3, 3.0)
_GROUP = Limit(20, 60.0)


def new_pacer(rate: int) -> Pacer:
    """The pacer of one bot. `rate`: messages a second to all chats together."""
    return Pacer(PaceRules(overall=Limit(rate, 1.0), limits_of=_limits_of))


def _limits_of(chat_id: str) -> Sequence[Limit]:
    return (_CHAT, _GROUP) if chat_id.startswith("-") else (_CHAT,)
