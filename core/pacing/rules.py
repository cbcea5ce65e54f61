"""
The words of pacing: limits, how urgent a message is, and the rules that a platform states.

„Target" means what shares a budget at the platform: a chat, whatever its topics.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum


class Priority(IntEnum):
    """How urgent a message is; a lower number goes first, however long the other has waited."""

    REPLY = 0
    """A person is looking at the screen: answers, and what keeps a group in order."""
    NOTICE = 1
    """Something happened: to one user, the administrators or the group."""
    BROADCAST = 2
    """The same to many; a few seconds do not matter."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` in any `seconds`. (3, 3.0) allows a short burst where (1, 1.0) does not."""

    count: int
    seconds: float

    def __post_init__(self) -> None:
        if self.count < 1 or self.seconds <= 0:
            raise ValueError(f"a limit that allows nothing: {self}")


def _no_limits(_target: str) -> Sequence[Limit]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceRules:
    """
    The limits of one platform.

    `overall`: of all messages together, None if the platform names none.
    `limits_of`: the limits of one target, all of which hold.
    `margin`: seconds by which two messages may come closer together on their way.
    `reply_reserve`: share of `overall` that broadcasts leave free while people are being answered.
    """

    overall: Limit | None
    limits_of: Callable[[str], Sequence[Limit]] = _no_limits
    margin: float = 0.02
    reply_reserve: float = 0.1


@dataclass(frozen=True, slots=True, order=True)
class Ticket:
    """A wish to send one message. Tickets sort by what goes first."""

    priority: Priority
    number: int
    target: str = field(compare=False)
