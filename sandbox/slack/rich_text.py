"""
Checks of Slack's rich text: sections, preformatted text, quotes and lists of styled runs.

Source: Slack's page of the rich text block. An empty run and an unknown style are refused there.
"""

from collections.abc import Callable
from typing import Any, cast

from sandbox.slack.errors import Json

Mistake = Callable[[str, str], None]
"""Tells a mistake: the place where it is, and what is wrong."""

_PARTS = frozenset({"rich_text_section", "rich_text_preformatted", "rich_text_quote"})
_LIST = "rich_text_list"
_STYLES = frozenset({"bold", "italic", "strike", "underline", "code"})


def check_rich_text(block: Json, path: str, add: Mistake) -> None:
    """Check a `rich_text` block."""
    elements = block.get("elements")
    if not isinstance(elements, list) or not elements:
        add(f"{path}/elements", "must provide at least 1 item")
        return
    for number, element in enumerate(cast("list[Any]", elements)):
        _part(element, f"{path}/elements/{number}", add)


def _part(element: object, path: str, add: Mistake) -> None:
    part = cast("Json", element) if isinstance(element, dict) else {}
    kind = part.get("type")
    if kind not in _PARTS and kind != _LIST:
        add(f"{path}/type", f"unsupported type: {kind}")
        return
    runs = part.get("elements")
    if not isinstance(runs, list):
        add(f"{path}/elements", "must be an array")
        return
    for number, run in enumerate(cast("list[Any]", runs)):
        check = _part if kind == _LIST else _run
        check(run, f"{path}/elements/{number}", add)


def _run(element: object, path: str, add: Mistake) -> None:
    run = cast("Json", element) if isinstance(element, dict) else {}
    kind = run.get("type")
    if kind not in {"text", "link"}:
        add(f"{path}/type", f"unsupported type: {kind}")
        return
    if kind == "link" and not str(run.get("url", "")).startswith(("http", "mailto:", "tg:")):
        add(f"{path}/url", "invalid url")
    if (kind == "text" or "text" in run) and not run.get("text"):
        add(f"{path}/text", "must be more than 0 characters")
    style = run.get("style", {})
    if not isinstance(style, dict) or not _STYLES.issuperset(cast("Json", style)):
        add(f"{path}/style", "invalid additional property")
