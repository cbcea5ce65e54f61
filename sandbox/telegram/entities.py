"""
Formatted text: what runs of a message's text are, and how a page shows them.

Offsets and lengths are in UTF-16 code units.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

MAX_ENTITIES = 100  # of one message; the rest lose their formatting

# What may enclose what, outermost first; among runs of the same place this is their order.
_PRIORITY = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "text_link": 1,
    "text_mention": 1,
    "pre": 2,
    "code": 3,
    "bold": 4,
    "italic": 5,
    "underline": 6,
    "strikethrough": 7,
    "spoiler": 8,
    "custom_emoji": 9,
}

_TAGS = {
    "bold": ("<b>", "</b>"),
    "italic": ("<i>", "</i>"),
    "underline": ("<u>", "</u>"),
    "strikethrough": ("<s>", "</s>"),
    "code": ("<code>", "</code>"),
    "pre": ("<pre><code{language}>", "</code></pre>"),
    "spoiler": ('<span class="spoiler">', "</span>"),
    "blockquote": ("<blockquote>", "</blockquote>"),
    "expandable_blockquote": ('<blockquote class="expandable">', "</blockquote>"),
    "text_link": ('<a href="{value}" rel="noopener noreferrer" target="_blank">', "</a>"),
    "text_mention": ('<a href="tg://user?id={value}">', "</a>"),
    "bot_command": ('<span class="command">', "</span>"),
}


@dataclass(frozen=True, slots=True)
class Entity:
    """
    A run of text that is something. `kind` is the Bot API's `MessageEntity.type`.

    `value`: the address of a link, the language of a code block, the id of a mentioned person or
    of a custom emoji.
    """

    kind: str
    offset: int
    length: int
    value: str = ""

    @property
    def end(self) -> int:
        return self.offset + self.length


class ParseError(Exception):
    """Markup that the platform does not take. `str()` is what it says about it."""


def utf16_length(text: str) -> int:
    """How many UTF-16 code units `text` takes."""
    return len(text) + sum(character > "\uffff" for character in text)


def in_order(entities: Iterable[Entity]) -> list[Entity]:
    """Entities by place, those that enclose others first."""
    return sorted(
        entities, key=lambda entity: (entity.offset, -entity.length, _PRIORITY.get(entity.kind, 10))
    )


def as_html(text: str, entities: Iterable[Entity]) -> str:
    """
    `text` as HTML that is safe to put into a page, with a tag for each entity.

    Entities must be well nested, as they are in messages.
    """
    starts: dict[int, list[Entity]] = {}
    for entity in in_order(entities):
        starts.setdefault(entity.offset, []).append(entity)
    parts: list[str] = []
    running: list[Entity] = []
    offset = 0
    for character in text:
        _close(parts, running, offset)
        for entity in starts.get(offset, ()):
            parts.append(_tags(entity)[0])
            running.append(entity)
        parts.append(escape(character))
        offset += utf16_length(character)
    _close(parts, running, offset)
    parts.extend(_tags(entity)[1] for entity in reversed(running))
    return "".join(parts)


def _close(parts: list[str], running: list[Entity], offset: int) -> None:
    while running and running[-1].end <= offset:
        parts.append(_tags(running.pop())[1])


def _tags(entity: Entity) -> tuple[str, str]:
    start, end = _TAGS.get(entity.kind, ("<span>", "</span>"))
    value = escape(entity.value)
    language = f' class="language-{value}"' if entity.value else ""
    return start.format(value=value, language=language), end
