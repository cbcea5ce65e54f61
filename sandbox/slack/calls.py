"""Reading a call of the Web API: its arguments, and the token that it comes with."""

import json
from typing import Any, cast

from aiohttp import web

from sandbox.slack.errors import Json, refused
from sandbox.slack.methods import Kind, Method
from sandbox.slack.model import App
from sandbox.slack.socket_mode import check_app_token
from sandbox.slack.world import SlackWorld

_SWITCHES = {"true": True, "1": True, "false": False, "0": False}


async def read_arguments(request: web.Request, method: Method) -> Json:
    """
    The arguments of a call as they came, the token among them.

    Raises:
        RefusedError: the body cannot be read.
    """
    arguments: Json = dict(request.query)
    kind = request.content_type
    if request.method == "GET" or not request.can_read_body:
        return arguments
    if kind == "application/json":
        if not method.takes_json:
            return arguments
        return arguments | _object(await request.read())
    if kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        form = await request.post()
        return arguments | {name: value for name, value in form.items() if isinstance(value, str)}
    raise refused("invalid_post_type")


def authorize(world: SlackWorld, request: web.Request, arguments: Json, method: Method) -> App:
    """
    The app whose token a call carries, in the header or among its arguments.

    Raises:
        RefusedError: no token, a wrong, revoked or unfit one, or one without the right.
    """
    header = request.headers.get("Authorization", "")
    token = str(arguments.pop("token", None) or header.removeprefix("Bearer ")).strip()
    if not token:
        raise refused("not_authed")
    if method.wants_app_token:
        return check_app_token(world, token)
    app = next((app for app in world.apps if app.token == token), None)
    if app is None:
        if any(token in known.former_tokens for known in world.apps):
            raise refused("token_revoked")
        raise refused("not_allowed_token_type" if token.startswith("xapp-") else "invalid_auth")
    if method.scopes and not app.scopes.intersection(method.scopes):
        raise refused(
            "missing_scope", needed=method.scopes[0], provided=",".join(sorted(app.scopes))
        )
    return app


def check_arguments(method: Method, arguments: Json) -> Json:
    """
    The arguments of a call as values: text, switches and decoded JSON.

    Raises:
        RefusedError: one is missing, unknown or of the wrong kind.
    """
    mistakes = [
        f"missing required field: {name}" for name in method.required if not arguments.get(name)
    ]
    mistakes += [f"unknown field: {name}" for name in arguments if name not in method.arguments]
    if mistakes:
        raise refused("invalid_arguments", *mistakes)
    return {
        name: _value(name, method.arguments[name], value)
        for name, value in arguments.items()
        if value is not None
    }


def _value(name: str, kind: Kind, value: Any) -> Any:
    if kind is Kind.OBJECTS:
        return _decoded(name, value)
    if kind is Kind.SWITCH:
        switch = value if isinstance(value, bool) else _SWITCHES.get(str(value).lower())
        if switch is None:
            raise refused("invalid_arguments", f"invalid boolean: {name}")
        return switch
    if not isinstance(value, str):
        raise refused("invalid_arguments", f"must be a string: {name}")
    return value


def _decoded(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise refused(f"invalid_{name}_format") from error


def _object(body: bytes) -> Json:
    try:
        value = json.loads(body)
    except ValueError as error:
        raise refused("invalid_json") from error
    if not isinstance(value, dict):
        raise refused("json_not_object")
    return cast("Json", value)
