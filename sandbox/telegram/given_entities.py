"""
Entities that a bot names itself, in `entities` or `caption_entities`, instead of using markup.
"""

import json
from typing import cast

from sandbox.telegram.entities import Entity, utf16_length
from sandbox.telegram.errors import ApiError, bad_request
from sandbox.telegram.links import checked_link, find_user_id
from sandbox.telegram.objects import as_list, as_object

_MARKED = frozenset(
    {
        "blockquote",
        "expandable_blockquote",
        "text_link",
        "text_mention",
        "pre",
        "code",
        "custom_emoji",
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
    }
)
_FOUND = frozenset(  # by the platform itself, in the text
    {
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "url",
        "email",
        "phone_number",
        "bank_card_number",
    }
)


def given_entities(text: str, entities: str) -> list[Entity]:
    """
    The entities in the JSON array `entities` that lie within `text`; no array means none.

    Raises:
        ApiError: 400, one of them is malformed.
    """
    try:
        items = as_list(cast("object", json.loads(entities))) if entities else None
    except (ValueError, RecursionError):
        items = None
    marked = [_given_one(item) for item in items or ()]
    length = utf16_length(text)
    return [
        entity
        for entity in marked
        if entity is not None and entity.length > 0 and 0 <= entity.offset <= length - entity.length
    ]


def _given_one(item: object) -> Entity | None:
    fields = as_object(item)
    if fields is None:
        raise _malformed("expected an Object")
    numbers: list[int] = []
    for name in ("offset", "length"):
        value = fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise _malformed(
                f'Can\'t find field "{name}"'
                if value is None
                else f'Field "{name}" must be of type Number'
            )
        numbers.append(value)
    kind = fields.get("type")
    if not isinstance(kind, str):
        raise _malformed('Can\'t find field "type"')
    if kind in _FOUND:
        return None
    if kind not in _MARKED:
        raise _malformed("Unsupported type specified")
    return Entity(kind, numbers[0], numbers[1], _given_value(kind, fields))


def _given_value(kind: str, fields: dict[str, object]) -> str:
    match kind:
        case "text_link":
            url = fields.get("url")
            link = checked_link(url) if isinstance(url, str) else None
            if link is None and not (isinstance(url, str) and find_user_id(url)):
                raise _malformed("Wrong HTTP URL")
            return link or str(url)
        case "pre":
            return str(fields.get("language") or "")
        case "custom_emoji":
            return str(fields.get("custom_emoji_id") or "")
        case "text_mention":
            user = as_object(fields.get("user")) or {}
            return str(user.get("id") or 0)
        case _:
            return ""


def _malformed(text: str) -> ApiError:
    return bad_request(f"can't parse MessageEntity: {text}")
