"""
What the platform finds in plain text by itself: commands, mentions, addresses, hashtags.
"""

import re
from collections.abc import Iterable

from sandbox.telegram.entities import Entity, in_order, utf16_length

_PATTERNS = (
    (
        "bot_command",
        re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])"),
    ),
    (
        "email",
        re.compile(r"(?<![\w.+-])[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?![\w@])"),
    ),
    (
        "url",
        re.compile(r"(?<![\w@])(?:https?|tg|ftp)://[^\s<>\"]*[^\s<>\".,;:!?)\]]", re.IGNORECASE),
    ),
    ("mention", re.compile(r"(?<![\w/@])@[A-Za-z][A-Za-z0-9_]{2,31}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#])#\w{1,256}(?!\w)")),
)


def find_entities(text: str, marked: Iterable[Entity] = ()) -> tuple[Entity, ...]:
    """`marked` and whatever is found in the rest of `text`."""
    found = list(marked)
    taken = [(entity.offset, entity.end) for entity in found if entity.kind in _UNBROKEN]
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            offset = utf16_length(text[: match.start()])
            length = utf16_length(match.group())
            if all(offset >= end or offset + length <= start for start, end in taken):
                taken.append((offset, offset + length))
                found.append(Entity(kind, offset, length))
    return tuple(in_order(found))


_UNBROKEN = frozenset({"text_link", "text_mention", "code", "pre", "custom_emoji"})
