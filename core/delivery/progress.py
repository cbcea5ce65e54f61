"""
How far a broadcast has come: what became of its deliveries, how fast it goes, when it will be over.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from config_store.own.broadcasts import GOES_ON, Recent
from config_store.own.folding import Tally
from config_store.own.notices import Notice
from core.delivery.audience import AudienceFilter, only_of
from core.delivery.model import EMAIL, UNFINISHED, Kind, NoticeState, State, kind_of

RATE_OVER = timedelta(seconds=60)
"""The present rate is that of so long."""

_WITHOUT_REASON = (State.SENT, State.HANDED_OVER, *UNFINISHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why some deliveries on a platform were not made; empty where no reason was kept."""

    platform: str
    state: str
    said: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """
    A broadcast as it stands.

    `expected`: how many accounts were to be told when it was accepted, by platform; None if nobody
    counted. `looked_through`: the share of the accounts for which deliveries are made by now.
    `by_state`, `by_platform`: its deliveries. `rate`: sent a second at present. `left`: to be sent
    still, mail left out; None if nobody counted. `ends_at`: when that will be done at this rate.
    """

    id: int
    state: NoticeState
    kind: Kind
    only: AudienceFilter
    by_email: bool
    accepted_at: datetime
    expires_at: datetime
    expected: Mapping[str, int] | None
    looked_through: float
    by_state: Mapping[str, int]
    by_platform: Mapping[str, Mapping[str, int]]
    reasons: Sequence[Reason]
    rate: float
    left: int | None
    ends_at: datetime | None

    @property
    def deliveries(self) -> int:
        """All that were made so far."""
        return sum(self.by_state.values())

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        has_unfinished = any(self.by_state.get(state) for state in UNFINISHED)
        return not has_unfinished and self.state in (NoticeState.EXPANDED, NoticeState.CANCELLED)


def progress_of(notice: Notice, tally: Tally, recent: Recent, *, now: datetime) -> Progress:
    """
    What the database knows of a broadcast, put together.

    Raises:
        AudienceError: its audience is of a later version.
    """
    details = json.loads(notice.audience_details)
    expected: Mapping[str, int] | None = details.get("expected")
    by_state, by_platform = Counter[str](), dict[str, Counter[str]]()
    for outcome, number in tally.items():
        by_state[outcome.state] += number
        by_platform.setdefault(outcome.platform, Counter())[outcome.state] += number
    left, rate = _left(notice, expected, tally), _rate(recent, now)
    goes_on = notice.state in GOES_ON
    return Progress(
        id=notice.id,
        state=NoticeState(notice.state),
        kind=kind_of(notice.kind),
        only=only_of(notice.audience_details),
        by_email=bool(details.get("by_email")),
        accepted_at=notice.accepted_at,
        expires_at=notice.expires_at,
        expected=expected,
        looked_through=_looked_through(notice),
        by_state=by_state,
        by_platform=by_platform,
        reasons=sorted(_reasons(tally), key=lambda reason: (-reason.number, reason.said)),
        rate=rate,
        left=left,
        ends_at=now + timedelta(seconds=left / rate) if goes_on and left and rate else None,
    )


def _reasons(tally: Tally) -> Iterator[Reason]:
    for outcome, number in tally.items():
        if outcome.state not in _WITHOUT_REASON:
            yield Reason(
                platform=outcome.platform,
                state=outcome.state,
                said=outcome.reason,
                number=number,
            )


def _looked_through(notice: Notice) -> float:
    is_through = notice.state in (NoticeState.SWEEPING, NoticeState.EXPANDED)
    if is_through or notice.expanded_at is not None or not notice.last_id:
        return 1.0
    return min(1.0, notice.cursor_id / notice.last_id)


def _left(notice: Notice, expected: Mapping[str, int] | None, tally: Tally) -> int | None:
    in_chat = [(outcome, number) for outcome, number in tally.items() if outcome.platform != EMAIL]
    unfinished = sum(number for outcome, number in in_chat if outcome.state in UNFINISHED)
    if notice.state == NoticeState.CANCELLED or notice.expanded_at is not None:
        return unfinished
    if expected is None:
        return None
    made = sum(number for _, number in in_chat)
    to_be_made = sum(number for platform, number in expected.items() if platform != EMAIL) - made
    return unfinished + max(0, to_be_made)


def _rate(recent: Recent, now: datetime) -> float:
    if recent.first_at is None:
        return 0.0
    return recent.number / max((now - recent.first_at).total_seconds(), 1.0)
