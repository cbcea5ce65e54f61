"""
What is to be said, as `notify` and `broadcast` are told it: the arguments that both take.
"""

import argparse
from collections.abc import Callable
from typing import Any, get_args

from core.delivery.model import Kind
from core.delivery.offers import Mistake
from core.markup import Format

STDIN = "-"
"""In place of a text: it stands in standard input."""

FLAGS = {
    "title": "--title",
    "text": "--text",
    "format": "--format",
    "kind": "--kind",
    "dedupe_key": "--dedupe-key",
}
"""What the operator types for a field that is offered."""


def add_content(parser: argparse.ArgumentParser, *, kind_decides: str) -> None:
    """Describe the arguments. `kind_decides`: on what, for the operator."""
    parser.add_argument("--title", default="", help="its heading")
    parser.add_argument("--text", required=True, help="what to say; - reads it from standard input")
    parser.add_argument(
        "--format", choices=get_args(Format), default="plain", help="of the text (default: plain)"
    )
    parser.add_argument(
        "--kind",
        choices=[kind.value for kind in Kind],
        default=Kind.CUSTOM.value,
        metavar="KIND",
        help=f"what it is about: decides on {kind_decides} (default: custom)",
    )


def content_in(options: argparse.Namespace, read: Callable[[], str]) -> dict[str, Any]:
    """
    The fields that the arguments offer. `read`: gives what stands in standard input.

    Raises:
        Mistake: the text cannot be read.
    """
    return {
        "title": options.title,
        "text": _read_text(read) if options.text == STDIN else options.text,
        "format": options.format,
        "kind": Kind(options.kind),
        "dedupe_key": vars(options).get("dedupe_key"),
    }


def _read_text(read: Callable[[], str]) -> str:
    try:
        return read().rstrip("\n")  # the last line's end is none of the text, as in a shell
    except UnicodeDecodeError as error:
        raise Mistake("text", "standard input is not valid UTF-8") from error
