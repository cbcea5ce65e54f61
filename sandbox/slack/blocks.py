"""
Checks of Block Kit blocks: what a message may contain, and how long it may be.

Lengths are in characters. Sources: Slack's pages of the single blocks; the limit on all text
together is unpublished and was seen at about 13,000 (slackapi/bolt-js issue 2509).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from sandbox.slack.errors import Json, refused
from sandbox.slack.rich_text import check_rich_text

MAX_BLOCKS = 50
MAX_ALL_TEXT = 13_000
MAX_SECTION, MAX_FIELD, MAX_HEADER, MAX_MARKDOWN = 3000, 2000, 150, 12_000
MAX_LABEL, MAX_VALUE, MAX_URL, MAX_ID = 75, 2000, 3000, 255
MAX_FIELDS, MAX_CONTEXT, MAX_ACTIONS = 10, 10, 25


class _Mistakes:
    """Collects what is wrong, each with the place where it is."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, path: str, message: str) -> None:
        self.found.append(f"{message} [json-pointer:/blocks{path}]")


Check = Callable[[Json, str, _Mistakes], None]


def check_blocks(blocks: object) -> list[Json]:
    """
    The blocks of a message, checked.

    Raises:
        RefusedError: invalid_blocks_format, invalid_blocks or msg_blocks_too_long.
    """
    if not isinstance(blocks, list):
        raise refused("invalid_blocks_format")
    elements = cast("list[Any]", blocks)
    if not all(isinstance(element, dict) for element in elements):
        raise refused("invalid_blocks_format")
    checked = cast("list[Json]", elements)
    mistakes = _Mistakes()
    if len(checked) > MAX_BLOCKS:
        mistakes.add("", f"no more than {MAX_BLOCKS} items allowed")
    for number, block in enumerate(checked):
        _block(block, f"/{number}", mistakes)
    _unique(checked, mistakes)
    if mistakes.found:
        raise refused("invalid_blocks", *mistakes.found)
    if sum(map(len, _texts(checked))) > MAX_ALL_TEXT:
        raise refused("msg_blocks_too_long")
    return checked


def _block(block: Json, path: str, mistakes: _Mistakes) -> None:
    check = _BLOCKS.get(str(block.get("type")))
    if check is None:
        mistakes.add(f"{path}/type", f"unsupported type: {block.get('type')}")
        return
    check(block, path, mistakes)
    if len(str(block.get("block_id") or "")) > MAX_ID:
        mistakes.add(f"{path}/block_id", f"must be less than {MAX_ID + 1} characters")


def _section(block: Json, path: str, mistakes: _Mistakes) -> None:
    if "text" not in block and "fields" not in block:
        mistakes.add(path, "must define either `text` or `fields`")
    if "text" in block:
        _text(block["text"], f"{path}/text", MAX_SECTION, mistakes)
    for number, field in enumerate(_items(block, "fields", path, MAX_FIELDS, mistakes)):
        _text(field, f"{path}/fields/{number}", MAX_FIELD, mistakes)
    if block.get("accessory") is not None:
        _button(block["accessory"], f"{path}/accessory", mistakes)


def _header(block: Json, path: str, mistakes: _Mistakes) -> None:
    _plain_text(block.get("text"), f"{path}/text", MAX_HEADER, mistakes)


def _context(block: Json, path: str, mistakes: _Mistakes) -> None:
    elements = _items(block, "elements", path, MAX_CONTEXT, mistakes)
    if not elements:
        mistakes.add(f"{path}/elements", "missing required field: elements")
    for number, element in enumerate(elements):
        _text(element, f"{path}/elements/{number}", MAX_SECTION, mistakes)


def _actions(block: Json, path: str, mistakes: _Mistakes) -> None:
    elements = _items(block, "elements", path, MAX_ACTIONS, mistakes)
    if not elements:
        mistakes.add(f"{path}/elements", "must provide at least 1 item")
    for number, element in enumerate(elements):
        _button(element, f"{path}/elements/{number}", mistakes)


def _markdown(block: Json, path: str, mistakes: _Mistakes) -> None:
    _length(block.get("text"), f"{path}/text", MAX_MARKDOWN, mistakes)


