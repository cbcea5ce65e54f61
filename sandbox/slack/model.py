"""
What there is in the local Slack: people, apps, channels, messages.

Ids are text with the letters that Slack gives them. A message's `ts` is seconds since 1970 with six
decimals, as text, and is its id within its channel.
"""

from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.errors import Json

DEFAULT_SCOPES = frozenset(
    {
        "chat:write",
        "im:write",
        "channels:read",
        "groups:read",
        "im:read",
        "mpim:read",
        "users:read",
        "commands",
    }
)
DEFAULT_EVENTS = frozenset({"message", "app_mention", "app_home_opened"})


@dataclass(slots=True, eq=False)
class User:
    """A person, or the user that an app is in a workspace."""

    id: str
    name: str
    is_bot: bool = False
    is_disabled: bool = False
    locale: str = "zh-CN"

    def as_json(self) -> Json:
        return {
            "id": self.id,
            "name": self.name,
            "real_name": self.name,
            "deleted": self.is_disabled,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "profile": {"real_name": self.name, "display_name": self.name},
        }


@dataclass(slots=True, eq=False)
class App:
    """
    An app that is installed in the workspace.

    Its tokens are None once they are revoked. `takes_direct_messages` false: the messages tab is
    off in the app's settings. `events`: the event types that it is subscribed to.
    """

    id: str
    bot_id: str
    user: User
    token: str | None
    app_token: str | None
    scopes: frozenset[str] = DEFAULT_SCOPES
    events: frozenset[str] = DEFAULT_EVENTS
    takes_direct_messages: bool = True
    former_tokens: set[str] = field(default_factory=set[str])


def _no_messages() -> "dict[str, Message]":
    return {}


@dataclass(slots=True, eq=False)
class Channel:
    """A channel, or (`person` set) the direct message of an app with somebody."""

    id: str
    name: str = ""
    is_private: bool = False
    is_archived: bool = False
    person: User | None = None
    members: set[str] = field(default_factory=set[str])
    messages: "dict[str, Message]" = field(default_factory=_no_messages)

    @property
    def kind(self) -> str:
        """The channel's type in events."""
        if self.person is not None:
            return "im"
        return "group" if self.is_private else "channel"

    def as_json(self) -> Json:
        channel: Json = {
            "id": self.id,
            "is_im": self.person is not None,
            "is_archived": self.is_archived,
        }
        if self.person is not None:
            return channel | {"user": self.person.id, "is_open": True}
        return channel | {
            "name": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_private": self.is_private,
        }


@dataclass(slots=True, eq=False)
class Message:
    """
    A message. `pings`: what its text notifies, such as `U0…`, `channel`, `here`.

    `only_for`: the one person who sees an ephemeral message.
    """

    ts: str
    channel: Channel
    author: User
    text: str
    blocks: list[Json] = field(default_factory=list[Json])
    thread_ts: str | None = None
    app: App | None = None
    pings: list[str] = field(default_factory=list[str])
    edited_ts: str | None = None
    only_for: User | None = None

    @property
    def buttons(self) -> list[Json]:
        """The buttons in its blocks, from the first to the last."""
        found: list[Json] = []
        for block in self.blocks:
            elements: list[Any] = [*block.get("elements", ()), block.get("accessory")]
            found += [
                element
                for element in elements
                if isinstance(element, dict) and element.get("type") == "button"  # pyright: ignore[reportUnknownMemberType] - blocks are checked JSON
            ]
        return found

    def as_json(self) -> Json:
        message: Json = {"type": "message", "user": self.author.id, "text": self.text}
        message["ts"] = self.ts
        if self.blocks:
            message["blocks"] = self.blocks
        if self.thread_ts is not None:
            message["thread_ts"] = self.thread_ts
        if self.app is not None:
            message |= {"bot_id": self.app.bot_id, "app_id": self.app.id}
        if self.edited_ts is not None:
            message["edited"] = {"user": self.author.id, "ts": self.edited_ts}
        return message
