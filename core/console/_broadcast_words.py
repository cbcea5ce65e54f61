"""
What the command `broadcast` tells of a broadcast: beforehand, and while it is sent.
"""

from collections.abc import Iterator
from datetime import datetime

from core.console.speaking import age, in_one_line, say, say_table, word
from core.delivery.audience import AudienceFilter
from core.delivery.model import EMAIL, State
from core.delivery.previews import Preview
from core.delivery.progress import Progress
from core.markup.characters import legible

_MOST_REASONS = 20  # lines


def say_preview(preview: Preview) -> None:
    """Whom it would reach and how, and each platform's text."""
    reach = preview.reach
    say(f"accounts chosen: {reach.accounts:,}")
    if preview.platforms:
        heads = ("PLATFORM", "ACCOUNTS", "MESSAGES", "TAKES")
        rows = [
            (
                each.platform.value,
                f"{each.accounts:,}",
                f"{each.accounts * max(1, len(each.parts)):,}",
                age(each.takes.total_seconds()),
            )
            for each in preview.platforms
        ]
        say_table(heads, rows, right=heads[1:])
    if EMAIL in reach.told:
        say(f"by mail, as fast as the panel sends it: {reach.told[EMAIL]:,}")
    if reach.only_by_email:
        say(f"only by mail, so not told without --email: {reach.only_by_email:,}")
    if reach.out_of_reach:
        say(f"not to be reached at all: {reach.out_of_reach:,}")
    for each in preview.platforms:
        for number, part in enumerate(each.parts, start=1):
            of = f", part {number} of {len(each.parts)}" if len(each.parts) > 1 else ""
            say(f"\n--- {each.platform.value}{of} ---")
            say(legible(part))
    if preview.platforms:
        say()


def summary(preview: Preview) -> str:
    """The whole of it in a sentence, to be confirmed."""
    number = sum(preview.reach.told.values())
    takes = age(preview.takes.total_seconds())
    price = ""
    if preview.price is not None:
        price = (
            f" Telegram takes about {preview.price.about} Stars for it,"
            f" {preview.price.most} at most."
        )
    return f"This tells {number:,} accounts and takes at least {takes}.{price}"


def say_progress(progress: Progress, now: datetime) -> None:
    """How far it has come, and why some were not told."""
    since = age((now - progress.accepted_at).total_seconds())
    say(f"broadcast {progress.id}: {_state(progress)}, accepted {since} ago")
    say(f"audience: {'; '.join(_described(progress.only))}")
    if not progress.is_over:
        say(f"accounts gone through: {progress.looked_through:.0%}")
    _say_platforms(progress)
    if progress.left and not progress.is_over:
        say(f"left: {progress.left:,}, at {progress.rate:.1f} a second now{_end(progress, now)}")
    if progress.reasons:
        say("\nnot delivered:")
        say_table(
            ("NUMBER", "PLATFORM", "STATE", "REASON"),
            [
                (f"{each.number:,}", each.platform, word(each.state), in_one_line(each.said))
                for each in progress.reasons[:_MOST_REASONS]
            ],
            right=("NUMBER",),
        )


def _say_platforms(progress: Progress) -> None:
    expected = progress.expected or {}
    states = [state for state in State if progress.by_state.get(state)]
    names = sorted(progress.by_platform.keys() | expected.keys())
    if not names:
        return
    heads = ["PLATFORM", "EXPECTED", *(word(state).upper() for state in states)]
    rows = [
        (
            name,
            f"{expected[name]:,}" if name in expected else "",
            *(f"{progress.by_platform.get(name, {}).get(state, 0):,}" for state in states),
        )
        for name in names
    ]
    say_table(heads, rows, right=heads[1:])


def _end(progress: Progress, now: datetime) -> str:
    if progress.ends_at is None:
        return ""
    left = age((progress.ends_at - now).total_seconds())
    return f": done in about {left} ({progress.ends_at:%Y-%m-%d %H:%M} UTC)"


def _state(progress: Progress) -> str:
    if progress.is_over:
        return "cancelled" if progress.state == "cancelled" else "over"
    return {"expanded": "being sent", "expanding": "being sent", "sweeping": "being sent"}.get(
        progress.state, progress.state.value
    )


def _described(only: AudienceFilter) -> Iterator[str]:
    if not only:
        yield "all accounts"
    if only.levels:
        yield f"level {', '.join(map(str, only.levels))}"
    if only.lowest_level is not None:
        yield f"level {only.lowest_level} and above"
    if only.highest_level is not None:
        yield f"level {only.highest_level} and below"
    if only.expiry is not None:
        yield only.expiry.value
    if only.expires_within_days is not None:
        yield f"level ends within {only.expires_within_days} days"
    if only.active_within_days is not None:
        yield f"active within {only.active_within_days} days"
    if only.inactive_for_days is not None:
        yield f"inactive for {only.inactive_for_days} days"
    if only.platforms:
        yield f"bound to {' or '.join(only.platforms)}"
