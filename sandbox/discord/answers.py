"""
The calls by which a bot answers interactions: the first answer and what follows it.

Their right lies in the interaction's token, so they need no bot's token and count towards no
budget of the bot (Discord's page Rate Limits).
"""

from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.discord.bodies import check_edit, fill, read_json
from sandbox.discord.errors import FormErrors, Json, refused
from sandbox.discord.forms import REPLY_FIELDS, check_message
from sandbox.discord.interactions import AnswerKind, Interaction, InteractionKind
from sandbox.discord.model import EPHEMERAL, Message
from sandbox.discord.world import DiscordWorld
from sandbox.loopback import json_response

OpenCall = Callable[[web.Request], Awaitable[web.Response]]

_LOADING = 1 << 7  # message flag: the bot is thinking


class Answers:
    """Takes the answers to interactions."""

    def __init__(self, world: DiscordWorld) -> None:
        self._world = world

    def routes(self) -> tuple[tuple[str, str, OpenCall], ...]:
        webhook = "/webhooks/{application_id}/{token}"
        return (
            ("POST", "/interactions/{interaction_id}/{token}/callback", self._answer),
            ("POST", webhook, self._follow_up),
            ("GET", webhook + "/messages/{message_id}", self._get),
            ("PATCH", webhook + "/messages/{message_id}", self._edit),
            ("DELETE", webhook + "/messages/{message_id}", self._delete),
        )

    async def _answer(self, request: web.Request) -> web.Response:
        interaction = self._world.interactions.get(request.match_info["interaction_id"])
        if interaction is None or interaction.token != request.match_info["token"]:
            raise refused(10062)
        body = await read_json(request)
        kind = _kind(body, interaction)
        data: Json = body.get("data") or {}
        if kind in {AnswerKind.MESSAGE, AnswerKind.UPDATE_MESSAGE}:
            check_message(data, REPLY_FIELDS)
        interaction.take_answer(kind)
        self._carry_out(interaction, kind, data)
        if request.query.get("with_response", "").lower() not in {"1", "true"}:
            return web.Response(status=204)
        return json_response(_callback_json(interaction, kind))

    def _carry_out(self, interaction: Interaction, kind: AnswerKind, data: Json) -> None:
        if kind is AnswerKind.MESSAGE:
            interaction.reply = self._post(interaction, data)
        elif kind is AnswerKind.DEFERRED_MESSAGE:
            thinking: Json = {"flags": (data.get("flags") or 0) & EPHEMERAL}
            interaction.reply = self._post(interaction, thinking)
            interaction.reply.flags |= _LOADING
        elif kind is AnswerKind.UPDATE_MESSAGE and interaction.message is not None:
            fill(self._world, interaction.message, data)
            self._world.edited(interaction.message)
        if interaction.reply is None:
            interaction.reply = interaction.message
        self._world.revision.bump()

    def _post(self, interaction: Interaction, data: Json) -> Message:
        message = Message(
            self._world.new_id(),
            interaction.channel,
            interaction.application.user,
            "",
            self._world.clock(),
            application_id=interaction.application.id,
        )
        fill(self._world, message, data)
        if message.flags & EPHEMERAL:
            message.only_for = interaction.user
        return self._world.post(message)

    async def _follow_up(self, request: web.Request) -> web.Response:
        interaction = self._interaction(request)
        body = await read_json(request)
        check_message(body, REPLY_FIELDS)
        is_waited_for = interaction.reply is not None and interaction.reply.flags & _LOADING
        if is_waited_for and interaction.reply is not None:
            message = interaction.reply
            self._change(message, body)
        else:
            message = self._post(interaction, body)
        return json_response(message.as_json())

    async def _get(self, request: web.Request) -> web.Response:
        return json_response(self._message(request).as_json())

    async def _edit(self, request: web.Request) -> web.Response:
        message = self._message(request)
        body = await read_json(request)
        check_edit(message, body)
        self._change(message, body)
        return json_response(message.as_json())

    async def _delete(self, request: web.Request) -> web.Response:
        self._world.delete(self._message(request))
        return web.Response(status=204)

    def _change(self, message: Message, body: Json) -> None:
        only_for, flags = message.only_for, message.flags & ~_LOADING
        fill(self._world, message, body)
        message.only_for, message.flags = only_for, flags
        self._world.edited(message)

    def _interaction(self, request: web.Request) -> Interaction:
        token = request.match_info["token"]
        for interaction in self._world.interactions.values():
            if interaction.token == token:
                interaction.check_alive()
                return interaction
        raise refused(10015)

    def _message(self, request: web.Request) -> Message:
        interaction = self._interaction(request)
        message_id = request.match_info["message_id"]
        if message_id == "@original":
            message = interaction.reply
        else:
            message = interaction.channel.messages.get(message_id)
        if message is None or message.id not in interaction.channel.messages:
            raise refused(10008)
        return message


def _kind(body: Json, interaction: Interaction) -> AnswerKind:
    """
    How the bot answers.

    Raises:
        RefusedError: a kind that does not exist or does not fit the interaction.
    """
    allowed = {AnswerKind.MESSAGE, AnswerKind.DEFERRED_MESSAGE}
    if interaction.kind is InteractionKind.COMPONENT:
        allowed |= {AnswerKind.DEFERRED_UPDATE, AnswerKind.UPDATE_MESSAGE}
    if body.get("type") not in allowed:
        errors = FormErrors()
        errors.add("type", "BASE_TYPE_CHOICES", f"Value must be one of {tuple(map(int, allowed))}.")
        errors.raise_if_any()
    return AnswerKind(body["type"])


def _callback_json(interaction: Interaction, kind: AnswerKind) -> Json:
    callback: Json = {
        "id": interaction.id,
        "type": int(interaction.kind),
        "activity_instance_id": None,
        "response_message_id": interaction.reply.id if interaction.reply else None,
        "response_message_loading": kind is AnswerKind.DEFERRED_MESSAGE,
        "response_message_ephemeral": bool(interaction.reply and interaction.reply.only_for),
        "channel_id": interaction.channel.id,
        "guild_id": interaction.channel.guild.id if interaction.channel.guild else None,
    }
    resource: Json = {"type": int(kind)}
    if interaction.reply is not None:
        resource["message"] = interaction.reply.as_json()
    return {"interaction": callback, "resource": resource}
