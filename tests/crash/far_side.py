"""
The three local platforms of a site under test, and what they have accepted.

Their limits are off. Every text of a test bears a mark, which with platform and target names one
delivery; a platform remembers each message with its time. Times are seconds since 1970.
"""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sandbox.discord import Application, DiscordLimits, DiscordServer, DiscordWorld, Guild
from sandbox.discord import Channel as DiscordChannel
from sandbox.faults import Delay, Order
from sandbox.slack import App, SlackLimits, SlackServer, SlackWorld
from sandbox.slack import Channel as SlackChannel
from sandbox.telegram import Bot, TelegramServer, TelegramWorld

TELEGRAM, DISCORD, SLACK = PLATFORMS = ("telegram", "discord", "slack")
TELEGRAM_TOKEN = "123456789:AAF-local-token-of-the-site-bot-00001"
TELEGRAM_GROUP = -1001234567890
SENDING = {
    TELEGRAM: "sendMessage",
    DISCORD: "POST /channels/{channel_id}/messages",
    SLACK: "chat.postMessage",
}
"""How each platform calls the sending of a message."""

_MARK = re.compile(r"\bn(\d+)q\b")
_NO_LIMIT = (10**9, 1.0)


def mark(number: int) -> str:
    """A word that goes through every platform's markup unchanged."""
    return f"n{number}q"


def marks_in(text: str) -> list[int]:
    return [int(number) for number in _MARK.findall(text)]


@dataclass(frozen=True, slots=True)
class Key:
    """One delivery, as both the platform and the queue know it."""

    platform: str
    target: str
    mark: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that a platform took. `at`: seconds since 1970."""

    key: Key
    at: float


@dataclass
class FarSides:
    """The platforms. `channels`: in which direct channel each user of a platform is written to."""

    telegram: TelegramServer
    discord: DiscordServer
    slack: SlackServer
    telegram_bot: Bot
    discord_bot: Application
    slack_app: App
    discord_guild: Guild
    discord_channel: DiscordChannel
    slack_channel: SlackChannel
    channels: dict[tuple[str, str], str] = field(default_factory=dict)
    _delays: list[tuple[str, Order]] = field(default_factory=list)

    def server(self, platform: str) -> TelegramServer | DiscordServer | SlackServer:
        return {TELEGRAM: self.telegram, DISCORD: self.discord, SLACK: self.slack}[platform]

    def port(self, platform: str) -> int:
        return urlsplit(self.server(platform).url).port or 0

    def group(self, platform: str) -> str:
        """The site's group."""
        return {
            TELEGRAM: str(TELEGRAM_GROUP),
            DISCORD: self.discord_channel.id,
            SLACK: self.slack_channel.id,
        }[platform]

    def add_person(self, platform: str, number: int) -> str:
        """Somebody whom the site's bot may write to; their id there."""
        match platform:
            case "telegram":
                person = self.telegram.world.add_person(1000 + number, "x")
                self.telegram_bot.known_to.add(person.id)
                self.telegram.world.state.open_private_chat(self.telegram_bot, person)
                return str(person.id)
            case "discord":
                user = self.discord.world.add_person("x")
                self.discord.world.join(self.discord_guild, user)
                channel = self.discord.world.direct_channel(self.discord_bot, user)
                self.channels[platform, user.id] = channel.id
                return user.id
            case _:
                member = self.slack.world.add_person("x")
                direct = self.slack.world.direct_channel(self.slack_app, member)
                self.channels[platform, member.id] = direct.id
                return member.id

    def channel_of(self, key: Key) -> str:
        """What a request names to reach a target."""
        return self.channels.get((key.platform, key.target), key.target)

    def config(self) -> dict[str, str]:
        """The live settings of a site that is on all three."""
        return {
            "enable_telegram": "1",
            "enable_telegram_group_notify": "1",
            "enable_discord_channel_notify": "1",
            "enable_slack_channel_notify": "1",
            "telegram_token": TELEGRAM_TOKEN,
            "telegram_chatid": str(TELEGRAM_GROUP),
            "discord_bot_token": self.discord_bot.token or "",
            "discord_guild_id": self.discord_guild.id,
            "discord_channel_id": self.discord_channel.id,
            "slack_token": self.slack_app.token or "",
            "slack_app_token": self.slack_app.app_token or "",
            "slack_channel_id": self.slack_channel.id,
        }

    def settings(self) -> dict[str, str]:
        """The bootstrap settings that lead a daemon here."""
        return {
            "telegram_api_url": self.telegram.url,
            "discord_api_url": self.discord.api_url,
            "slack_api_url": self.slack.api_url,
        }

    def delay_answers(self, seconds: float) -> None:
        """Answer each message that is sent only so long after it was accepted."""
        for platform, order in self._delays:
            self.server(platform).faults.lift(order)
        self._delays = [
            (platform, self.server(platform).faults.order(Delay(seconds), method=way, times=None))
            for platform, way in SENDING.items()
        ]

    def forget_lost_sessions(self) -> None:
        """Those of killed daemons, which would be told everything for ever."""
        sessions = self.discord.gateway.sessions
        for session in [each for each in sessions.values() if each.connection is None]:
            del sessions[session.id]

    def messages_taken(self) -> int:
        """How many messages the platforms have answered for so far."""
        return (
            self.telegram.calls.count(SENDING[TELEGRAM])
            + self.discord.calls.count(SENDING[DISCORD])
            + self.slack.calls.count(SENDING[SLACK])
        )

    def accepted(self) -> list[Accepted]:
        """Every mark that was taken by a platform so far; one message may bear several."""
        return [
            Accepted(Key(platform, target, number), at)
            for platform, target, text, at in self._messages()
            for number in marks_in(text)
        ]

    def _messages(self) -> Iterator[tuple[str, str, str, float]]:
        for chat in self.telegram.world.state.all_chats():
            for message in chat.messages.values():
                yield TELEGRAM, str(chat.id), message.text, message.sent_at.timestamp()
        for channel in self.discord.world.channels.values():
            target = channel.recipient.id if channel.recipient else channel.id
            for message in channel.messages.values():
                yield DISCORD, target, message.content, message.sent_at.timestamp()
        for channel in self.slack.world.channels.values():
            target = channel.person.id if channel.person else channel.id
            for message in channel.messages.values():
                yield SLACK, target, message.text, float(message.ts)


