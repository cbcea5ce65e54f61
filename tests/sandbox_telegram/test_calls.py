import json
from pathlib import Path

import aiohttp
import pytest

from sandbox.telegram.calls import Kind
from sandbox.telegram.methods import METHODS
from sandbox.telegram.updates import UPDATE_KINDS
from tests.sandbox_telegram.conftest import ANN, TOKEN

SPEC = Path(__file__).parents[3] / "shared" / "specs" / "telegram-bot-api.json"
KINDS = {
    ("Integer",): Kind.INTEGER,
    ("String",): Kind.TEXT,
    ("Boolean",): Kind.BOOLEAN,
    ("Integer", "String"): Kind.CHAT,
    ("InputFile",): Kind.FILE,
    ("InputFile", "String"): Kind.FILE,
}
NEWER = {  # than the specification, which is of version 10.1; the client library has 10.3
    "receiver_user_id",
    "callback_query_id",
    "ephemeral_message_parameters",
    "can_send_welcome_messages",
}


@pytest.fixture(scope="module")
def spec():
    if not SPEC.exists():
        pytest.skip(f"the specification is not at {SPEC}")
    return json.loads(SPEC.read_text())


def documented(fields):
    for field in fields:
        types = tuple(field["types"])
        array = types[0].startswith("Array of")
        kind = KINDS.get(types, Kind.ARRAY if array else Kind.OBJECT)
        yield field["name"], (kind, field["required"])


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.name)
def test_parameters_are_those_of_the_documentation(spec, method):
    """
    Names, kinds and which are required.
    """
    fields = spec["methods"][method.name].get("fields", [])

    newer = NEWER - {field["name"] for field in fields}
    own = {
        name: (each.kind, each.is_required)
        for name, each in method.parameters.items()
        if name not in newer
    }
    assert own == dict(documented(fields))


def test_kinds_of_updates_are_those_of_the_documentation(spec):
    """
    `allowed_updates` knows them all.
    """
    kinds = {field["name"] for field in spec["types"]["Update"]["fields"]} - {"update_id"}

    assert kinds == UPDATE_KINDS


@pytest.mark.parametrize("how", ["form", "multipart", "json", "query"])
async def test_parameters_may_come_in_any_form(place, how):
    """
    A form, a multipart form, a JSON object and the address are read alike.
    """
    url = f"{place.server.url}/bot{TOKEN}/sendMessage"
    match how:
        case "form":
            request = place.session.post(url, data={"chat_id": str(ANN), "text": "é"})
        case "multipart":
            parts = aiohttp.FormData({"chat_id": str(ANN), "text": "é"}, default_to_multipart=True)
            request = place.session.post(url, data=parts)
        case "json":
            request = place.session.post(url, json={"chat_id": ANN, "text": "é"})
        case _:
            request = place.session.get(url, params={"chat_id": str(ANN), "text": "é"})

    async with request as answer:
        body = await answer.json()

    assert body["result"]["text"] == "é"
    assert place.server.calls[-1].parameters == {"chat_id": str(ANN), "text": "é"}


async def test_method_names_are_read_in_any_case(call):
    """
    As on the real server.
    """
    assert (await call("GETME"))["result"]["username"] == "site_bot"


@pytest.mark.parametrize(
    ("token", "method", "code", "said"),
    [
        ("1001:wrong", "getMe", 401, "Unauthorized"),
        ("nonsense", "getMe", 404, "Not Found"),
        (TOKEN, "getNothing", 404, "Not Found: method not found"),
    ],
)
async def test_wrong_tokens_and_methods_are_refused(call, token, method, code, said):
    """
    401 for a token that is nobody's, 404 for what is none at all.
    """
    assert await call(method, token=token) == {
        "ok": False,
        "error_code": code,
        "description": said,
    }


async def test_a_token_that_is_changed_is_refused_from_then_on(place):
    """
    The former one gets 401, the new one works.
    """
    place.world.change_token(place.bot, "1001:other")

    assert (await place.call("getMe"))["error_code"] == 401
    assert (await place.call("getMe", token="1001:other"))["ok"]


async def test_a_bot_that_logged_out_is_refused_for_ten_minutes(place, clock):
    """
    Then it may come back.
    """
    await place.call("logOut")

    assert (await place.call("getMe"))["description"] == "Logged out"
    clock.move(minutes=10)
    assert (await place.call("getMe"))["ok"]


async def test_the_log_tells_unknown_and_misfitting_parameters(place):
    """
    The real server passes them over, so a test has to look for them.
    """
    await place.call("sendMessage", chat_id=ANN, text="a", disable_notification="maybe", txt="b")

    call = place.server.calls[-1]
    assert call.is_ok
    assert call.unknown_parameters == ("txt",)
    assert call.misfits == ("disable_notification",)


async def test_no_token_is_in_the_log(place):
    """
    Neither of good calls nor of bad ones.
    """
    await place.call("getMe")
    await place.call("getMe", token="1001:wrong")

    assert TOKEN not in repr(list(place.server.calls))
    assert "1001:wrong" not in repr(list(place.server.calls))
    assert TOKEN not in repr(place.bot)


async def test_a_body_that_is_no_json_is_refused(place):
    """
    And one that is no object.
    """
    url = f"{place.server.url}/bot{TOKEN}/getMe"
    for body in ("{", "[]"):
        headers = {"Content-Type": "application/json"}
        async with place.session.post(url, data=body, headers=headers) as answer:
            assert answer.status == 400
