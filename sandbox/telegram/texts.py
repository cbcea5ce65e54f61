"""
Texts and captions as bots send them: parsed, cleaned and measured as the platform does.

A text may have 4,096 characters and a caption 1,024, counted as code points after parsing; the
markup itself may take 32 KiB.
"""

from sandbox.telegram.detection import find_entities
from sandbox.telegram.entities import MAX_ENTITIES, Entity, ParseError
from sandbox.telegram.errors import bad_request
from sandbox.telegram.formatting_html import parse_html
from sandbox.telegram.formatting_markdown import parse_markdown_v2
from sandbox.telegram.formatting_markdown_legacy import parse_markdown
from sandbox.telegram.given_entities import given_entities
from sandbox.telegram.tidying import cleaned, trimmed, untangled

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_MARKUP = 1 << 15  # bytes

FormattedText = tuple[str, tuple[Entity, ...]]

_PARSERS = {"html": parse_html, "markdown": parse_markdown, "markdownv2": parse_markdown_v2}


def message_text(text: str, *, parse_mode: str, entities: str) -> FormattedText:
    """
    The text of a message.

    Raises:
        ApiError: 400, the platform does not take it.
    """
    if not text:
        raise bad_request("message text is empty")
    shown, marked = _formatted(text, parse_mode=parse_mode, entities=entities)
    if not shown:
        raise bad_request("text must be non-empty")
    if len(shown) > MAX_TEXT:
        raise bad_request("message is too long")
    return shown, marked


def caption_text(text: str, *, parse_mode: str, entities: str) -> FormattedText:
    """
    A caption, which may be empty.

    Raises:
        ApiError: 400, the platform does not take it.
    """
    shown, marked = _formatted(text, parse_mode=parse_mode, entities=entities)
    if len(shown) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return shown, marked


def _formatted(text: str, *, parse_mode: str, entities: str) -> FormattedText:
    if len(text.encode(errors="surrogatepass")) > MAX_MARKUP:
        raise bad_request("text is too long")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise bad_request("strings must be encoded in UTF-8")
    mode = parse_mode.lower()
    if text and mode and mode != "none":
        shown, marked = _parsed(text, mode)
    else:
        shown, marked = text, given_entities(text, entities)
    shown, marked = trimmed(*cleaned(shown, marked))
    return shown, find_entities(shown, untangled(marked)[:MAX_ENTITIES])


def _parsed(text: str, mode: str) -> tuple[str, list[Entity]]:
    parser = _PARSERS.get(mode)
    if parser is None:
        raise bad_request("unsupported parse_mode")
    try:
        return parser(text)
    except ParseError as error:
        raise bad_request(f"can't parse entities: {error}") from error
