"""
Slack's limits on sending, as the pacer keeps them (source: Slack's page "Rate limits").

A channel takes about one message a second, with short bursts. What a workspace takes as a whole is
not published: ten a second is a cautious guess.
"""

from collections.abc import Sequence

from core.pacing import Limit, Pacer, PaceRules

_WORKSPACE = Limit(10, 1.0)
_CHANNEL = Limit(3, 3.0)


def new_pacer() -> Pacer:
    """The pacer of one app."""
    return Pacer(PaceRules(overall=_WORKSPACE, limits_of=_limits_of))


def _limits_of(_target: str) -> Sequence[Limit]:
    return (_CHANNEL,)
