"""
Discord's limits on sending, as the pacer keeps them (source: Discord's page "Rate Limits").

A bot makes 50 calls a second; some room is left for those that are no messages. What a channel
takes is told by Discord's answers alone (`bots.discord.budgets` keeps to that); until they differ,
five messages in five seconds.
"""

from collections.abc import Sequence

from core.pacing import Limit, Pacer, PaceRules

_WHOLE_BOT = Limit(45, 1.0)
_CHANNEL = Limit(5, 5.0)


def new_pacer() -> Pacer:
    """The pacer of one bot."""
    return Pacer(PaceRules(overall=_WHOLE_BOT, limits_of=_limits_of))


def _limits_of(_target: str) -> Sequence[Limit]:
    return (_CHANNEL,)
