"""
Checks of what bots put into message bodies: types, lengths and rules of Discord's API v10.

Stricter than Discord in one point: a field that the API does not know is refused instead of
ignored, since it can only be a slip. Lengths are in characters. Sources: Discord's documentation,
pages Message, Components and Reference.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from sandbox.discord.errors import FormErrors, Json, refused

MAX_CONTENT = 2000
MAX_NONCE = 25
MAX_EMBEDS, MAX_EMBED_TOTAL = 10, 6000
MAX_ROWS, MAX_ROW = 5, 5
MAX_LABEL, MAX_CUSTOM_ID, MAX_URL = 80, 100, 512
BUTTON, ACTION_ROW = 2, 1
LINK_STYLE, PREMIUM_STYLE = 5, 6
_SETTABLE_FLAGS = (1 << 2) | (1 << 12)  # SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS
_EPHEMERAL = 1 << 6  # in answers to interactions alone

_EMBED_LENGTHS = {"title": 256, "description": 4096}
_EMBED_PARTS = {"footer": ("text", 2048), "author": ("name", 256)}
_FIELD_LENGTHS = {"name": 256, "value": 1024}
_MAX_FIELDS = 25
_SNOWFLAKE = re.compile(r"[0-9]{1,20}")
_URL = re.compile(r"(?:https?|discord)://[^\s]+", re.IGNORECASE)

Check = Callable[[Any, str, FormErrors], None]


def is_snowflake(value: object) -> bool:
    """Whether a value can be an id: at most 64 bits, as text."""
    return (
        isinstance(value, str) and _SNOWFLAKE.fullmatch(value) is not None and int(value) < 1 << 64
    )


def check_fields(body: Json, fields: Mapping[str, Check], errors: FormErrors) -> None:
    """Check a body against a table of its fields; None stands for a field that is left out."""
    for name, value in body.items():
        check = fields.get(name)
        if check is None:
            errors.add(name, "FIELD_UNKNOWN", f'There is no field "{name}" in this call')
        elif value is not None:
            check(value, name, errors)


def check_message(body: Json, fields: Mapping[str, Check]) -> None:
    """
    Check the body of a message.

    Raises:
        RefusedError: 50035 with a tree of what is wrong, or 50006 if nothing is in it.
    """
    errors = FormErrors()
    check_fields(body, fields, errors)
    errors.raise_if_any()
    content = body.get("content")
    is_blank = content is None or not content.strip()
    if is_blank and not any(body.get(name) for name in ("embeds", "sticker_ids", "poll")):
        raise refused(50006)


def text(longest: int) -> Check:
    """A check for text of at most so many characters."""

    def check(value: Any, path: str, errors: FormErrors) -> None:
        if not isinstance(value, str):
            errors.add(path, "STRING_TYPE_CONVERT", "Could not interpret as a string.")
        elif len(value) > longest:
            errors.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {longest} or fewer in length.")

    return check


def boolean(value: Any, path: str, errors: FormErrors) -> None:
    if not isinstance(value, bool):
        errors.add(path, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")


def _mapping(value: Any, path: str, errors: FormErrors) -> None:
    if not isinstance(value, dict):
        errors.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")


def _nonce(value: Any, path: str, errors: FormErrors) -> None:
    if isinstance(value, str):
        text(MAX_NONCE)(value, path, errors)
    elif not isinstance(value, int) or isinstance(value, bool):
        errors.add(path, "STRING_TYPE_CONVERT", "Could not interpret as a string.")
    elif not -(1 << 63) <= value < 1 << 63:
        errors.add(path, "NUMBER_TYPE_MAX", "int64 is the range of a number here.")


def _flags(settable: int) -> Check:
    def check(value: Any, path: str, errors: FormErrors) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            errors.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        elif value & ~settable:
            errors.add(path, "BASE_TYPE_CHOICES", "These flags cannot be set by this call.")

    return check


def _elements(value: Any, path: str, errors: FormErrors, longest: int) -> list[Any]:
    if not isinstance(value, list):
        errors.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return []
    elements = cast("list[Any]", value)
    if len(elements) > longest:
        errors.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {longest} or fewer in length.")
    return elements


def _snowflakes(longest: int) -> Check:
    def check(value: Any, path: str, errors: FormErrors) -> None:
        for number, element in enumerate(_elements(value, path, errors, longest)):
            if not is_snowflake(element):
                errors.add(
                    f"{path}.{number}", "NUMBER_TYPE_COERCE", f'Value "{element}" is not snowflake.'
                )

    return check


def _mappings(longest: int) -> Check:
    def check(value: Any, path: str, errors: FormErrors) -> None:
        for number, element in enumerate(_elements(value, path, errors, longest)):
            _mapping(element, f"{path}.{number}", errors)

    return check


def _allowed_mentions(value: Any, path: str, errors: FormErrors) -> None:
    if not isinstance(value, dict):
        _mapping(value, path, errors)
        return
    allowed = cast("Json", value)
    fields = {
        "parse": _parse,
        "roles": _snowflakes(100),
        "users": _snowflakes(100),
        "replied_user": boolean,
    }
    nested = FormErrors()
    check_fields(allowed, fields, nested)
    nested.raise_if_any()
    for kind in ("users", "roles"):
        if kind in (allowed.get("parse") or ()) and allowed.get(kind):
            errors.add(
                path,
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.',
            )


def _parse(value: Any, path: str, errors: FormErrors) -> None:
    for number, kind in enumerate(_elements(value, path, errors, 3)):
        if kind not in {"roles", "users", "everyone"}:
            errors.add(
                f"{path}.{number}",
                "BASE_TYPE_CHOICES",
                "Value must be one of ('users', 'roles', 'everyone').",
            )


def _embeds(value: Any, path: str, errors: FormErrors) -> None:
    total = 0
    for number, embed in enumerate(_elements(value, path, errors, MAX_EMBEDS)):
        if isinstance(embed, dict):
            total += _embed(cast("Json", embed), f"{path}.{number}", errors)
        else:
            _mapping(embed, f"{path}.{number}", errors)
    if total > MAX_EMBED_TOTAL:
        errors.add(
            path,
            "MAX_EMBED_SIZE_EXCEEDED",
            f"Embed size exceeds maximum size of {MAX_EMBED_TOTAL}",
        )


def _embed(embed: Json, path: str, errors: FormErrors) -> int:
    """Check one embed; gives the characters that count towards the sum."""
    texts = [(name, embed.get(name), most) for name, most in _EMBED_LENGTHS.items()]
    for part, (name, most) in _EMBED_PARTS.items():
        texts.append((f"{part}.{name}", _object(embed.get(part)).get(name), most))
    fields = _elements(embed.get("fields") or [], f"{path}.fields", errors, _MAX_FIELDS)
    for number, element in enumerate(fields):
        for name, most in _FIELD_LENGTHS.items():
            here, value = f"fields.{number}.{name}", _object(element).get(name)
            if not value:
                errors.add(f"{path}.{here}", "BASE_TYPE_REQUIRED", "This field is required")
            texts.append((here, value, most))
    for name, value, most in texts:
        if value is not None:
            text(most)(value, f"{path}.{name}", errors)
    return sum(len(value) for _, value, _ in texts if isinstance(value, str))


def _object(value: Any) -> Json:
    """`value` if it is an object, else an empty one."""
    return cast("Json", value) if isinstance(value, dict) else {}


def _components(value: Any, path: str, errors: FormErrors) -> None:
    seen: set[str] = set()
    for number, row in enumerate(_elements(value, path, errors, MAX_ROWS)):
        here = f"{path}.{number}"
        if not isinstance(row, dict) or cast("Json", row).get("type") != ACTION_ROW:
            errors.add(f"{here}.type", "UNION_TYPE_CHOICES", "Value of field must be one of (1,).")
            continue
        buttons = _elements(
            cast("Json", row).get("components"), f"{here}.components", errors, MAX_ROW
        )
        if not buttons:
            errors.add(
                f"{here}.components",
                "BASE_TYPE_BAD_LENGTH",
                f"Must be between 1 and {MAX_ROW} in length.",
            )
        for place, button in enumerate(buttons):
            _button(button, f"{here}.components.{place}", errors, seen)


def _button(button: Any, path: str, errors: FormErrors, seen: set[str]) -> None:
    if not isinstance(button, dict) or cast("Json", button).get("type") != BUTTON:
        errors.add(f"{path}.type", "UNION_TYPE_CHOICES", "Value of field must be one of (2,).")
        return
    fields = cast("Json", button)
    style = fields.get("style")
    if style not in range(1, PREMIUM_STYLE):
        errors.add(f"{path}.style", "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3, 4, 5).")
    if not fields.get("label") and not fields.get("emoji"):
        errors.add(f"{path}.label", "BASE_TYPE_REQUIRED", "This field is required")
    if fields.get("label") is not None:
        text(MAX_LABEL)(fields["label"], f"{path}.label", errors)
    if style == LINK_STYLE:
        _link(fields, path, errors)
    else:
        _custom_id(fields, path, errors, seen)


def _link(fields: Json, path: str, errors: FormErrors) -> None:
    url = fields.get("url")
    if "custom_id" in fields:
        errors.add(
            path,
            "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
            "A custom id and url cannot both be specified",
        )
    if not isinstance(url, str) or _URL.fullmatch(url) is None:
        errors.add(
            f"{path}.url",
            "URL_TYPE_INVALID_URL",
            "Not a well formed URL.",
        )
    elif len(url) > MAX_URL:
        errors.add(f"{path}.url", "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_URL} or fewer in length.")


def _custom_id(fields: Json, path: str, errors: FormErrors, seen: set[str]) -> None:
    custom_id = fields.get("custom_id")
    here = f"{path}.custom_id"
    if not custom_id:
        errors.add(here, "BASE_TYPE_REQUIRED", "This field is required")
        return
    text(MAX_CUSTOM_ID)(custom_id, here, errors)
    if custom_id in seen:
        errors.add(
            here, "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
        )
    seen.add(str(custom_id))


EDIT_FIELDS: Mapping[str, Check] = {
    "content": text(MAX_CONTENT),
    "embeds": _embeds,
    "flags": _flags(_SETTABLE_FLAGS),
    "allowed_mentions": _allowed_mentions,
    "components": _components,
    "attachments": _mappings(10),
    "sticker_ids": _snowflakes(3),
}
CREATE_FIELDS: Mapping[str, Check] = {
    **EDIT_FIELDS,
    "nonce": _nonce,
    "enforce_nonce": boolean,
    "tts": boolean,
    "message_reference": _mapping,
    "poll": _mapping,
    "shared_client_theme": _mapping,
}
REPLY_FIELDS: Mapping[str, Check] = {
    **{name: check for name, check in EDIT_FIELDS.items() if name != "sticker_ids"},
    "flags": _flags(_SETTABLE_FLAGS | _EPHEMERAL),
    "tts": boolean,
    "poll": _mapping,
}
"""What an answer to an interaction and its follow-ups may carry."""
