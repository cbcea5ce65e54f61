"""
The local Discord's world in memory, for the people in it, the tests and the page.

People write, press and close their direct messages here; bots come in through `rest` and `gateway`,
which keep to the same rules. Nothing is kept on disk. Every change raises `revision`.
"""

import asyncio
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from sandbox.discord.errors import Json, refused
from sandbox.discord.interactions import Interaction, InteractionKind
from sandbox.discord.model import (
    Application,
    Channel,
    ChannelKind,
    Clock,
    Guild,
    Message,
    Right,
    Snowflakes,
    User,
)
from sandbox.revision import Revision

T = TypeVar("T")
_MAX_NONCES = 100_000
_MENTION = re.compile(r"<@!?([0-9]+)>")


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a bot's gateway may tell. `channel` is where, `application` whom alone."""

    name: str
    data: Json
    channel: Channel | None = None
    guild: Guild | None = None
    application: Application | None = None


class DiscordWorld:
    """Servers, people, bots and what was said."""

    def __init__(self, *, clock: Clock = utc_now) -> None:
        self.clock = clock
        self.revision = Revision()
        self.users: dict[str, User] = {}
        self.guilds: dict[str, Guild] = {}
        self.channels: dict[str, Channel] = {}
        self.applications: list[Application] = []
        self.interactions: dict[str, Interaction] = {}
        self.listeners: list[Callable[[Event], None]] = []
        self._ids = Snowflakes(clock)
        self._direct_channels: dict[tuple[str, str], Channel] = {}
        self._nonces: dict[tuple[str, str], tuple[float, Message]] = {}

    def new_id(self) -> str:
        return self._ids.next()

    # What is there

    def add_person(self, name: str, *, id: str | None = None, locale: str = "zh-CN") -> User:  # noqa: A002 - the API's word
        """A person; `id` for one whose id is already known elsewhere."""
        user = User(id or self.new_id(), name, locale=locale)
        self.users[user.id] = user
        self.revision.bump()
        return user

    def add_bot(self, name: str = "panel", *, token: str | None = None) -> Application:
        """A bot with a token of its own, in no server yet."""
        user = User(self.new_id(), name, is_bot=True)
        self.users[user.id] = user
        application = Application(user.id, user, token or _new_token())
        self.applications.append(application)
        self.revision.bump()
        return application

    def add_guild(self, name: str, *members: User, id: str | None = None) -> Guild:  # noqa: A002
        """A server whose owner is the first of its members."""
        guild = Guild(id or self.new_id(), name, members[0])
        self.guilds[guild.id] = guild
        for member in members:
            guild.members[member.id] = member
        self.revision.bump()
        return guild

    def add_channel(
        self,
        guild: Guild,
        name: str,
        *,
        kind: ChannelKind = ChannelKind.TEXT,
        id: str | None = None,  # noqa: A002
    ) -> Channel:
        channel = Channel(id or self.new_id(), kind, name, guild)
        self.channels[channel.id] = guild.channels[channel.id] = channel
        self._tell(Event("CHANNEL_CREATE", channel.as_json(), guild=guild))
        return channel

    def join(self, guild: Guild, user: User) -> None:
        guild.members[user.id] = user
        bot = next((bot for bot in self.applications if bot.user is user), None)
        if bot is not None:
            self._tell(Event("GUILD_CREATE", guild.create_json(user), guild=guild, application=bot))
        self.revision.bump()

    def leave(self, guild: Guild, user: User) -> None:
        guild.members.pop(user.id, None)
        self.revision.bump()

    def change_token(self, application: Application, token: str | None) -> None:
        """Give a bot another token, None: revoke it. Who is in with the old one is put out."""
        application.token = token
        self._tell(Event("TOKEN_CHANGED", {}, application=application))

    # What people do

    def write(self, user: User, channel: Channel, content: str) -> Message:
        """A person writes."""
        message = Message(self.new_id(), channel, user, content, self.clock())
        message.pinged = self._mentioned(content)
        return self.post(message)

    def press(self, user: User, message: Message, custom_id: str) -> Interaction:
        """A person presses a button of a bot's message."""
        if all(button.get("custom_id") != custom_id for button in message.buttons):
            raise LookupError(f"no button {custom_id!r} below message {message.id}")
        data: Json = {"custom_id": custom_id, "component_type": 2}
        application = next(bot for bot in self.applications if bot.user is message.author)
        return self._interact(
            user,
            message.channel,
            InteractionKind.COMPONENT,
            data,
            application=application,
            message=message,
        )

    def command(
        self, application: Application, user: User, channel: Channel, name: str, **options: str
    ) -> Interaction:
        """A person uses a slash command of a bot."""
        command = next((known for known in application.commands if known["name"] == name), None)
        if command is None:
            raise LookupError(f"{application.user.name} has no command {name!r}")
        data: Json = {
            "id": command["id"],
            "name": name,
            "type": 1,
            "options": [
                {"name": option, "type": 3, "value": value} for option, value in options.items()
            ],
        }
        return self._interact(user, channel, InteractionKind.COMMAND, data, application=application)

    def direct_channel(self, application: Application, user: User) -> Channel:
        """The direct message of a bot and a person, made if it is their first."""
        channel = self.find_direct_channel(application, user)
        if channel is None:
            channel = Channel(self.new_id(), ChannelKind.DIRECT, recipient=user, owner=application)
            self.channels[channel.id] = channel
            self._direct_channels[application.id, user.id] = channel
            self.revision.bump()
        return channel

    def find_direct_channel(self, application: Application, user: User) -> Channel | None:
        return self._direct_channels.get((application.id, user.id))

    # What can be looked at

    def messages(self, channel: Channel | str) -> list[Message]:
        """What stands in a channel, the oldest first."""
        channel_id = channel if isinstance(channel, str) else channel.id
        found = self.channels.get(channel_id)
        return list(found.messages.values()) if found else []

    def direct_messages(self, user: User) -> list[Message]:
        """What a person and the bots wrote to each other, the oldest first."""
        return sorted(
            (
                message
                for channel in self.channels.values()
                if channel.recipient is user
                for message in channel.messages.values()
            ),
            key=lambda message: int(message.id),
        )

    async def wait_for(self, condition: Callable[[], T | None], *, timeout: float = 5.0) -> T:
        """
        Wait until `condition` gives something that is true, and return it.

        Raises:
            TimeoutError: it did not within `timeout` seconds.
        """
        async with asyncio.timeout(timeout):
            while True:
                seen = self.revision.number
                found = condition()
                if found:
                    return found
                await self.revision.beyond(seen)

    # What bots do, once their call is found to be in order

    def find_application(self, token: str) -> Application | None:
        return next((bot for bot in self.applications if bot.token == token), None)

    def check_may_write(self, application: Application, channel: Channel) -> None:
        """
        Raises:
            RefusedError: the bot cannot write into this channel, and why.
        """
        if channel.recipient is not None:
            self._check_may_write_to(application, channel.recipient)
            return
        self.check_may_see(application, channel)
        if channel.kind is ChannelKind.CATEGORY:
            raise refused(50008)
        if channel.is_archived:
            raise refused(50083)
        if Right.SEND in channel.denied:
            raise refused(50013)

    def check_may_see(self, application: Application, channel: Channel) -> None:
        """
        Raises:
            RefusedError: for this bot the channel is not there.
        """
        if channel.recipient is not None:
            if channel.owner is not application:
                raise refused(10003)
            return
        is_member = channel.guild is not None and application.user.id in channel.guild.members
        if not is_member or Right.VIEW in channel.denied:
            raise refused(50001)

    def _check_may_write_to(self, application: Application, person: User) -> None:
        if person.is_bot or not person.takes_direct_messages:
            raise refused(50007)
        if not any(
            application.user.id in guild.members and person.id in guild.members
            for guild in self.guilds.values()
        ):
            raise refused(50278)

    def post(self, message: Message) -> Message:
        """Put a message into its channel."""
        message.channel.messages[message.id] = message
        self._tell(Event("MESSAGE_CREATE", message.as_json(), channel=message.channel))
        return message

    def post_as(
        self, application: Application, channel: Channel, content: str, rows: list[list[Json]]
    ) -> Message:
        """A message of a bot with rows of buttons, as if it had come by the API."""
        message = Message(self.new_id(), channel, application.user, content, self.clock())
        message.components = [{"type": 1, "components": row} for row in rows]
        return self.post(message)

    def edited(self, message: Message) -> None:
        message.edited_at = self.clock()
        self._tell(Event("MESSAGE_UPDATE", message.as_json(), channel=message.channel))

    def delete(self, message: Message) -> None:
        del message.channel.messages[message.id]
        gone: Json = {"id": message.id, "channel_id": message.channel.id}
        self._tell(Event("MESSAGE_DELETE", gone, channel=message.channel))

    def find_by_nonce(self, application: Application, nonce: str, memory: float) -> Message | None:
        """The message a bot sent with this nonce within the last `memory` seconds."""
        sent_at, message = self._nonces.get((application.id, nonce), (0.0, None))
        return message if time.monotonic() - sent_at <= memory else None

    def remember_nonce(self, application: Application, nonce: str, message: Message) -> None:
        self._nonces[application.id, nonce] = (time.monotonic(), message)
        while len(self._nonces) > _MAX_NONCES:
            del self._nonces[next(iter(self._nonces))]

    def pinged_by(self, content: str, allowed: Json | None) -> tuple[list[User], bool]:
        """Whom a bot's text notifies: people, and whether everyone. `allowed`: allowed_mentions."""
        people, everyone = self._mentioned(content), "@everyone" in content or "@here" in content
        if allowed is None:
            return people, everyone
        kinds: list[str] = allowed.get("parse") or []
        named: set[str] = set(allowed.get("users") or [])
        return (
            [user for user in people if "users" in kinds or user.id in named],
            everyone and "everyone" in kinds,
        )

    def _mentioned(self, content: str) -> list[User]:
        ids = dict.fromkeys(_MENTION.findall(content))
        return [self.users[user_id] for user_id in ids if user_id in self.users]

    def _interact(
        self,
        user: User,
        channel: Channel,
        kind: InteractionKind,
        data: Json,
        *,
        application: Application,
        message: Message | None = None,
    ) -> Interaction:
        interaction = Interaction(
            id=self.new_id(),
            token=secrets.token_urlsafe(48),
            kind=kind,
            application=application,
            user=user,
            channel=channel,
            data=data,
            message=message,
        )
        self.interactions[interaction.id] = interaction
        self._tell(Event("INTERACTION_CREATE", interaction.as_json(), application=application))
        return interaction

    def _tell(self, event: Event) -> None:
        self.revision.bump()
        for listener in self.listeners:
            listener(event)


def _new_token() -> str:
    return f"{secrets.token_urlsafe(18)}.{secrets.token_urlsafe(4)}.{secrets.token_urlsafe(28)}"
