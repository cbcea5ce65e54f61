"""
Calls of Slack's Web API: one place for time-outs and errors.

Each call is tried once: the library's own repeating is off, since a lost answer would post twice.
"""

# slack_sdk is typed in part
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bots.network import OUTSIDE_FAULTS, unreachable
from bots.slack.errors import not_slack, translated

_LONGEST_UPDATE = 4000  # characters of the text that `chat.update` takes

Answer = Mapping[str, Any]


class SlackCalls:
    """The calls that this program makes with one app's tokens."""

    def __init__(self, *, client: AsyncWebClient, app_token: str) -> None:
        self._client = client
        self._app_token = app_token

    async def check_token(self) -> Answer:
        """
        Who we are.

        Raises:
            PlatformError: the subclass that says what to do next; so do all calls here.
        """
        return await _answer(self._client.auth_test())

    async def open_socket(self) -> str:
        """An address for Socket Mode, for one connection."""
        opened = await _answer(
            self._client.apps_connections_open(app_token=self._app_token),
            setting="slack_app_token",
        )
        return opened["url"]

    async def open_direct_message(self, user_id: str) -> str:
        """The channel of the direct message with a user."""
        opened = await _answer(self._client.conversations_open(users=user_id))
        return opened["channel"]["id"]

    async def post(self, channel_id: str, text: str, blocks: Sequence[dict[str, Any]]) -> str:
        """Post a message and return its time stamp."""
        posted = await _answer(
            self._client.chat_postMessage(
                channel=channel_id,
                text=text,
                blocks=blocks or None,
                mrkdwn=False,
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        return posted["ts"]

    async def update(
        self, channel_id: str, ts: str, text: str, blocks: Sequence[dict[str, Any]]
    ) -> None:
        """Put a text and blocks in place of those of a message of ours; none takes them away."""
        await _answer(
            self._client.chat_update(
                channel=channel_id, ts=ts, text=text[:_LONGEST_UPDATE], blocks=blocks, parse="none"
            )
        )

    async def delete(self, channel_id: str, ts: str) -> None:
        """Delete a message of ours by its time stamp."""
        await _answer(self._client.chat_delete(channel=channel_id, ts=ts))


async def _answer(call: Awaitable[AsyncSlackResponse], *, setting: str = "slack_token") -> Answer:
    try:
        answer: Any = (await call).data
    except SlackApiError as error:
        raise translated(error, setting=setting) from error
    except OUTSIDE_FAULTS as error:
        raise unreachable("Slack", error) from error
    except AttributeError as error:  # the library reads any text that comes with 200 as an answer
        raise not_slack() from error
    return answer
