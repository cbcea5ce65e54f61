"""
What is to be written of a try that failed: again, another way, or never.

Transient failures are tried again after growing, jittered pauses until the delivery expires; a
platform that names a pause gets exactly that one. What is lasting for the recipient ends at once.
What concerns the whole bot is no recipient's fault: his delivery waits.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from config_store.own.claims import Claimed
from config_store.own.settling import Settlement
from core.delivery.model import State
from core.platform import (
    ContentRefusedError,
    CredentialsRefusedError,
    PlatformError,
    PlatformUnreachableError,
    TargetError,
    TargetMovedError,
)

FIRST_PAUSE = 2.0  # seconds before the second try, give or take a half
LONGEST_PAUSE = 600.0  # seconds
LONGEST_ASKED = 7 * 86400.0  # seconds: beyond every delivery's time, and still a date
FARTHEST_APART = 2.0  # seconds between what is suspected of ending daemons
LETS_PASS_AFTER = timedelta(minutes=10)  # of trying; then later ones need not wait


class Judge:
    """
    Decides by the error alone. `random` draws the jitter. `repeats_known_for`: seconds for which
    the platform tells a repeat from a second message.
    """

    def __init__(self, *, random: Random, repeats_known_for: float = 0.0) -> None:
        self._random = random
        self._repeats_known_for = repeats_known_for

    def sent(self, claimed: Claimed, ids: Sequence[str]) -> Settlement:
        """The platform has accepted all of it. `ids`: none if they stand in another's row."""
        return Settlement(
            id=claimed.id,
            token=claimed.token,
            state=State.SENT,
            message_ids=json.dumps(ids) if ids else None,
        )

    def apart(self, claimed: Claimed, error: PlatformError, *, now: datetime) -> Settlement:
        """The platform did not take it together with others: each goes by itself."""
        return Settlement(
            id=claimed.id,
            token=claimed.token,
            state=State.WAITING,
            not_before=now,
            error=str(error),
            may_be_double=bool(error.sent),
            splits=True,
        )

    def not_tried(
        self,
        claimed: Claimed,
        *,
        again_at: datetime,
        error: str | None = None,
        sent: Sequence[str] = (),
    ) -> Settlement:
        """Nothing of it, or nothing more than `sent`, reached the platform: it waits on."""
        return Settlement(
            id=claimed.id,
            token=claimed.token,
            state=State.WAITING,
            was_tried=False,
            not_before=again_at,
            error=error,
            message_ids=json.dumps(sent) if sent else None,
        )

    def ended(self, claimed: Claimed, state: State, reason: str) -> Settlement:
        """It is over without having been sent."""
        return Settlement(
            id=claimed.id, token=claimed.token, state=state, was_tried=False, error=reason
        )

    def failed(self, claimed: Claimed, error: PlatformError, *, now: datetime) -> Settlement:
        """The platform did not accept it, or not all of it."""
        match error:
            case TargetMovedError():
                return self.not_tried(claimed, again_at=now, error=str(error), sent=error.sent)
            case TargetError() | ContentRefusedError():
                return self._written(claimed, error, state=State.FAILED)
            case CredentialsRefusedError():
                again_at = now + timedelta(seconds=FIRST_PAUSE)
                return self.not_tried(claimed, again_at=again_at, error=str(error), sent=error.sent)
            case PlatformUnreachableError():
                pause = self._pause(claimed, error)
            case _:
                pause = self._pause(claimed, None)
        again_at = now + timedelta(seconds=pause)
        if again_at >= claimed.expires_at:
            return self._written(claimed, error, state=State.EXPIRED)
        began = claimed.first_tried_at or now
        return self._written(
            claimed,
            error,
            state=State.WAITING,
            not_before=again_at,
            may_be_double=isinstance(error, PlatformUnreachableError)
            and error.may_have_arrived
            and pause > self._repeats_known_for,
            let_pass=again_at - began >= LETS_PASS_AFTER,
        )

    def seconds_apart(self, claimed: Claimed) -> float:
        """
        How long one that was being sent while daemons ended keeps apart before it is sent again.

        The one that ends them is then found, and those beside it are not set aside with it.
        """
        if not claimed.lost_sends:
            return 0.0
        return self._random.uniform(0.0, FARTHEST_APART)

    def _pause(self, claimed: Claimed, error: PlatformUnreachableError | None) -> float:
        if error is not None and error.retry_after is not None:
            return min(max(error.retry_after, 0.0), LONGEST_ASKED)
        longest = min(FIRST_PAUSE * 2 ** min(claimed.attempts, 16), LONGEST_PAUSE)
        return longest * self._random.uniform(0.5, 1.5)

    def _written(
        self,
        claimed: Claimed,
        error: PlatformError,
        *,
        state: State,
        not_before: datetime | None = None,
        may_be_double: bool = False,
        let_pass: bool = False,
    ) -> Settlement:
        return Settlement(
            id=claimed.id,
            token=claimed.token,
            state=state,
            not_before=not_before,
            error=str(error),
            message_ids=json.dumps(error.sent) if error.sent else None,
            may_be_double=may_be_double,
            let_pass=let_pass,
        )
