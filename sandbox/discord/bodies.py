"""Reading the bodies of calls, and putting what they say into messages."""

import json
from typing import Any, cast

from aiohttp import web

from sandbox.discord.errors import FormErrors, Json, refused
from sandbox.discord.forms import EDIT_FIELDS, check_fields
from sandbox.discord.model import Message
from sandbox.discord.world import DiscordWorld


async def read_body(request: web.Request) -> Any:
    """
    The JSON value in a body.

    Raises:
        RefusedError: it is no JSON.
    """
    if request.content_type != "application/json":
        raise refused(50109)
    try:
        return json.loads(await request.read())
    except ValueError as error:
        raise refused(50109) from error


async def read_json(request: web.Request) -> Json:
    """
    The JSON object in a body.

    Raises:
        RefusedError: it is none.
    """
    body = await read_body(request)
    if not isinstance(body, dict):
        errors = FormErrors()
        errors.add("", "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        errors.raise_if_any()
    return cast("Json", body)


def check_edit(message: Message, body: Json) -> None:
    """
    Check a change of a message: what it leaves out stays.

    Raises:
        RefusedError: the form is wrong, or nothing would be left of the message.
    """
    errors = FormErrors()
    check_fields(body, EDIT_FIELDS, errors)
    errors.raise_if_any()
    content = body.get("content", message.content) or ""
    if not content.strip() and not body.get("embeds", message.embeds):
        raise refused(50006)


def fill(world: DiscordWorld, message: Message, body: Json) -> None:
    """Put what a checked body says into a message."""
    if "content" in body:
        message.content = (body["content"] or "").strip()
    if "embeds" in body:
        message.embeds = body["embeds"] or []
    if "components" in body:
        message.components = _numbered(body["components"] or [])
    if body.get("flags") is not None:
        message.flags = body["flags"]
    message.pinged, message.pings_everyone = world.pinged_by(
        message.content, body.get("allowed_mentions")
    )


def _numbered(rows: list[Json]) -> list[Json]:
    """Components as Discord hands them back: each with a number of its own."""
    number = 0
    numbered: list[Json] = []
    for row in rows:
        number += 1
        row_number, components = number, list[Json]()
        for component in row["components"]:
            number += 1
            components.append(component | {"id": number})
        numbered.append(row | {"id": row_number, "components": components})
    return numbered
