"""
What is counted of one platform's deliveries while they are sent, for whoever shows figures.

Counted in this process since it started; how much waits is read from the database (`census`).
"""

from collections.abc import Callable
from typing import Protocol

from core.platform import (
    ContentRefusedError,
    CredentialsRefusedError,
    PlatformError,
    PlatformUnreachableError,
    TargetError,
    TargetMovedError,
)

ACCEPTED = "accepted"


class DeliveryCounts(Protocol):
    """Counters of one platform."""

    def tried(self, outcome: str) -> None:
        """The platform was given a message; `accepted`, or why not (`outcome_of`)."""
        ...

    def asked_to_pause(self) -> None:
        """The platform named a time to wait, as it does with a 429."""
        ...

    def ended(self, state: str) -> None:
        """The database knows the end of a delivery."""
        ...

    def wrote(self, outcomes: int) -> None:
        """So many outcomes were written in one transaction."""
        ...

    def claims_lost(self, deliveries: int) -> None:
        """These were no longer ours when their outcome was written."""
        ...

    def claims_freed(self, deliveries: int) -> None:
        """Nobody was sending these any more: they wait again."""
        ...


class NotCounted:
    """Where nobody shows figures."""

    def tried(self, outcome: str) -> None: ...
    def asked_to_pause(self) -> None: ...
    def ended(self, state: str) -> None: ...
    def wrote(self, outcomes: int) -> None: ...
    def claims_lost(self, deliveries: int) -> None: ...
    def claims_freed(self, deliveries: int) -> None: ...


CountsOf = Callable[[str], DeliveryCounts]
"""The counters of a platform."""


def counts_nothing(_platform: str) -> DeliveryCounts:
    return NotCounted()


_OUTCOMES: tuple[tuple[type[PlatformError], str], ...] = (
    (TargetMovedError, "target_moved"),
    (TargetError, "target_refused"),
    (ContentRefusedError, "content_refused"),
    (CredentialsRefusedError, "token_refused"),
    (PlatformUnreachableError, "unreachable"),
)


def outcome_of(error: PlatformError) -> str:
    """The class of a refusal, in a word."""
    if isinstance(error, PlatformUnreachableError) and error.retry_after is not None:
        return "asked_to_wait"
    return next((word for kind, word in _OUTCOMES if isinstance(error, kind)), "fault")
