"""
To whom of all accounts a notice goes: by level, expiry, activity and platform.

Each condition may be left out, and all that are given hold at once; banned accounts are never
among them. Days are whole days of 24 hours, counted from the instant at which the notice was
accepted. The JSON form is that of the HTTP API and of `im_notices.audience_details`.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast
from zoneinfo import ZoneInfo

from config_store.panel.audience import Selection
from core.platform import PlatformName

MOST_DAYS = 36_500
HIGHEST_LEVEL = 65_535  # `user.class` is a SMALLINT
_MOST_LEVELS = 200  # in a list

_ONE_OF_FOUR = 'expected "expired", "active", "lapsed" or {"within_days": N}'


class AudienceError(ValueError):
    """
    This is no audience. `field`: which part of it, `message`: what is expected there.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class Expiry(StrEnum):
    """How it stands with the end of an account's level."""

    EXPIRED = "expired"
    """Its level has ended, and the panel has not taken it away yet."""
    ACTIVE = "active"
    """All others: a level that goes on or never ends, and level 0, which has no end."""
    LAPSED = "lapsed"
    """It is at level 0, and a date in the past says when a level ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceFilter:
    """
    Which accounts are meant; without any condition all that are not banned.

    `levels`: one of these. `lowest_level`, `highest_level`: both included. `expires_within_days`:
    a level that is not over yet and ends by then. `active_within_days`: used or logged in since;
    `inactive_for_days`: neither, and registered before. `platforms`: bound to one of these.

    Raises:
        AudienceError: a number is out of its range, or two conditions exclude each other.
    """

    levels: tuple[int, ...] = ()
    lowest_level: int | None = None
    highest_level: int | None = None
    expiry: Expiry | None = None
    expires_within_days: int | None = None
    active_within_days: int | None = None
    inactive_for_days: int | None = None
    platforms: tuple[PlatformName, ...] = ()

    def __post_init__(self) -> None:
        for level in (*self.levels, self.lowest_level, self.highest_level):
            _ensure_within("level", level, 0, HIGHEST_LEVEL)
        _ensure_within("expiry.within_days", self.expires_within_days, 1, MOST_DAYS)
        _ensure_within("activity.within_days", self.active_within_days, 1, MOST_DAYS)
        _ensure_within("activity.inactive_days", self.inactive_for_days, 1, MOST_DAYS)
        lowest, highest = self.lowest_level, self.highest_level
        if lowest is not None and highest is not None and lowest > highest:
            raise AudienceError("level", "expected min not above max")
        if self.expiry is not None and self.expires_within_days is not None:
            raise AudienceError("expiry", _ONE_OF_FOUR)

    def __bool__(self) -> bool:
        return self != EVERYBODY

    def at(self, now: datetime, zone: ZoneInfo) -> Selection:
        """The conditions for the panel's table, days counted from `now`; `zone`: the site's."""
        return Selection(
            at=now,
            zone=zone,
            levels=self.levels,
            lowest_level=self.lowest_level,
            highest_level=self.highest_level,
            expiry=None if self.expiry is None else self.expiry.value,
            ends_by=_days(now, self.expires_within_days, 1),
            seen_since=_days(now, self.active_within_days, -1),
            unseen_since=_days(now, self.inactive_for_days, -1),
            platforms=tuple(platform.value for platform in self.platforms),
        )


def encode(only: AudienceFilter) -> dict[str, Any]:
    """A filter as JSON has it: what `decode` reads."""
    level: Any = list(only.levels) or _present(min=only.lowest_level, max=only.highest_level)
    if only.levels and (only.lowest_level is not None or only.highest_level is not None):
        level = {"any": list(only.levels)} | _present(min=only.lowest_level, max=only.highest_level)
    expiry: Any = only.expiry and only.expiry.value
    return _present(
        level=level or None,
        expiry=expiry or _present(within_days=only.expires_within_days) or None,
        activity=_present(within_days=only.active_within_days, inactive_days=only.inactive_for_days)
        or None,
        platform=[platform.value for platform in only.platforms] or None,
    )


def decode(read: object) -> AudienceFilter:
    """
    The filter that a JSON object stands for.

    Raises:
        AudienceError: it is none, or of a later version.
    """
    table = _object("audience", read, ("level", "expiry", "activity", "platform"))
    expiry, expires_within = _expiry(table.get("expiry"))
    activity = _object("activity", table.get("activity", {}), ("within_days", "inactive_days"))
    return AudienceFilter(
        **_level(table.get("level")),
        expiry=expiry,
        expires_within_days=expires_within,
        active_within_days=_number("activity.within_days", activity.get("within_days")),
        inactive_for_days=_number("activity.inactive_days", activity.get("inactive_days")),
        platforms=_platforms(table.get("platform")),
    )


def only_of(details: str) -> AudienceFilter:
    """
    The filter of a notice to everyone, from its `audience_details`.

    Raises:
        AudienceError: it is of a later version.
    """
    return decode(json.loads(details).get("only", {}))


def _level(read: object) -> dict[str, Any]:
    if read is None:
        return {}
    if isinstance(read, int | list):
        return {"levels": _levels(cast("object", read))}
    table = _object("level", read, ("any", "min", "max"))
    return {
        "levels": _levels(table["any"]) if "any" in table else (),
        "lowest_level": _number("level.min", table.get("min")),
        "highest_level": _number("level.max", table.get("max")),
    }


def _levels(read: object) -> tuple[int, ...]:
    listed = cast("list[object]", read) if isinstance(read, list) else [read]
    numbers = [_number("level", each) for each in listed]
    if not 0 < len(numbers) <= _MOST_LEVELS or None in numbers:
        raise AudienceError("level", "expected a level, a list of levels, or min and max")
    return tuple(sorted({number for number in numbers if number is not None}))


def _expiry(read: object) -> tuple[Expiry | None, int | None]:
    if read is None:
        return None, None
    if isinstance(read, str):
        try:
            return Expiry(read), None
        except ValueError as error:
            raise AudienceError("expiry", _ONE_OF_FOUR) from error
    days = _object("expiry", read, ("within_days",)).get("within_days")
    if days is None:
        raise AudienceError("expiry", _ONE_OF_FOUR)
    return None, _number("expiry.within_days", days)


def _platforms(read: object) -> tuple[PlatformName, ...]:
    if read is None:
        return ()
    listed = cast(list[object], read) if isinstance(read, list) else [read]
    known = [name.value for name in PlatformName]
    if not listed or not all(each in known for each in listed):
        raise AudienceError("platform", f"expected one or more of {', '.join(known)}")
    return tuple(name for name in PlatformName if name.value in listed)


def _object(field: str, read: object, keys: Collection[str]) -> Mapping[str, object]:
    if not isinstance(read, dict):
        raise AudienceError(field, f"expected an object with {', '.join(keys)}")
    table = cast(dict[str, object], read)
    for key in table:
        if key not in keys:
            name = key if field == "audience" else f"{field}.{key}"
            raise AudienceError(name, f"not known; expected {', '.join(keys)}")
    return table


def _number(field: str, read: object) -> int | None:
    if read is None or (isinstance(read, int) and not isinstance(read, bool)):
        return read
    raise AudienceError(field, "expected a whole number")


def _ensure_within(field: str, number: int | None, least: int, most: int) -> None:
    if number is not None and not least <= number <= most:
        raise AudienceError(field, f"expected a whole number from {least} to {most}")


def _days(now: datetime, days: int | None, sign: int) -> datetime | None:
    return None if days is None else now + sign * timedelta(days=days)


def _present(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


EVERYBODY = AudienceFilter()
