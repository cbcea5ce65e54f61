"""
Broadcasts as JSON, for the HTTP API and for the command with `--json`.

Durations are in seconds, the price in Telegram's Stars as decimal text.
"""

from typing import Any

from core.delivery.audience import encode
from core.delivery.model import EMAIL
from core.delivery.previews import OnPlatform, Preview, Reach
from core.delivery.progress import Progress
from core.delivery.showing import instant_as_text


def preview_as_json(preview: Preview) -> dict[str, Any]:
    """Whom a broadcast would reach, and what each platform would show."""
    price = preview.price
    return {
        "accounts": _reach(preview.reach),
        "seconds": preview.takes.total_seconds(),
        "price": None if price is None else {"about": str(price.about), "most": str(price.most)},
        "platforms": [_on_platform(each) for each in preview.platforms],
    }


def progress_as_json(progress: Progress) -> dict[str, Any]:
    """How far a broadcast has come."""
    return {
        "id": progress.id,
        "state": progress.state.value,
        "kind": progress.kind.value,
        "audience": encode(progress.only),
        "email": progress.by_email,
        "accepted_at": instant_as_text(progress.accepted_at),
        "expires_at": instant_as_text(progress.expires_at),
        "is_over": progress.is_over,
        "expected": None if progress.expected is None else dict(progress.expected),
        "looked_through": round(progress.looked_through, 4),
        "deliveries": {"total": progress.deliveries, **progress.by_state},
        "by_platform": {name: dict(states) for name, states in progress.by_platform.items()},
        "reasons": [
            {
                "platform": reason.platform,
                "state": reason.state,
                "reason": reason.said or None,
                "number": reason.number,
            }
            for reason in progress.reasons
        ],
        "rate": round(progress.rate, 2),
        "left": progress.left,
        "ends_at": instant_as_text(progress.ends_at),
    }


def _reach(reach: Reach) -> dict[str, Any]:
    return {
        "total": reach.accounts,
        "told": sum(reach.told.values()),
        "by_platform": {name: number for name, number in reach.told.items() if name != EMAIL},
        "by_email": reach.told.get(EMAIL, 0),
        "only_by_email": reach.only_by_email,
        "out_of_reach": reach.out_of_reach,
    }


def _on_platform(shown: OnPlatform) -> dict[str, Any]:
    return {
        "platform": shown.platform.value,
        "accounts": shown.accounts,
        "seconds": shown.takes.total_seconds(),
        "parts": list(shown.parts),
    }
