"""Which addresses may be links: web pages, mail and Telegram's own; never scripts or files."""

import re
from urllib.parse import SplitResult, urlsplit

MAX_LENGTH = 2000  # characters; browsers and platforms refuse much longer ones
_UNFIT = re.compile(
    '[\\s\x00-\x20\x7f-\x9f\ud800-\udfff<>"\\\\^`{|}\u200b-\u200f\u202a-\u202e\u2066-\u2069]'
)

_DOTTED_NAME = re.compile(
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}\.?|\d{1,3}(?:\.\d{1,3}){3}"
)


def is_link(url: str) -> bool:
    """Whether `url` is an address that a message may lead to."""
    parts = _split(url)
    if parts is None:
        return False
    if parts.scheme in ("http", "https"):
        return bool(parts.hostname)
    return parts.scheme in ("mailto", "tg") and bool(parts.path or parts.netloc)


def is_web_page(url: str) -> bool:
    """
    Whether `url` is a web page's address that the platforms take for a button.

    They refuse names without a dot, `localhost` among them; numeric addresses pass.
    """
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https"):
        return False
    return bool(_DOTTED_NAME.fullmatch(parts.hostname or ""))


def _split(url: str) -> SplitResult | None:
    if len(url) > MAX_LENGTH or _UNFIT.search(url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # checked only when it is read
    except ValueError:
        return None
    return parts
