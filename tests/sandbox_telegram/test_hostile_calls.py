import json
from random import Random

import pytest

from sandbox.telegram.methods import METHODS
from tests.sandbox_telegram.conftest import ANN, BASIC_GROUP, BOB, GROUP, TOKEN

VALUES = [
    *("", " ", "0", "1", "-1", "x", "true", "null", "[]", "{}", "[[]]", "[{}]", '{"type":1}'),
    *("9" * 30, "-" + "9" * 20, "1e9", "\u0000", "\u202e", "😀", "<b>", "*", "&#x110000;"),
    *(str(ANN), str(BOB), str(GROUP), str(BASIC_GROUP), "@site_bot", "[" * 10000),
    *("https://x.y/", "http://[::1", "attach://x", '"\\ud800"', "[1,null]", "HTML", "MarkdownV2"),
    '[{"type":"bold","offset":-1,"length":99}]',
    '[{"type":"text_mention","offset":0,"length":1,"user":7}]',
    '{"inline_keyboard":[[{"text":"a","url":"\\ud800"}]]}',
    '{"inline_keyboard":[[{"text":"a","callback_data":"\\ud800"}]]}',
    '{"inline_keyboard":[[{"text":"a","copy_text":{"text":1}}]]}',
    '{"type":"chat","chat_id":[]}',
    '{"type":"photo","media":{}}',
    '{"message_id":"1"}',
]
DEAD_ENDS = {"logOut", "getUpdates", "leaveChat"}
LIKELY = {
    "chat_id": [str(ANN), str(GROUP), str(BASIC_GROUP)],
    "from_chat_id": [str(GROUP)],
    "user_id": [str(BOB), str(ANN), "1001"],
    "message_id": [str(number) for number in range(1, 30)],
    "text": ["a", "<b>b</b>", "c"],
}


@pytest.mark.parametrize("seed", range(4))
async def test_no_call_whatsoever_is_an_internal_error(place, promoted, basic_group, seed):
    """
    Every method answers any parameters with its result or a refusal.
    """
    random = Random(seed)
    methods = [method for method in METHODS.values() if method.name not in DEAD_ENDS]
    place.world.write(BOB, GROUP, "/a")

    for _ in range(300):
        method = random.choice(methods)
        parameters = {
            name: random.choice(LIKELY.get(name, VALUES) if random.random() < 0.8 else VALUES)
            for name in method.parameters
            if random.random() < 0.7
        }
        async with place.session.post(
            f"{place.server.url}/bot{TOKEN}/{method.name}", json=parameters
        ) as answer:
            assert answer.status in {200, 400, 403}, (method.name, parameters)
            body = json.loads(await answer.text())
        assert body["ok"] is (answer.status == 200)
