import json

import pytest

from sandbox.telegram.errors import ApiError
from sandbox.telegram.keyboards import parse_keyboard
from sandbox.telegram.messages import Button


def markup(*rows):
    return json.dumps({"inline_keyboard": rows})


def button(text="A", **does):
    return {"text": text, **(does or {"callback_data": "a"})}


def refused(text, *, in_private=True):
    with pytest.raises(ApiError) as caught:
        parse_keyboard(text, in_private=in_private)
    assert caught.value.code == 400
    return caught.value.description.removeprefix("Bad Request: ")


def test_each_button_keeps_what_it_does():
    """
    Data, address and text to copy are kept as they were given; empty rows vanish.
    """
    keyboard = parse_keyboard(
        markup(
            [button(callback_data="签" * 21)],
            [],
            [button("B", url="https://a.b"), button("C", copy_text={"text": "x"})],
        )
    )

    assert keyboard == (
        (Button("A", "callback_data", "签" * 21),),
        (Button("B", "url", "https://a.b/"), Button("C", "copy_text", "x")),
    )


def test_other_kinds_of_markup_are_no_inline_keyboard():
    """
    A reply keyboard, its removal and a forced reply are taken.
    """
    assert parse_keyboard('{"remove_keyboard": true}') == ()
    assert parse_keyboard("") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "can't parse reply keyboard markup JSON object"),
        ("[]", "object expected as reply markup"),
        (
            '{"inline_keyboard": [1]}',
            'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
        ),
        (
            markup([1]),
            "can't parse InlineKeyboardButton: InlineKeyboardButton must be an Object",
        ),
        (
            markup([{"callback_data": "a"}]),
            "can't parse InlineKeyboardButton: Can't find field \"text\"",
        ),
        (
            markup([{"text": "A"}]),
            "can't parse InlineKeyboardButton: Text buttons are not allowed in the inline keyboard",
        ),
        (
            markup([button(callback_data="")]),
            "can't parse InlineKeyboardButton: Text buttons are not allowed in the inline keyboard",
        ),
        (markup([button(" ")]), "BUTTON_TEXT_INVALID"),
        (markup([button(callback_data="a", url="https://a.b")]), "BUTTON_TYPE_INVALID"),
        (markup([button(callback_data="签" * 22)]), "BUTTON_DATA_INVALID"),
        (markup([button(copy_text={"text": ""})]), "BUTTON_COPY_TEXT_INVALID"),
        (markup([button(copy_text={"text": "x" * 257})]), "BUTTON_COPY_TEXT_INVALID"),
        (
            markup([button(url="happ://add/x")]),
            "inline keyboard button URL 'happ://add/x' is invalid: Unsupported URL protocol",
        ),
        (
            markup([button(url="http://localhost:80/")]),
            "inline keyboard button URL 'http://localhost:80/' is invalid: Wrong HTTP URL",
        ),
        (markup([button() for _ in range(9)]), "reply markup is too long"),
        (markup(*([button()] for _ in range(101))), "reply markup is too long"),
        (markup(*([button("x" * 120)] for _ in range(90))), "reply markup is too long"),
    ],
)
def test_what_is_wrong_with_a_keyboard_is_said(text, said):
    """
    In the real server's words.
    """
    assert refused(text) == said


def test_a_web_app_opens_in_private_chats_only():
    """
    In a group its button is refused.
    """
    app = markup([button(web_app={"url": "https://a.b/"})])

    assert parse_keyboard(app)[0][0].kind == "web_app"
    assert refused(app, in_private=False) == "BUTTON_TYPE_INVALID"
