"""
The local Discord's tables against Discord's own specification, where that is at hand.
"""

import json
import re
from pathlib import Path

import pytest

from sandbox.discord.forms import CREATE_FIELDS, EDIT_FIELDS, MAX_EMBEDS, MAX_NONCE, REPLY_FIELDS
from sandbox.discord.server import DiscordServer
from sandbox.discord.world import DiscordWorld

SPEC = Path(__file__).parents[3] / "shared" / "specs" / "discord-openapi.json"

pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="Discord's specification is not at hand")


@pytest.fixture(scope="module")
def spec() -> dict:
    return json.loads(SPEC.read_text())


def _shape(path: str) -> str:
    return re.sub(r"\{[^}]+\}|@me\b(?=$)", "{}", path)


async def test_every_route_is_one_of_discords(spec: dict) -> None:
    """
    No call is answered here that Discord does not know.
    """
    known = {
        (method.upper(), _shape(path))
        for path, methods in spec["paths"].items()
        for method in methods
    }
    server = DiscordServer(DiscordWorld())
    routes = {
        (method, path)
        for method, path, _ in (*server.rest.routes(), *server.rest.open_routes())
        if "@original" not in path
    }

    unknown = {(method, path) for method, path in routes if (method, _shape(path)) not in known}
    assert unknown == set()


def test_the_fields_of_messages_are_discords(spec: dict) -> None:
    """
    The tables of fields name what the specification names, and nothing else.
    """
    schemas = spec["components"]["schemas"]

    assert set(CREATE_FIELDS) == set(schemas["MessageCreateRequest"]["properties"])
    assert set(EDIT_FIELDS) == set(schemas["MessageEditRequestPartial"]["properties"])
    reply = schemas["IncomingWebhookInteractionRequest"]["properties"]
    assert set(REPLY_FIELDS) == set(reply)


def test_the_lengths_are_discords(spec: dict) -> None:
    """
    Lengths that the specification gives are the ones that are checked.
    """
    properties = spec["components"]["schemas"]["MessageCreateRequest"]["properties"]
    nonce = next(kind for kind in properties["nonce"]["oneOf"] if kind.get("type") == "string")

    assert nonce["maxLength"] == MAX_NONCE
    assert properties["embeds"]["maxItems"] == MAX_EMBEDS
