"""
The methods of the local Slack's Web API: their arguments, rights and budgets, as a table.

Stricter than Slack in one point: an argument that a method does not know is refused instead of
ignored, since it can only be a slip.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """What an argument may be. `OBJECTS`: JSON, as text in a form."""

    TEXT = "text"
    SWITCH = "switch"
    OBJECTS = "objects"


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """
    One method.

    `scopes`: the app needs one of them. `tier`: its rate limit, see `limits`. `takes_json`: whether
    its arguments may come as a JSON body.
    """

    arguments: Mapping[str, Kind]
    required: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    tier: str = "t3"
    takes_json: bool = True
    wants_app_token: bool = False
    wants_token: bool = field(default=True)


_TEXT, _SWITCH, _OBJECTS = Kind.TEXT, Kind.SWITCH, Kind.OBJECTS
_READ = ("channels:read", "groups:read", "im:read", "mpim:read")

METHODS: Mapping[str, Method] = {
    "api.test": Method(arguments={"error": _TEXT}, tier="t4", wants_token=False),
    "auth.test": Method(arguments={}, tier="t5"),
    "apps.connections.open": Method(arguments={}, wants_app_token=True),
    "chat.postMessage": Method(
        arguments={
            "channel": _TEXT,
            "text": _TEXT,
            "blocks": _OBJECTS,
            "attachments": _OBJECTS,
            "markdown_text": _TEXT,
            "mrkdwn": _SWITCH,
            "parse": _TEXT,
            "link_names": _SWITCH,
            "thread_ts": _TEXT,
            "reply_broadcast": _SWITCH,
            "unfurl_links": _SWITCH,
            "unfurl_media": _SWITCH,
            "username": _TEXT,
            "icon_emoji": _TEXT,
            "icon_url": _TEXT,
            "metadata": _OBJECTS,
        },
        required=("channel",),
        scopes=("chat:write",),
        tier="t5",
    ),
    "chat.update": Method(
        arguments={
            "channel": _TEXT,
            "ts": _TEXT,
            "text": _TEXT,
            "blocks": _OBJECTS,
            "attachments": _OBJECTS,
            "markdown_text": _TEXT,
            "parse": _TEXT,
            "link_names": _SWITCH,
            "reply_broadcast": _SWITCH,
            "metadata": _OBJECTS,
        },
        required=("channel", "ts"),
        scopes=("chat:write",),
    ),
    "chat.delete": Method(
        arguments={"channel": _TEXT, "ts": _TEXT},
        required=("channel", "ts"),
        scopes=("chat:write",),
    ),
    "conversations.open": Method(
        arguments={
            "channel": _TEXT,
            "users": _TEXT,
            "return_im": _SWITCH,
            "prevent_creation": _SWITCH,
        },
        scopes=("im:write", "mpim:write", "channels:manage", "groups:write"),
    ),
    "conversations.info": Method(
        arguments={"channel": _TEXT, "include_locale": _SWITCH, "include_num_members": _SWITCH},
        required=("channel",),
        scopes=_READ,
        takes_json=False,
    ),
    "users.info": Method(
        arguments={"user": _TEXT, "include_locale": _SWITCH},
        required=("user",),
        scopes=("users:read",),
        tier="t4",
        takes_json=False,
    ),
}
