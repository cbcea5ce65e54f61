"""
People and bots of the local Telegram.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.telegram.updates import UpdateQueue

ANONYMOUS_ADMIN_ID = 1087968824  # stands in as `from` where an administrator writes as the group
CHANNEL_POST_ID = 777000  # stands in as `from` of a channel's post in its discussion group


@dataclass(slots=True, eq=False)
class Person:
    """Somebody with an account at Telegram; bots have one too."""

    id: int
    first_name: str
    last_name: str = ""
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False
    is_deleted: bool = False

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def as_json(self) -> dict[str, object]:
        """The Bot API's User."""
        user: dict[str, object] = {
            "id": self.id,
            "is_bot": self.is_bot,
            "first_name": "" if self.is_deleted else self.first_name,
        }
        optional = {
            "last_name": self.last_name,
            "username": self.username,
            "language_code": self.language_code,
        }
        return user | {name: value for name, value in optional.items() if value}


@dataclass(slots=True, eq=False)
class Webhook:
    """Where a bot's updates go, and how that went lately."""

    url: str
    secret_token: str = ""
    max_connections: int = 40
    ip_address: str = ""
    has_certificate: bool = False
    last_error: str = ""
    last_error_at: float = 0.0


@dataclass(slots=True, eq=False)
class Bot:
    """
    A bot's account with what its owner and the people it meets have set.

    `token` None: revoked. `reads_all_messages`: privacy mode is off. `known_to`: the people who
    started it, so that it may write to them.
    """

    person: Person
    token: str | None = field(repr=False)
    updates: UpdateQueue
    reads_all_messages: bool = False
    can_join_groups: bool = True
    known_to: set[int] = field(default_factory=set[int])
    blocked_by: set[int] = field(default_factory=set[int])
    commands: dict[tuple[str, str], list[dict[str, object]]] = field(
        default_factory=dict[tuple[str, str], list[dict[str, object]]]
    )
    texts: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    menu_buttons: dict[int, Mapping[str, object]] = field(
        default_factory=dict[int, Mapping[str, object]]
    )
    logged_out_at: datetime | None = None
    webhook: Webhook | None = None

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def username(self) -> str:
        return self.person.username or ""
