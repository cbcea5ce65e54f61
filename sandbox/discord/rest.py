"""
The local Discord's HTTP API v10: the calls that a bot of ours makes, as strict as the real one.

A call passes, in this order: an ordered fault, the token, the rate limits, the check of its form,
the rules of the world. Each answer carries the rate limit headers.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.call_log import CallLog
from sandbox.discord.answers import Answers, OpenCall
from sandbox.discord.bodies import check_edit, fill, read_body, read_json
from sandbox.discord.commands import replace_commands
from sandbox.discord.errors import (
    FormErrors,
    Json,
    RefusedError,
    no_such_route,
    refused,
    unauthorized,
)
from sandbox.discord.forms import CREATE_FIELDS, check_message, is_snowflake
from sandbox.discord.limits import DiscordLimits, RateLimits
from sandbox.discord.model import Application, Channel, Message
from sandbox.discord.world import DiscordWorld
from sandbox.faults import Faults
from sandbox.loopback import json_response, meet

PREFIX = "/api/v10"
_AGENT = re.compile(r"DiscordBot \(\S+?,? \S+\)")

Call = Callable[[web.Request, Application], Awaitable[Any]]


class DiscordRest:
    """Answers the HTTP calls. `gateway_url` gives the address that `/gateway/bot` names."""

    def __init__(
        self,
        *,
        world: DiscordWorld,
        faults: Faults,
        limits: DiscordLimits,
        gateway_url: Callable[[], str],
        logins_left: Callable[[Application], int],
    ) -> None:
        self._world = world
        self._faults = faults
        self._limits = limits
        self._gateway_url = gateway_url
        self._logins_left = logins_left
        self._budgets: dict[str, RateLimits] = {}
        self._answers = Answers(world)
        self.calls = CallLog()

    def add_routes(self, app: web.Application) -> None:
        """Put the API's routes into a web application."""
        for method, path, call in self.routes():
            app.router.add_route(method, PREFIX + path, self._serve(method, path, call))
        for method, path, answer in self.open_routes():
            app.router.add_route(method, PREFIX + path, self._serve_open(method, path, answer))
        app.router.add_route("*", PREFIX + "/{rest:.*}", self._no_such_route)

    def rate_limits(self, application: Application) -> RateLimits:
        """The budgets of a bot."""
        return self._budgets.setdefault(application.id, RateLimits(self._limits))

    def routes(self) -> tuple[tuple[str, str, Call], ...]:
        """Method, path and answer of each call that a bot makes with its token."""
        commands = "/applications/{application_id}/commands"
        message = "/channels/{channel_id}/messages/{message_id}"
        return (
            ("GET", "/gateway/bot", self._get_gateway),
            ("GET", "/users/@me", self._get_me),
            ("POST", "/users/@me/channels", self._open_direct_message),
            ("GET", "/users/{user_id}", self._get_user),
            ("GET", "/oauth2/applications/@me", self._get_application),
            ("GET", "/applications/@me", self._get_application),
            ("GET", commands, self._get_commands),
            ("PUT", commands, self._put_commands),
            ("GET", "/channels/{channel_id}", self._get_channel),
            ("GET", "/channels/{channel_id}/messages", self._get_messages),
            ("POST", "/channels/{channel_id}/messages", self._create_message),
            ("GET", message, self._get_message),
            ("PATCH", message, self._edit_message),
            ("DELETE", message, self._delete_message),
            ("GET", "/guilds/{guild_id}", self._get_guild),
            ("GET", "/guilds/{guild_id}/members/{user_id}", self._get_member),
        )

    def open_routes(self) -> tuple[tuple[str, str, OpenCall], ...]:
        """The same of the calls by which interactions are answered."""
        return self._answers.routes()

    def _serve(
        self, method: str, path: str, call: Call
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        route = f"{method} {path}"

        async def answer(request: web.Request) -> web.Response:
            headers: dict[str, str] = {}
            try:
                application = self._authorize(request)
                major = request.match_info.get("channel_id") or request.match_info.get("guild_id")
                headers = self.rate_limits(application).admit(route, major or "")
                _check_ids(request)
                body = await call(request, application)
            except RefusedError as refusal:
                return json_response(
                    refusal.body, status=refusal.status, headers=headers | refusal.headers
                )
            if body is None:
                return web.Response(status=204, headers=headers)
            return json_response(body, headers=headers)

        async def serve(request: web.Request) -> web.StreamResponse:
            return await self.calls.noting(
                route,
                request.match_info.get("channel_id", ""),
                lambda: meet(request, self._faults.take(route), answer),
            )

        return serve

    def _serve_open(
        self, method: str, path: str, call: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Calls that carry their right in their address and need no bot's token."""
        route = f"{method} {path}"

        async def answer(request: web.Request) -> web.Response:
            try:
                return await call(request)
            except RefusedError as refusal:
                return json_response(refusal.body, status=refusal.status)

        async def serve(request: web.Request) -> web.StreamResponse:
            return await self.calls.noting(
                route,
                request.match_info.get("channel_id", ""),
                lambda: meet(request, self._faults.take(route), answer),
            )

        return serve

    def _authorize(self, request: web.Request) -> Application:
        if _AGENT.match(request.headers.get("User-Agent", "")) is None:
            raise refused(40333)
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        application = self._world.find_application(token) if kind == "Bot" else None
        if application is None:
            raise unauthorized()
        return application

    async def _no_such_route(self, request: web.Request) -> web.Response:
        return json_response(no_such_route().body, status=404)

    async def _get_gateway(self, request: web.Request, application: Application) -> Json:
        return {
            "url": self._gateway_url(),
            "shards": 1,
            "session_start_limit": {
                "total": self._limits.identifies_a_day,
                "remaining": self._logins_left(application),
                "reset_after": 86_400_000,
                "max_concurrency": 1,
            },
        }

    async def _get_me(self, request: web.Request, application: Application) -> Json:
        return application.user.as_json() | {"verified": True, "mfa_enabled": False, "email": None}

    async def _get_application(self, request: web.Request, application: Application) -> Json:
        return application.as_json()

    async def _get_user(self, request: web.Request, application: Application) -> Json:
        user = self._world.users.get(request.match_info["user_id"])
        if user is None:
            raise refused(10013)
        return user.as_json()

    async def _open_direct_message(self, request: web.Request, application: Application) -> Json:
        body = await read_json(request)
        recipient = body.get("recipient_id")
        if isinstance(recipient, int):
            recipient = str(recipient)
        if not is_snowflake(recipient):
            errors = FormErrors()
            errors.add(
                "recipient_id", "NUMBER_TYPE_COERCE", f'Value "{recipient}" is not snowflake.'
            )
            errors.raise_if_any()
        person = self._world.users.get(str(recipient))
        if person is None or person.is_bot:
            raise refused(50033)
        is_new = self._world.find_direct_channel(application, person) is None
        if is_new and not self.rate_limits(application).may_open_direct_message():
            raise refused(40003)
        return self._world.direct_channel(application, person).as_json()

    async def _get_commands(self, request: web.Request, application: Application) -> list[Json]:
        _check_own(request, application)
        return application.commands

    async def _put_commands(self, request: web.Request, application: Application) -> list[Json]:
        _check_own(request, application)
        wanted = await read_body(request)
        return replace_commands(application, wanted, new_id=self._world.new_id)

    async def _get_channel(self, request: web.Request, application: Application) -> Json:
        channel = self._channel(request)
        self._world.check_may_see(application, channel)
        return channel.as_json()

    async def _get_messages(self, request: web.Request, application: Application) -> list[Json]:
        channel = self._channel(request)
        self._world.check_may_see(application, channel)
        newest_first = reversed(self._world.messages(channel))
        return [message.as_json() for message in newest_first if message.only_for is None][:50]

    async def _create_message(self, request: web.Request, application: Application) -> Json:
        channel = self._channel(request)
        self._world.check_may_write(application, channel)
        body = await read_json(request)
        check_message(body, CREATE_FIELDS)
        nonce = body.get("nonce")
        if nonce is not None and body.get("enforce_nonce"):
            first = self._world.find_by_nonce(application, str(nonce), self._limits.nonce_memory)
            if first is not None:
                return first.as_json()
        message = Message(
            self._world.new_id(), channel, application.user, "", self._world.clock(), nonce=nonce
        )
        fill(self._world, message, body)
        if nonce is not None:
            self._world.remember_nonce(application, str(nonce), message)
        return self._world.post(message).as_json()

    async def _get_message(self, request: web.Request, application: Application) -> Json:
        return self._message(request, application).as_json()

    async def _edit_message(self, request: web.Request, application: Application) -> Json:
        message = self._message(request, application)
        body = await read_json(request)
        check_edit(message, body)
        if message.author is not application.user:
            raise refused(50005)
        fill(self._world, message, body)
        self._world.edited(message)
        return message.as_json()

    async def _delete_message(self, request: web.Request, application: Application) -> None:
        message = self._message(request, application)
        if message.author is not application.user:
            raise refused(50013)
        self._world.delete(message)

    async def _get_guild(self, request: web.Request, application: Application) -> Json:
        guild = self._world.guilds.get(request.match_info["guild_id"])
        if guild is None or application.user.id not in guild.members:
            raise refused(10004)
        return guild.as_json()

    async def _get_member(self, request: web.Request, application: Application) -> Json:
        guild = self._world.guilds.get(request.match_info["guild_id"])
        if guild is None or application.user.id not in guild.members:
            raise refused(10004)
        member = guild.members.get(request.match_info["user_id"])
        if member is None:
            raise refused(10007)
        return guild.member_json(member)

    def _channel(self, request: web.Request) -> Channel:
        channel = self._world.channels.get(request.match_info["channel_id"])
        if channel is None:
            raise refused(10003)
        return channel

    def _message(self, request: web.Request, application: Application) -> Message:
        channel = self._channel(request)
        self._world.check_may_see(application, channel)
        message = channel.messages.get(request.match_info["message_id"])
        if message is None:
            raise refused(10008)
        return message


def _check_ids(request: web.Request) -> None:
    errors = FormErrors()
    for name, value in request.match_info.items():
        if name.endswith("_id") and not is_snowflake(value):
            errors.add(name, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
    errors.raise_if_any()


def _check_own(request: web.Request, application: Application) -> None:
    if request.match_info["application_id"] != application.id:
        raise refused(20012)
