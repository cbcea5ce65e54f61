"""
The queue in a person's words: tables of deliveries, and all that is known of one.
"""

from collections.abc import Sequence
from datetime import datetime

from config_store.own.looking import Delivery
from core.console.speaking import age, in_one_line, say, say_table, word
from core.delivery.census import Load
from core.delivery.model import State
from core.delivery.oversight import DeliveryStory, QueueStatistics
from core.delivery.showing import content_as_json

_SHORT_TEXT = 300  # characters of what a delivery says
_SHORT_TARGET = 32  # characters in a list


def say_statistics(statistics: QueueStatistics, now: datetime) -> None:
    """How full the queue is, and what became of the last day's deliveries."""
    loads = statistics.census.loads
    if loads:
        heads = ("PLATFORM", "PRIORITY", "WAITING", "QUEUED", "SENDING", "OLDEST")
        say_table(heads, [_load(load, now) for load in loads], right=heads[2:])
    else:
        say("nothing waits")
    for state, number in statistics.notices.items():
        say(f"notices {word(state)}: {number}")
    held = {state: number for state, number in statistics.held.items() if number}
    for state, number in held.items():
        say(f"deliveries {word(state)}: {number}")
    say()
    if not statistics.ended:
        say("nothing ended in the last 24 hours")
        return
    states = [each for each in State if any(each in ended for ended in statistics.ended.values())]
    say("in the last 24 hours:")
    counted = [word(state).upper() for state in states]
    say_table(
        ("PLATFORM", *counted),
        [
            (platform, *(f"{ended.get(state, 0):,}" for state in states))
            for platform, ended in sorted(statistics.ended.items())
        ],
        right=counted,
    )


def _load(load: Load, now: datetime) -> tuple[str, ...]:
    numbers = (f"{load.by_state.get(state, 0):,}" for state in ("waiting", "queued", "sending"))
    return (load.platform, load.priority, *numbers, age(load.age_seconds(now)))


def say_deliveries(deliveries: Sequence[Delivery], now: datetime) -> None:
    """Deliveries, a line each."""
    heads = ("ID", "STATE", "PLATFORM", "TARGET", "KIND", "AGE", "TRIES", "LAST ERROR")
    rows = [
        (
            str(each.id),
            word(each.state),
            each.platform,
            _shortened(each.target, _SHORT_TARGET),
            each.kind or each.action or "",
            age((now - each.created_at).total_seconds()),
            str(each.attempts),
            in_one_line(each.last_error or ""),
        )
        for each in deliveries
    ]
    say_table(heads, rows, right=("ID", "AGE", "TRIES"))


def say_story(story: DeliveryStory, now: datetime) -> None:
    """All that is known of one delivery, a line a fact."""
    each = story.delivery
    told = {
        "delivery": str(each.id),
        "state": _state(story, now),
        "platform": each.platform,
        "target": in_one_line(each.target),
        "user": "" if each.account_id is None else str(each.account_id),
        "notice": "" if each.notice_id is None else f"{each.notice_id} ({each.kind or 'removed'})",
        "action": each.action or "",
        "priority": each.priority,
        "accepted": _ago(each.created_at, now),
        "first try": _ago(each.first_tried_at, now),
        "tries": str(each.attempts),
        "ended": _ago(each.finished_at, now),
        "expires": _ago(each.expires_at, now) if each.finished_at is None else "",
        "last error": in_one_line(each.last_error or ""),
        "messages": " ".join(each.message_ids),
        "says": _shortened(_said(story), _SHORT_TEXT),
    }
    if each.may_be_double:
        told["note"] = "an earlier try may have arrived as well"
    width = max(len(name) for name in told)
    for name, value in told.items():
        if value:
            say(f"{name.ljust(width)}  {value}")


def _state(story: DeliveryStory, now: datetime) -> str:
    each = story.delivery
    if each.state == State.QUEUED:
        return f"queued: {story.ahead} to the same recipient go first"
    if each.state == State.WAITING and each.not_before > now:
        return f"waiting: goes {_ago(each.not_before, now)}"
    return word(each.state)


def _said(story: DeliveryStory) -> str:
    content = (story.notice and content_as_json(story.notice.content)) or {}
    parts = [content.get(name, "") for name in ("title", "text", "message_id")]
    return in_one_line(" — ".join(part for part in parts if part))


def _ago(at: datetime | None, now: datetime) -> str:
    if at is None:
        return ""
    span = (now - at).total_seconds()
    words = f"{age(span)} ago" if span >= 0 else f"in {age(-span)}"
    return f"{words} ({at:%Y-%m-%d %H:%M:%S} UTC)"


def _shortened(text: str, most: int) -> str:
    shown = in_one_line(text)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
