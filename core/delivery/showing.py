"""
Notices and deliveries as JSON, for the HTTP API and for commands with `--json`.

Instants are ISO 8601 in UTC, to the millisecond; what is not known or not there is null.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from config_store.own.looking import Cursor, Delivery
from core.delivery.content import LiteralContent, UnreadableContentError, decode
from core.delivery.oversight import DeliveryPage, DeliveryStory, NoticeStory, QueueStatistics

MOST_LISTED = 500  # deliveries on a page

_CURSOR = re.compile(r"([0-9]{1,15})-([0-9]{1,18})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def notice_as_json(story: NoticeStory) -> dict[str, Any]:
    """A notice, and how many of its deliveries are in which state."""
    notice = story.notice
    return {
        "id": notice.id,
        "state": notice.state,
        "kind": notice.kind,
        "audience": {"type": notice.audience, **json.loads(notice.audience_details)},
        "priority": notice.priority,
        "accepted_at": instant_as_text(notice.accepted_at),
        "expires_at": instant_as_text(notice.expires_at),
        "expanded_at": instant_as_text(notice.expanded_at),
        "deliveries": {
            "total": sum(story.deliveries.values()),
            **{state.value: number for state, number in story.deliveries.items()},
        },
    }


def delivery_as_json(delivery: Delivery) -> dict[str, Any]:
    """A delivery, without what it says."""
    return {
        "id": delivery.id,
        "notification_id": delivery.notice_id,
        "kind": delivery.kind,
        "action": delivery.action,
        "user_id": delivery.account_id,
        "platform": delivery.platform,
        "target": delivery.target,
        "priority": delivery.priority,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "may_be_double": delivery.may_be_double,
        "message_ids": list(delivery.message_ids),
        "last_error": delivery.last_error,
        "created_at": instant_as_text(delivery.created_at),
        "not_before": instant_as_text(delivery.not_before),
        "expires_at": instant_as_text(delivery.expires_at),
        "first_tried_at": instant_as_text(delivery.first_tried_at),
        "finished_at": instant_as_text(delivery.finished_at),
    }


def page_as_json(page: DeliveryPage) -> dict[str, Any]:
    """Deliveries; `next`: what `before` has to be for the page behind, null at the end."""
    return {
        "deliveries": [delivery_as_json(delivery) for delivery in page.deliveries],
        "next": None if page.next is None else cursor_as_text(page.next),
    }


def story_as_json(story: DeliveryStory) -> dict[str, Any]:
    """A delivery, what goes before it, and what its notice says."""
    return {
        **delivery_as_json(story.delivery),
        "ahead": story.ahead,
        "content": None if story.notice is None else content_as_json(story.notice.content),
    }


def statistics_as_json(statistics: QueueStatistics, now: datetime) -> dict[str, Any]:
    """How full the queue is; ages in seconds."""
    return {
        **statistics.census.summary(now),
        "by_platform": [
            {
                "platform": load.platform,
                "priority": load.priority,
                **{
                    state: load.by_state.get(state, 0) for state in ("queued", "waiting", "sending")
                },
                "oldest_seconds": round(load.age_seconds(now), 1),
            }
            for load in statistics.census.loads
        ],
        "held": {state.value: number for state, number in statistics.held.items()},
        "notifications": dict(statistics.notices),
        "last_24_hours": {platform: dict(states) for platform, states in statistics.ended.items()},
    }


def cursor_as_text(cursor: Cursor) -> str:
    """A cursor as it is handed out: nothing to be understood."""
    return f"{(cursor.not_before - _EPOCH) // _MILLISECOND}-{cursor.id}"


def read_cursor(written: str) -> Cursor | None:
    """What `cursor_as_text` wrote; None if that is something else."""
    found = _CURSOR.fullmatch(written)
    if found is None:
        return None
    milliseconds, delivery_id = found.groups()
    try:
        return Cursor(_EPOCH + int(milliseconds) * _MILLISECOND, int(delivery_id))
    except OverflowError:
        return None


def read_limit(written: str) -> int | None:
    """How many deliveries a page is to have; None if that is no number of them."""
    is_number = written.isascii() and written.isdigit() and len(written) <= len(str(MOST_LISTED))
    return int(written) if is_number and 1 <= int(written) <= MOST_LISTED else None


def content_as_json(kept: str) -> dict[str, Any] | None:
    """What a notice says, as `encode` wrote it; None if this version does not understand it."""
    try:
        content = decode(kept)
    except UnreadableContentError:
        return None
    if isinstance(content, LiteralContent):
        return {"title": content.title, "text": content.text, "format": content.format}
    return {"message_id": content.message_id, "values": dict(content.values)}


def instant_as_text(at: datetime | None) -> str | None:
    """An instant, or null."""
    return (
        None
        if at is None
        else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
    )
