"""
The local Slack's Web API: the methods that an app of ours calls, as strict as the real ones.

A call passes, in this order: an ordered fault, the token and its rights, the rate limits, the check
of its arguments, the rules of the workspace.
"""

from collections.abc import Callable

from aiohttp import web

from sandbox.call_log import CallLog
from sandbox.faults import Faults
from sandbox.loopback import meet
from sandbox.slack.blocks import check_blocks
from sandbox.slack.calls import authorize, check_arguments, read_arguments
from sandbox.slack.errors import Json, RefusedError, refused
from sandbox.slack.limits import RateLimits, SlackLimits
from sandbox.slack.methods import METHODS
from sandbox.slack.model import App, Channel, Message, User
from sandbox.slack.world import TEAM_ID, SlackWorld, pings_in

MAX_TEXT = 40_000  # characters; the rest is cut off
MAX_UPDATE_TEXT = 4000  # characters


class SlackWebApi:
    """Answers the calls. `open_socket` gives an app an address for Socket Mode."""

    def __init__(
        self,
        *,
        world: SlackWorld,
        faults: Faults,
        limits: SlackLimits,
        open_socket: Callable[[App], str],
    ) -> None:
        self._world = world
        self._faults = faults
        self._limits = limits
        self._open_socket = open_socket
        self._budgets: dict[str, RateLimits] = {}
        self.calls = CallLog()
        self._answers: dict[str, Callable[[App, Json], Json]] = {
            "auth.test": self._auth_test,
            "apps.connections.open": self._connections_open,
            "chat.postMessage": self._post_message,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "conversations.open": self._open,
            "conversations.info": self._conversation_info,
            "users.info": self._user_info,
        }

    def rate_limits(self, app: App) -> RateLimits:
        """The budgets of an app."""
        return self._budgets.setdefault(app.id, RateLimits(self._limits))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One call."""
        name = request.match_info["method"]
        return await self.calls.noting(
            name, "", lambda: meet(request, self._faults.take(name), self._serve)
        )

    async def _serve(self, request: web.Request) -> web.Response:
        try:
            body = {"ok": True} | await self._answer(request)
        except RefusedError as refusal:
            return web.json_response(
                refusal.as_json(), status=refusal.status, headers=refusal.headers
            )
        return web.json_response(body)

    async def _answer(self, request: web.Request) -> Json:
        name = request.match_info["method"]
        method = METHODS.get(name)
        if method is None:
            raise refused("unknown_method", req_method=name)
        arguments = await read_arguments(request, method)
        if not method.wants_token:
            return _test(check_arguments(method, arguments))
        app = authorize(self._world, request, arguments, method)
        self.rate_limits(app).admit(name, method.tier)
        return self._answers[name](app, check_arguments(method, arguments))

    def _auth_test(self, app: App, arguments: Json) -> Json:
        return {
            "url": "https://sandbox.slack.com/",
            "team": "sandbox",
            "user": app.user.name,
            "team_id": TEAM_ID,
            "user_id": app.user.id,
            "bot_id": app.bot_id,
            "is_enterprise_install": False,
        }

    def _connections_open(self, app: App, arguments: Json) -> Json:
        return {"url": self._open_socket(app)}

    def _post_message(self, app: App, arguments: Json) -> Json:
        channel = self._channel_to_write(app, arguments["channel"])
        self._world.check_may_write(app, channel)
        text, blocks = _content(arguments)
        self.rate_limits(app).admit_message(channel.id)
        message = Message(
            self._world.new_ts(),
            channel,
            app.user,
            text[:MAX_TEXT],
            blocks=blocks,
            thread_ts=arguments.get("thread_ts"),
            app=app,
            pings=pings_in(text),
        )
        self._world.post(message)
        return {"channel": channel.id, "ts": message.ts, "message": message.as_json()}

    def _update(self, app: App, arguments: Json) -> Json:
        message = self._own_message(app, arguments, "cant_update_message")
        text, blocks = _content(arguments)
        if len(text) > MAX_UPDATE_TEXT:
            raise refused("msg_too_long")
        message.text, message.blocks = text, blocks
        message.edited_ts = self._world.new_ts()
        self._world.revision.bump()
        return {"channel": message.channel.id, "ts": message.ts, "text": text}

    def _delete(self, app: App, arguments: Json) -> Json:
        message = self._own_message(app, arguments, "cant_delete_message")
        del message.channel.messages[message.ts]
        self._world.revision.bump()
        return {"channel": message.channel.id, "ts": message.ts}

    def _open(self, app: App, arguments: Json) -> Json:
        if "channel" in arguments:
            channel = self._channel(app, arguments["channel"])
            return {"channel": {"id": channel.id}, "no_op": True, "already_open": True}
        users = [user for user in (arguments.get("users") or "").split(",") if user]
        if not users:
            raise refused("users_list_not_supplied")
        if len(users) > 1:
            raise refused("method_not_supported_for_channel_type")
        person = self._person(users[0])
        if person.is_disabled:
            raise refused("user_disabled")
        if person.is_bot:
            raise refused("cannot_dm_bot")
        was_open = self._world.find_direct_channel(app, person) is not None
        channel = self._world.direct_channel(app, person)
        shown = channel.as_json() if arguments.get("return_im") else {"id": channel.id}
        return {"channel": shown, "no_op": was_open, "already_open": was_open}

    def _conversation_info(self, app: App, arguments: Json) -> Json:
        return {"channel": self._channel(app, arguments["channel"]).as_json()}

    def _user_info(self, app: App, arguments: Json) -> Json:
        user = self._person(arguments["user"])
        shown = user.as_json()
        if arguments.get("include_locale"):
            shown["locale"] = user.locale
        return {"user": shown}

    def _person(self, user_id: str) -> User:
        user = self._world.users.get(user_id)
        if user is None:
            raise refused("user_not_found")
        return user

    def _channel(self, app: App, channel_id: str) -> Channel:
        """A channel that an app can see."""
        channel = self._world.channels.get(channel_id)
        is_hidden = channel is not None and channel.kind != "channel"
        if channel is None or (is_hidden and app.user.id not in channel.members):
            raise refused("channel_not_found")
        return channel

    def _channel_to_write(self, app: App, target: str) -> Channel:
        """A channel by its id; a person's id stands for the direct message with the app."""
        person = self._world.users.get(target)
        if person is not None and not person.is_bot:
            return self._world.direct_channel(app, person)
        return self._channel(app, target)

    def _own_message(self, app: App, arguments: Json, foreign: str) -> Message:
        channel = self._channel(app, arguments["channel"])
        message = channel.messages.get(arguments["ts"])
        if message is None:
            raise refused("message_not_found")
        if message.app is not app:
            raise refused(foreign)
        return message


def _content(arguments: Json) -> tuple[str, list[Json]]:
    """
    The text and the blocks of a message.

    Raises:
        RefusedError: there is nothing in it, or the blocks are not in order.
    """
    text = arguments.get("text") or arguments.get("markdown_text") or ""
    if arguments.get("markdown_text") and (arguments.get("text") or arguments.get("blocks")):
        raise refused("markdown_text_conflict")
    blocks = check_blocks(arguments["blocks"]) if arguments.get("blocks") else []
    if not text.strip() and not blocks and not arguments.get("attachments"):
        raise refused("no_text")
    return text, blocks


def _test(arguments: Json) -> Json:
    if "error" in arguments:
        raise refused(arguments["error"], args=arguments)
    return {"args": arguments}
