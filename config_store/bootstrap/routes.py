"""Routes: kinds of notices that go to chats of their own."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

RouteName = Literal[
    "admins",
    "node_added",
    "node_updated",
    "node_deleted",
    "node_offline",
    "node_online",
    "node_blocked",
    "node_unblocked",
    "announcement_created",
    "announcement_updated",
    "daily_job",
    "daily_statistics",
    "maintenance",
    "user_registered",
    "account_expiring",
    "account_expired",
    "traffic_low",
    "traffic_exhausted",
    "ticket_reply",
    "custom",
]
"""What can be routed: a kind of notice, or all that goes to the administrators."""

RoutePlatform = Literal["telegram", "discord", "slack"]

_TARGETS: Mapping[str, re.Pattern[str]] = {
    "telegram": re.compile(r"(-?[0-9]{1,19}|@[A-Za-z][A-Za-z0-9_]{3,31})(:[0-9]{1,19})?"),
    "discord": re.compile(r"[0-9]{1,20}"),
    "slack": re.compile(r"[A-Z][A-Z0-9]{2,}"),
}


@dataclass(frozen=True, slots=True)
class RouteTarget:
    """Where a notice goes. `target` is in the platform's words; a Telegram topic follows a `:`."""

    platform: RoutePlatform
    target: str

    def __str__(self) -> str:
        return f"{self.platform}:{self.target}"


def route_target(value: object) -> object:
    """
    `platform:target`, such as `telegram:-1001234:56` or `slack:C0123`.

    Raises:
        ValueError: no such platform, or no target of its.
    """
    if not isinstance(value, str):
        return value
    platform, _, target = value.partition(":")
    if platform not in _TARGETS or not _TARGETS[platform].fullmatch(target):
        raise ValueError("no target")
    return RouteTarget(platform, target)  # pyright: ignore[reportArgumentType] - one of the keys


def routes_table(value: object) -> object:
    """
    The table itself, or a JSON object in a text, as an environment variable has it.

    Raises:
        ValueError: the text is no JSON.
    """
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value else {}
    except RecursionError as error:
        raise ValueError("nested too deep") from error
