"""
What there is in the local Discord: people, bots, servers, channels, messages.

Ids are snowflakes as text, as in the API. Times are aware UTC. `as_json` gives the API's objects
with the fields that clients rely on.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, IntEnum

from sandbox.discord.errors import Json

EPOCH_MS = 1420070400000  # the first second of 2015, from which snowflakes count
EPHEMERAL = 1 << 6  # message flag: seen by the person who caused it alone

Clock = Callable[[], datetime]


class Snowflakes:
    """Ids that grow with time, as Discord makes them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._increment = itertools.count(1)

    def next(self) -> str:
        milliseconds = int(self._clock().timestamp() * 1000) - EPOCH_MS
        return str((milliseconds << 22) | (next(self._increment) & 0x3FFFFF))


class ChannelKind(IntEnum):
    """Channel types by their number in the API."""

    TEXT = 0
    DIRECT = 1
    CATEGORY = 4
    THREAD = 11


class Right(Enum):
    """What a bot may do in a channel, with its permission bit."""

    VIEW = 1 << 10
    SEND = 1 << 11


@dataclass(slots=True, eq=False)
class User:
    """A person or a bot. `takes_direct_messages` false: closed to strangers, or blocked the bot."""

    id: str
    name: str
    is_bot: bool = False
    locale: str = "zh-CN"
    takes_direct_messages: bool = True

    def as_json(self) -> Json:
        user: Json = {
            "id": self.id,
            "username": self.name,
            "discriminator": "0",
            "global_name": None if self.is_bot else self.name,
            "avatar": None,
            "public_flags": 0,
            "flags": 0,
        }
        if self.is_bot:
            user["bot"] = True
        return user


@dataclass(slots=True, eq=False)
class Application:
    """A bot: its user, its id as an application and its token (None: revoked)."""

    id: str
    user: User
    token: str | None
    commands: list[Json] = field(default_factory=list[Json])

    def as_json(self) -> Json:
        return {
            "id": self.id,
            "name": self.user.name,
            "icon": None,
            "description": "",
            "summary": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": 0,
            "bot": self.user.as_json(),
            "owner": self.user.as_json(),
            "team": None,
        }


def _no_messages() -> "dict[str, Message]":
    return {}


@dataclass(slots=True, eq=False)
class Channel:
    """
    A channel of a server, or a direct message of one bot with one person (`recipient`).

    `denied`: the rights that bots do not have here.
    """

    id: str
    kind: ChannelKind
    name: str = ""
    guild: "Guild | None" = None
    recipient: User | None = None
    owner: Application | None = None
    denied: set[Right] = field(default_factory=set[Right])
    is_archived: bool = False
    messages: "dict[str, Message]" = field(default_factory=_no_messages)

    def as_json(self) -> Json:
        channel: Json = {"id": self.id, "type": int(self.kind), "flags": 0}
        if self.recipient is not None:
            return channel | {"recipients": [self.recipient.as_json()], "last_message_id": None}
        channel |= {
            "name": self.name,
            "position": 0,
            "parent_id": None,
            "topic": None,
            "nsfw": False,
            "rate_limit_per_user": 0,
            "last_message_id": next(reversed(self.messages), None),
            "permission_overwrites": [],
        }
        if self.guild is not None:
            channel["guild_id"] = self.guild.id
        return channel


@dataclass(slots=True, eq=False)
class Guild:
    """A server with its channels and members."""

    id: str
    name: str
    owner: User
    channels: dict[str, Channel] = field(default_factory=dict[str, Channel])
    members: dict[str, User] = field(default_factory=dict[str, User])

    def member_json(self, user: User) -> Json:
        return {
            "user": user.as_json(),
            "nick": None,
            "avatar": None,
            "roles": [],
            "joined_at": "2026-01-01T00:00:00.000000+00:00",
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "flags": 0,
            "pending": False,
        }

    def as_json(self) -> Json:
        """The server as `GET /guilds/{guild_id}` shows it."""
        everyone: Json = {
            "id": self.id,
            "name": "@everyone",
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "position": 0,
            "permissions": str(Right.VIEW.value | Right.SEND.value),
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }
        unset = (
            "icon splash discovery_splash afk_channel_id application_id system_channel_id "
            "rules_channel_id banner description vanity_url_code public_updates_channel_id "
            "safety_alerts_channel_id"
        )
        return {
            **dict.fromkeys(unset.split()),
            "id": self.id,
            "name": self.name,
            "owner_id": self.owner.id,
            "roles": [everyone],
            "emojis": [],
            "stickers": [],
            "features": [],
            "afk_timeout": 300,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "nsfw": False,
            "premium_tier": 0,
            "premium_progress_bar_enabled": False,
            "system_channel_flags": 0,
            "preferred_locale": "zh-CN",
        }

    def create_json(self, bot: User) -> Json:
        """The server as the gateway's GUILD_CREATE shows it to a bot that is in it."""
        return self.as_json() | {
            "joined_at": "2026-01-01T00:00:00.000000+00:00",
            "large": False,
            "unavailable": False,
            "member_count": len(self.members),
            "members": [self.member_json(bot)],
            "channels": [channel.as_json() for channel in self.channels.values()],
            "threads": [],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }


@dataclass(slots=True, eq=False)
class Message:
    """
    A message. `pinged` are the people it notifies, `pings_everyone` the whole channel.

    `only_for`: the one person who sees an ephemeral message.
    """

    id: str
    channel: Channel
    author: User
    content: str
    sent_at: datetime
    embeds: list[Json] = field(default_factory=list[Json])
    components: list[Json] = field(default_factory=list[Json])
    flags: int = 0
    nonce: str | int | None = None
    pinged: list[User] = field(default_factory=list[User])
    pings_everyone: bool = False
    edited_at: datetime | None = None
    only_for: User | None = None
    application_id: str | None = None

    @property
    def buttons(self) -> list[Json]:
        """The buttons in its rows, from the first to the last."""
        return [
            button
            for row in self.components
            for button in row.get("components", ())
            if button.get("type") == 2  # noqa: PLR2004 - the API's number for a button
        ]

    def as_json(self) -> Json:
        message: Json = {
            "id": self.id,
            "type": 0,
            "channel_id": self.channel.id,
            "author": self.author.as_json(),
            "content": self.content,
            "timestamp": self.sent_at.isoformat(),
            "edited_timestamp": self.edited_at and self.edited_at.isoformat(),
            "tts": False,
            "mention_everyone": self.pings_everyone,
            "mentions": [user.as_json() for user in self.pinged],
            "mention_roles": [],
            "attachments": [],
            "embeds": self.embeds,
            "components": self.components,
            "pinned": False,
            "flags": self.flags,
        }
        if self.nonce is not None:
            message["nonce"] = self.nonce
        if self.application_id is not None:
            message["application_id"] = self.application_id
        return message
