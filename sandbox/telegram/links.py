"""
Which addresses the platform takes in links and buttons.

A link without a scheme is taken as http; `tg://user?id=…` in a text is a mention. Everything else
than http, https, ton, tg and tonsite is refused.
"""

import re
from urllib.parse import urlsplit

_USER_LINK = re.compile(
    r"(?:tg|ton):(?://)?user\?(?:[^#]*&)?id=(\d{1,19})(?:[&#]|$)", re.IGNORECASE
)
_EMOJI_LINK = re.compile(r"tg:(?://)?emoji\?(?:[^#]*&)?id=(\d{1,19})(?:[&#]|$)", re.IGNORECASE)
_HOST = re.compile(
    r"(?:[^\W_](?:[\w-]{0,62}[^\W_])?\.)+[^\W\d_][\w-]{0,62}\.?|localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\]",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?=//|[^0-9])")


def find_user_id(url: str) -> str | None:
    """The person that `tg://user?id=…` means."""
    match = _USER_LINK.match(url)
    return match.group(1) if match else None


def find_emoji_id(url: str) -> str | None:
    """The custom emoji that `tg://emoji?id=…` means."""
    match = _EMOJI_LINK.match(url)
    return match.group(1) if match else None


def checked_link(url: str) -> str | None:
    """The address as the platform keeps it, None if it takes no such address."""
    url = url.strip()
    if not url or any(character <= " " or character.isspace() for character in url):
        return None
    scheme = _SCHEME.match(url)
    if scheme is None:
        return checked_link(f"http://{url}") if "://" not in url else None
    match scheme.group(1).lower():
        case "tg" | "ton":
            return url
        case "http" | "https" | "tonsite":
            return _checked_web_address(url)
        case _:
            return None


def _checked_web_address(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    shown = f"[{host}]" if ":" in host else host
    if not parts.netloc or not _HOST.fullmatch(shown):
        return None
    return url if parts.path or parts.query or parts.fragment else f"{url}/"
