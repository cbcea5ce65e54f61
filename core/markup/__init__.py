"""
Text that comes from outside, as plain text, HTML or Markdown, made into the blocks of a message.

`parse` takes any text: what is no well-formed markup is shown as it is written. Beside it is what
every platform's rendering needs: which characters and addresses can be sent, and work on runs of
text. Nothing here knows a platform.
"""

from contextlib import suppress
from typing import Literal

from core.markup._html import MalformedError, parse_html
from core.markup._markdown import parse_markdown
from core.message import Block, Paragraph, plain

Format = Literal["plain", "html", "markdown"]

_MAX_MARKDOWN = 50_000  # characters; some texts take markdown-it the square of their length


def parse(text: str, format: Format) -> tuple[Block, ...]:  # noqa: A002 - the word of the HTTP API
    """`text` as blocks; none if it has nothing to show. Text that is malformed is one paragraph."""
    if format == "markdown" and len(text) <= _MAX_MARKDOWN:
        return parse_markdown(text)
    if format == "html":
        with suppress(MalformedError):
            return parse_html(text)
    return (Paragraph(plain(text)),) if text.strip() else ()
