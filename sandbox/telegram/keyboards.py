"""
Reply markup: inline keyboards as bots send them, checked as the platform does.
"""

import json
from collections.abc import Mapping
from typing import cast
from urllib.parse import urlsplit

from sandbox.telegram.errors import ApiError, bad_request
from sandbox.telegram.links import checked_link, find_user_id
from sandbox.telegram.messages import Button, Keyboard
from sandbox.telegram.objects import as_list, as_object, keyboard_json

MAX_DATA = 64  # bytes
MAX_BUTTONS = 100  # of a message
MAX_COLUMNS = 8  # of a row
MAX_COPY_TEXT = 256  # characters
MAX_MARKUP = 10_240  # bytes of the whole keyboard as JSON
KINDS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
STYLES = frozenset({"danger", "success", "primary"})


def parse_keyboard(text: str, *, in_private: bool = True) -> Keyboard:
    """
    The inline keyboard of `reply_markup`, empty if it is none or another kind of markup.

    Raises:
        ApiError: 400, the platform does not take it.
    """
    markup = parse_markup(text)
    if markup is None or "inline_keyboard" not in markup:
        return ()
    rows = as_list(markup["inline_keyboard"])
    if rows is None:
        raise bad_request(
            'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
        )
    keyboard = tuple(parsed for row in rows if (parsed := _row(row, in_private=in_private)))
    _check_size(keyboard)
    return keyboard


def parse_markup(text: str) -> Mapping[str, object] | None:
    """
    The object in `reply_markup`, None if it is empty.

    Raises:
        ApiError: 400, it is no JSON object.
    """
    if not text:
        return None
    try:
        value = cast("object", json.loads(text))
    except (ValueError, RecursionError) as error:
        raise bad_request("can't parse reply keyboard markup JSON object") from error
    markup = as_object(value)
    if markup is None:
        raise bad_request("object expected as reply markup")
    return markup


def _row(row: object, *, in_private: bool) -> tuple[Button, ...]:
    cells = as_list(row)
    if cells is None:
        raise bad_request(
            'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
        )
    return tuple(_button(cell, in_private=in_private) for cell in cells)


def _button(cell: object, *, in_private: bool) -> Button:
    fields = as_object(cell)
    if fields is None:
        raise _malformed("InlineKeyboardButton must be an Object")
    kinds = [kind for kind in KINDS if _is_set(fields, kind)]
    if not kinds:
        raise _malformed("Text buttons are not allowed in the inline keyboard")
    if len(kinds) > 1:  # the real server takes one of them without a word
        raise bad_request("BUTTON_TYPE_INVALID")
    text = _text(fields, "text").strip()
    if not text:
        raise bad_request("BUTTON_TEXT_INVALID")
    kind = kinds[0]
    style = _text(fields, "style") if "style" in fields else None
    if style is not None and style not in STYLES:
        raise _malformed("invalid button style specified")
    icon = _text(fields, "icon_custom_emoji_id") if "icon_custom_emoji_id" in fields else None
    return Button(text, kind, _value(kind, fields, in_private=in_private), style, icon)


def _is_set(fields: Mapping[str, object], kind: str) -> bool:
    """An empty address or empty data is none; an empty inline query is one."""
    value = fields.get(kind)
    return value is not None and not (kind in {"url", "callback_data"} and value == "")


def _malformed(what: str) -> ApiError:
    return bad_request(f"can't parse InlineKeyboardButton: {what}")


def _text(fields: Mapping[str, object], name: str) -> str:
    """A field that is text, or a number, which the real server takes for text."""
    value = fields.get(name)
    if value is None:
        raise _malformed(f'Can\'t find field "{name}"')
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _malformed(f'Field "{name}" must be of type String')
    return str(value)


def _value(kind: str, fields: Mapping[str, object], *, in_private: bool) -> str:
    match kind:
        case "callback_data":
            return _data(_text(fields, kind))
        case "url":
            return _url(_text(fields, kind))
        case "copy_text":
            return _copy_text(fields[kind])
        case "web_app":
            return _web_app(fields[kind], in_private=in_private)
        case _:
            value = fields[kind]
            return value if isinstance(value, str) else json.dumps(value)


def _data(value: str) -> str:
    if len(value.encode(errors="surrogatepass")) > MAX_DATA:
        raise bad_request("BUTTON_DATA_INVALID")
    return value


def _url(value: str) -> str:
    if user_id := find_user_id(value):
        return f"tg://user?id={user_id}"
    link = checked_link(value)
    host = urlsplit(link).hostname or "" if link else ""
    is_web = link is not None and link.lower().startswith("http")
    if link is None or (is_web and "." not in host and ":" not in host):
        raise bad_request(f"inline keyboard button URL '{value}' is invalid: {_why_invalid(value)}")
    return link


def _why_invalid(url: str) -> str:
    scheme, colon, _ = url.partition("://")
    if not url.strip():
        return "URL host is empty"
    if colon and scheme.lower() not in {"http", "https", "tg", "ton", "tonsite"}:
        return "Unsupported URL protocol"
    return "Wrong HTTP URL"


def _copy_text(value: object) -> str:
    fields = as_object(value)
    text = fields.get("text") if fields is not None else None
    if not isinstance(text, str):
        raise bad_request("can't parse inline keyboard button: can't find field \"text\"")
    if not 1 <= len(text) <= MAX_COPY_TEXT:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    return text


def _web_app(value: object, *, in_private: bool) -> str:
    if not in_private:
        raise bad_request("BUTTON_TYPE_INVALID")
    fields = as_object(value)
    url = fields.get("url") if fields is not None else None
    if not isinstance(url, str) or not url.startswith("https://"):
        raise bad_request(
            "inline keyboard button Web App URL is invalid: Only HTTPS links are allowed"
        )
    return url


def _check_size(keyboard: Keyboard) -> None:
    buttons = [button for row in keyboard for button in row]
    if len(buttons) > MAX_BUTTONS or any(len(row) > MAX_COLUMNS for row in keyboard):
        raise bad_request("reply markup is too long")
    size = len(json.dumps(keyboard_json(keyboard), ensure_ascii=False).encode(errors="replace"))
    if size > MAX_MARKUP:
        raise bad_request("reply markup is too long")
