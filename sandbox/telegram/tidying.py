"""
Formatted text as the platform leaves it: cleaned, trimmed, and with its entities well nested.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from sandbox.telegram.entities import Entity, in_order, utf16_length

_QUOTES = frozenset({"blockquote", "expandable_blockquote"})
_UNBROKEN = frozenset({"text_link", "text_mention", "pre", "code", "custom_emoji"})
_VERBATIM = frozenset({"pre", "code"})
_RUNS = ("bold", "italic", "underline", "strikethrough", "spoiler")
_DROPPED = frozenset({0x0D, *range(0x2028, 0x202F), 0x0333, 0x033F, 0x030A})  # code points


def cleaned(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Control characters become spaces, some invisible ones go; entities move along."""
    parts: list[str] = []
    moved = {0: 0}
    before = after = 0
    for character in text:
        code = ord(character)
        kept = "" if code in _DROPPED else character
        if character < " " and character not in "\n\r":
            kept = " "
        parts.append(kept)
        before += utf16_length(character)
        after += utf16_length(kept)
        moved[before] = after
    return "".join(parts), [_moved(entity, moved) for entity in entities]


def _moved(entity: Entity, places: dict[int, int]) -> Entity:
    start = places.get(entity.offset, entity.offset)
    end = places.get(entity.end, entity.end)
    return replace(entity, offset=start, length=end - start)


def trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without white space at both ends; entities are cut down to what is left."""
    stripped = text.strip(" \n")
    start = utf16_length(text[: len(text) - len(text.lstrip(" \n"))]) if stripped else 0
    end = utf16_length(stripped)
    cut: list[Entity] = []
    for entity in entities:
        first = max(entity.offset - start, 0)
        length = min(entity.end - start, end) - first
        if length > 0:
            cut.append(replace(entity, offset=first, length=length))
    return stripped, cut


def untangled(entities: Iterable[Entity]) -> list[Entity]:
    """Well nested: no quotation in a quotation, nothing within code, equal runs put together."""
    ordered = in_order(entities)
    kept = _apart([entity for entity in ordered if entity.kind in _QUOTES])
    unbroken = _apart([entity for entity in ordered if entity.kind in _UNBROKEN])
    kept += [entity for entity in unbroken if not any(_cross(entity, quote) for quote in kept)]
    for kind in _RUNS:
        for run in _joined([entity for entity in ordered if entity.kind == kind]):
            kept += _cut(run, kept)
    return in_order(kept)


def _apart(entities: list[Entity]) -> list[Entity]:
    """Those that do not overlap an earlier one."""
    kept: list[Entity] = []
    for entity in entities:
        if not kept or entity.offset >= kept[-1].end:
            kept.append(entity)
    return kept


def _joined(entities: list[Entity]) -> list[Entity]:
    """Runs of one kind, overlapping and neighbouring ones as one."""
    joined: list[Entity] = []
    for entity in entities:
        if joined and entity.offset <= joined[-1].end:
            end = max(joined[-1].end, entity.end)
            joined[-1] = replace(joined[-1], length=end - joined[-1].offset)
        else:
            joined.append(entity)
    return joined


def _cut(run: Entity, kept: list[Entity]) -> list[Entity]:
    """A run in pieces that hold no code and cross nothing that is kept."""
    verbatim = [entity for entity in kept if entity.kind in _VERBATIM]
    bare = [
        piece
        for piece in _split(run, verbatim)
        if not any(code.offset <= piece.offset and piece.end <= code.end for code in verbatim)
    ]
    return [
        part
        for piece in bare
        for part in _split(piece, [other for other in kept if _cross(piece, other)])
    ]


def _split(run: Entity, others: list[Entity]) -> list[Entity]:
    """A run cut wherever one of `others` begins or ends."""
    inside = {
        edge
        for other in others
        for edge in (other.offset, other.end)
        if run.offset < edge < run.end
    }
    return [
        replace(run, offset=start, length=end - start)
        for start, end in pairwise(sorted({run.offset, run.end} | inside))
    ]


def _cross(one: Entity, other: Entity) -> bool:
    """Whether they overlap and neither lies within the other."""
    first, second = in_order((one, other))
    return second.offset < first.end < second.end
