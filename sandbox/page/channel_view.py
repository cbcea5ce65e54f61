"""
Discord and Slack as their clients show a channel: who wrote what, and which buttons hang below.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from sandbox.discord import Message as DiscordMessage
from sandbox.page.discord_text import DiscordText
from sandbox.page.slack_text import blocks_html, mrkdwn
from sandbox.page.stage import Stage
from sandbox.page.telegram_view import initials
from sandbox.panel.cast import DISCORD_PERSON, SLACK_PERSON, Character
from sandbox.slack import Message as SlackMessage

Json = dict[str, Any]

_SHOWN = 60  # messages at most
_LINK_STYLE = 5  # Discord's number for a button that opens an address


@dataclass(frozen=True, slots=True)
class ChannelKey:
    """A button: `url` opens an address, else `value` says to the bot what was pressed."""

    label: str
    value: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message of a channel."""

    id: str
    author: str
    initials: str
    is_bot: bool
    html: Markup
    sent_at: datetime
    is_edited: bool
    is_private: bool
    keys: tuple[ChannelKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A channel or a direct message. `key` names it in the page's forms."""

    key: str
    title: str
    person: Character
    posts: tuple[Post, ...]


class DiscordView:
    """Looks at the local Discord as the person who is bound there."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._world = stage.discord.world
        self._text = DiscordText()

    def rooms(self) -> tuple[Room, ...]:
        user = self._world.users[str(DISCORD_PERSON.discord_id)]
        channel = self._stage.discord_channel
        in_channel = self._posts(channel.messages.values())
        direct = self._posts(self._world.direct_messages(user))
        return _rooms(channel.name, DISCORD_PERSON, in_channel, direct)

    def _posts(self, messages: Iterable[DiscordMessage]) -> tuple[Post, ...]:
        me = str(DISCORD_PERSON.discord_id)
        seen = [each for each in messages if each.only_for is None or each.only_for.id == me]
        return tuple(self._post(message) for message in seen[-_SHOWN:])

    def _post(self, message: DiscordMessage) -> Post:
        html = self._text.html(message.content)
        for embed in message.embeds:
            html += self._embed(embed)
        return Post(
            id=message.id,
            author=message.author.name,
            initials=initials(message.author.name),
            is_bot=message.author.is_bot,
            html=html,
            sent_at=message.sent_at,
            is_edited=message.edited_at is not None,
            is_private=message.only_for is not None,
            keys=tuple(_discord_key(button) for button in message.buttons),
        )

    def _embed(self, embed: Json) -> Markup:
        title = Markup("<b>{}</b>").format(embed.get("title") or "")
        body = self._text.html(str(embed.get("description") or ""))
        return Markup('<div class="embed">{}{}</div>').format(title, body)


class SlackView:
    """Looks at the local Slack as the person who is bound there."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._world = stage.slack.world

    def rooms(self) -> tuple[Room, ...]:
        user = self._world.users[str(SLACK_PERSON.slack_id)]
        channel = self._stage.slack_channel
        in_channel = self._posts(channel.messages.values())
        direct = self._posts(self._world.direct_messages(user))
        return _rooms(channel.name, SLACK_PERSON, in_channel, direct)

    def _posts(self, messages: Iterable[SlackMessage]) -> tuple[Post, ...]:
        me = SLACK_PERSON.slack_id
        seen = [each for each in messages if each.only_for is None or each.only_for.id == me]
        return tuple(_slack_post(message) for message in seen[-_SHOWN:])


def _rooms(
    name: str, person: Character, in_channel: tuple[Post, ...], direct: tuple[Post, ...]
) -> tuple[Room, ...]:
    return (
        Room(key="channel", title=f"#{name}", person=person, posts=in_channel),
        Room(key="direct", title=person.name, person=person, posts=direct),
    )


def _discord_key(button: Json) -> ChannelKey:
    url = str(button.get("url") or "") if button.get("style") == _LINK_STYLE else ""
    return ChannelKey(str(button.get("label") or ""), str(button.get("custom_id") or ""), url)


def _slack_post(message: SlackMessage) -> Post:
    return Post(
        id=message.ts,
        author=message.author.name,
        initials=initials(message.author.name),
        is_bot=message.author.is_bot,
        html=blocks_html(message.blocks) if message.blocks else mrkdwn(message.text),
        sent_at=datetime.fromtimestamp(float(message.ts), UTC),
        is_edited=message.edited_ts is not None,
        is_private=message.only_for is not None,
        keys=tuple(_slack_key(button) for button in message.buttons),
    )


def _slack_key(button: Json) -> ChannelKey:
    label: Json = button.get("text") or {}
    return ChannelKey(
        str(label.get("text", "")), str(button.get("action_id", "")), str(button.get("url") or "")
    )