def _image(block: Json, path: str, mistakes: _Mistakes) -> None:
    if not _is_url(block.get("image_url")):
        mistakes.add(f"{path}/image_url", "invalid url")
    _length(block.get("alt_text"), f"{path}/alt_text", MAX_VALUE, mistakes)


def _divider(block: Json, path: str, mistakes: _Mistakes) -> None:
    """A line has nothing to check."""


def _rich_text(block: Json, path: str, mistakes: _Mistakes) -> None:
    check_rich_text(block, path, mistakes.add)


_BLOCKS: Mapping[str, Check] = {
    "rich_text": _rich_text,
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "markdown": _markdown,
    "image": _image,
    "divider": _divider,
}


def _button(value: object, path: str, mistakes: _Mistakes) -> None:
    if not isinstance(value, dict) or cast("Json", value).get("type") != "button":
        mistakes.add(path, "unsupported type")
        return
    button = cast("Json", value)
    _plain_text(button.get("text"), f"{path}/text", MAX_LABEL, mistakes)
    for name, most in (("action_id", MAX_ID), ("value", MAX_VALUE), ("url", MAX_URL)):
        if name in button:
            _length(button[name], f"{path}/{name}", most, mistakes)
    if "url" in button and not _is_url(button["url"]):
        mistakes.add(f"{path}/url", "invalid url")
    if button.get("style", "primary") not in {"primary", "danger"}:
        mistakes.add(f"{path}/style", "must be one of primary, danger")


def _text(value: object, path: str, most: int, mistakes: _Mistakes) -> None:
    if not isinstance(value, dict):
        mistakes.add(path, "must be an object")
        return
    text = cast("Json", value)
    if text.get("type") not in {"mrkdwn", "plain_text"}:
        mistakes.add(f"{path}/type", "unsupported type")
    if text.get("type") == "mrkdwn" and "emoji" in text:
        mistakes.add(f"{path}/emoji", "invalid additional property: emoji")
    _length(text.get("text"), f"{path}/text", most, mistakes)


def _plain_text(value: object, path: str, most: int, mistakes: _Mistakes) -> None:
    _text(value, path, most, mistakes)
    if isinstance(value, dict) and cast("Json", value).get("type") != "plain_text":
        mistakes.add(f"{path}/type", "must be plain_text")


def _length(value: object, path: str, most: int, mistakes: _Mistakes) -> None:
    if not isinstance(value, str):
        mistakes.add(path, "must be a string")
    elif not value:
        mistakes.add(path, "must be more than 0 characters")
    elif len(value) > most:
        mistakes.add(path, f"must be less than {most + 1} characters")


def _items(block: Json, name: str, path: str, most: int, mistakes: _Mistakes) -> list[Any]:
    value = block.get(name, [])
    if not isinstance(value, list):
        mistakes.add(f"{path}/{name}", "must be an array")
        return []
    items = cast("list[Any]", value)
    if len(items) > most:
        mistakes.add(f"{path}/{name}", f"no more than {most} items allowed")
    return items


def _unique(blocks: list[Json], mistakes: _Mistakes) -> None:
    """A block's id once in a message, a button's id once in its block."""
    if _has_twice(blocks, "block_id"):
        mistakes.add("", "block_id already exists")
    for number, block in enumerate(blocks):
        if _has_twice(block.get("elements"), "action_id"):
            mistakes.add(f"/{number}/elements", "action_id already exists")


def _has_twice(values: object, name: str) -> bool:
    """Whether two of these objects bear the same `name`."""
    if not isinstance(values, list):
        return False
    objects = [
        cast("Json", value) for value in cast("list[Any]", values) if isinstance(value, dict)
    ]
    named = [str(found[name]) for found in objects if found.get(name)]
    return len(set(named)) != len(named)


def _is_url(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://", "slack://"))


def _texts(value: object) -> Iterator[str]:
    """Every text in blocks, wherever it stands."""
    if isinstance(value, list):
        for element in cast("list[Any]", value):
            yield from _texts(element)
    elif isinstance(value, dict):
        for name, element in cast("Json", value).items():
            if name == "text" and isinstance(element, str):
                yield element
            else:
                yield from _texts(element)