@asynccontextmanager
async def open_far_sides() -> AsyncIterator[FarSides]:
    """Three platforms on loopback, with the site's bots and groups."""
    async with AsyncExitStack() as opened:
        telegram_world, discord_world, slack_world = TelegramWorld(), DiscordWorld(), SlackWorld()
        bot = telegram_world.add_bot(TELEGRAM_TOKEN, "site_bot", "Site")
        owner = telegram_world.add_person(501, "owner")
        telegram_world.add_group(TELEGRAM_GROUP, "g", owner_id=owner.id, member_ids=[bot.id])

        discord_owner, application = discord_world.add_person("owner"), discord_world.add_bot()
        guild = discord_world.add_guild("site", discord_owner, application.user)
        discord_channel = discord_world.add_channel(guild, "news")

        member, app = slack_world.add_person("owner"), slack_world.add_app()
        slack_channel = slack_world.add_channel("news", member, app.user)

        enter = opened.enter_async_context
        yield FarSides(
            telegram=await enter(TelegramServer(telegram_world)),
            discord=await enter(DiscordServer(discord_world, limits=_discord_limits())),
            slack=await enter(SlackServer(slack_world, limits=_slack_limits())),
            telegram_bot=bot,
            discord_bot=application,
            slack_app=app,
            discord_guild=guild,
            discord_channel=discord_channel,
            slack_channel=slack_channel,
        )


def _discord_limits() -> DiscordLimits:
    return DiscordLimits(
        messages=_NO_LIMIT,
        other=_NO_LIMIT,
        whole_bot=_NO_LIMIT,
        direct_messages_opened=_NO_LIMIT,
        identify_pause=0,
        identifies_a_day=10**6,
    )


def _slack_limits() -> SlackLimits:
    return SlackLimits().faster(10**6)
