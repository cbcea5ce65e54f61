"""
The local Slack's world in memory: one workspace, for the people in it, the tests and the page.

People write, press and use commands here; apps come in through `web_api` and `socket_mode`. Nothing
is kept on disk. Every change raises `revision`.
"""

import asyncio
import re
import secrets
import string
import time
from collections.abc import Callable
from typing import TypeVar

from sandbox.revision import Revision
from sandbox.slack.envelopes import Envelope
from sandbox.slack.errors import Json, refused
from sandbox.slack.model import App, Channel, Message, User

T = TypeVar("T")

TEAM_ID = "T0SANDBOX1"
_PINGS = re.compile(r"<(?:@([UW][A-Z0-9]+)|!(channel|here|everyone))(?:\|[^>]*)?>")


class SlackWorld:
    """A workspace with its people, channels and apps."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.revision = Revision()
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.apps: list[App] = []
        self.envelopes: list[Envelope] = []
        self.listeners: list[Callable[[Envelope], None]] = []
        self.token_listeners: list[Callable[[App], None]] = []
        self._direct_channels: dict[tuple[str, str], Channel] = {}
        self._last_ts = 0

    # What is there

    def add_person(self, name: str, *, id: str | None = None, locale: str = "zh-CN") -> User:  # noqa: A002 - the API's word
        """A person; `id` for one whose id is already known elsewhere."""
        user = User(id or _new_id("U"), name, locale=locale)
        self.users[user.id] = user
        self.revision.bump()
        return user

    def add_app(
        self, name: str = "panel", *, token: str | None = None, app_token: str | None = None
    ) -> App:
        """An app installed in the workspace, in no channel yet, with a token of each kind."""
        user = User(_new_id("U"), name, is_bot=True)
        self.users[user.id] = user
        app = App(
            _new_id("A"),
            _new_id("B"),
            user,
            token or f"xoxb-{secrets.randbelow(10**12)}-{secrets.token_hex(12)}",
            app_token or f"xapp-1-{_new_id('A')}-{secrets.token_hex(32)}",
        )
        self.apps.append(app)
        self.revision.bump()
        return app

    def add_channel(
        self,
        name: str,
        *members: User,
        is_private: bool = False,
        id: str | None = None,  # noqa: A002
    ) -> Channel:
        channel = Channel(id or _new_id("C"), name, is_private=is_private)
        channel.members = {member.id for member in members}
        self.channels[channel.id] = channel
        self.revision.bump()
        return channel

    def direct_channel(self, app: App, person: User) -> Channel:
        """The direct message of an app and a person, made if it is their first."""
        found = self.find_direct_channel(app, person)
        if found is not None:
            return found
        channel = Channel(_new_id("D"), person=person, members={person.id, app.user.id})
        self.channels[channel.id] = channel
        self._direct_channels[app.id, person.id] = channel
        self.revision.bump()
        return channel

    def find_direct_channel(self, app: App, person: User) -> Channel | None:
        return self._direct_channels.get((app.id, person.id))

    def invite(self, channel: Channel, user: User) -> None:
        channel.members.add(user.id)
        self.revision.bump()

    def revoke_token(self, app: App) -> None:
        """Take the bot's token away, as the removal of the app from the workspace does."""
        if app.token is not None:
            app.former_tokens.add(app.token)
        app.token = None
        self._tokens_changed(app)

    def revoke_app_token(self, app: App) -> None:
        """Take the token for Socket Mode away: its connections are closed."""
        app.app_token = None
        self._tokens_changed(app)

    # What people do

    def write(self, user: User, channel: Channel, text: str) -> Message:
        """A person writes."""
        message = Message(self.new_ts(), channel, user, text, pings=pings_in(text))
        self.post(message)
        event = message.as_json() | {
            "channel": channel.id,
            "channel_type": channel.kind,
            "event_ts": message.ts,
        }
        for app in self.apps:
            if app.user.id in channel.members and "message" in app.events:
                self._send(app, "events_api", self._event_json(app, event))
        return message

    def press(self, user: User, message: Message, action_id: str) -> Envelope:
        """A person presses a button of an app's message."""
        button = next(
            (found for found in message.buttons if found.get("action_id") == action_id), None
        )
        if button is None or message.app is None:
            raise LookupError(f"no button {action_id!r} below message {message.ts}")
        action = {"type": "button", "action_ts": self.new_ts()} | button
        payload = self._interaction_json(message.app, user, message.channel) | {
            "type": "block_actions",
            "container": {"type": "message", "message_ts": message.ts},
            "message": message.as_json(),
            "actions": [action],
        }
        return self._send(message.app, "interactive", payload)

    def command(self, app: App, user: User, channel: Channel, command: str, text: str) -> Envelope:
        """A person uses a slash command of an app, such as `/ping`."""
        payload: Json = {
            "team_id": TEAM_ID,
            "channel_id": channel.id,
            "channel_name": channel.name or "directmessage",
            "user_id": user.id,
            "user_name": user.name,
            "command": command,
            "text": text,
            "api_app_id": app.id,
            "is_enterprise_install": "false",
            "trigger_id": secrets.token_hex(8),
        }
        return self._send(app, "slash_commands", payload)

    # What can be looked at

    def messages(self, channel: Channel | str) -> list[Message]:
        """What stands in a channel, the oldest first."""
        channel_id = channel if isinstance(channel, str) else channel.id
        found = self.channels.get(channel_id)
        return list(found.messages.values()) if found else []

    def direct_messages(self, user: User) -> list[Message]:
        """What a person and the apps wrote to each other, the oldest first."""
        return sorted(
            (
                message
                for channel in self.channels.values()
                if channel.person is user
                for message in channel.messages.values()
            ),
            key=lambda message: float(message.ts),
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

    # What apps do, once their call is found to be in order

    def check_may_write(self, app: App, channel: Channel) -> None:
        """
        Raises:
            RefusedError: the app cannot write into this channel, and why.
        """
        is_member = app.user.id in channel.members
        if channel.person is not None:
            self._check_may_write_to(app, channel, channel.person)
        elif not is_member and channel.is_private:
            raise refused("channel_not_found")
        elif channel.is_archived:
            raise refused("is_archived")
        elif not is_member and "chat:write.public" not in app.scopes:
            raise refused("not_in_channel")

    def _check_may_write_to(self, app: App, channel: Channel, person: User) -> None:
        if app.user.id not in channel.members:
            raise refused("channel_not_found")
        if person.is_disabled:
            raise refused("is_archived")
        if not app.takes_direct_messages:
            raise refused("messages_tab_disabled")

    def post(self, message: Message) -> None:
        """Put a message into its channel."""
        message.channel.messages[message.ts] = message
        self.revision.bump()

    def post_as(self, app: App, channel: Channel, text: str, blocks: list[Json]) -> Message:
        """A message of an app, as if it had come by the API."""
        message = Message(self.new_ts(), channel, app.user, text, blocks=blocks, app=app)
        self.post(message)
        return message

    def new_ts(self) -> str:
        """A time stamp that no message has yet."""
        self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06}"

    def _tokens_changed(self, app: App) -> None:
        self.revision.bump()
        for listener in self.token_listeners:
            listener(app)

    def _send(self, app: App, kind: str, payload: Json) -> Envelope:
        envelope = Envelope(app=app, kind=kind, payload=payload)
        self.envelopes.append(envelope)
        self.revision.bump()
        for listener in self.listeners:
            listener(envelope)
        return envelope

    def _event_json(self, app: App, event: Json) -> Json:
        return {
            "type": "event_callback",
            "team_id": TEAM_ID,
            "api_app_id": app.id,
            "event": event,
            "event_id": _new_id("Ev"),
            "event_time": int(self.clock()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": TEAM_ID,
                    "user_id": app.user.id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
        }

    def _interaction_json(self, app: App, user: User, channel: Channel) -> Json:
        return {
            "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": TEAM_ID},
            "api_app_id": app.id,
            "team": {"id": TEAM_ID, "domain": "sandbox"},
            "channel": {"id": channel.id, "name": channel.name or "directmessage"},
            "enterprise": None,
            "is_enterprise_install": False,
            "trigger_id": secrets.token_hex(8),
        }


def pings_in(text: str) -> list[str]:
    """Whom a text notifies: user ids, and words such as `channel`."""
    return [user or group for user, group in _PINGS.findall(text)]


def _new_id(letter: str) -> str:
    alphabet = string.ascii_uppercase + string.digits
    return letter + "0" + "".join(secrets.choice(alphabet) for _ in range(9))
