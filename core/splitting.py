"""
Cuts a message that is too long for one into several: its blocks, not its markup.

A part ends between two blocks, else between two lines, else between two words, else between two
characters as a reader sees them (an emoji or a letter with its accents stays whole). The better
place counts more than the fuller part, down to half a part. What is too long says the platform's
rendering, as a load: 1.0 is a full message. Nothing is lost: the parts' text, put together, is the
whole text. The work is in proportion to the text.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from core.markup.runs import field_text, merged, shown_text, sliced
from core.message import Block, CodeBlock, Fields, Heading, Paragraph, Quote, Span, Text

Load = Callable[[Sequence[Block]], float]
"""How much of one message some blocks take: more than 1.0 does not fit."""

_ENOUGH = 0.5  # a part with this load may end where it reads best
_LONGEST_CLUSTER = 64  # characters; longer heaps of accents are cut all the same
_CHUNK = 4096  # characters; of a longer line only so much is looked at for a cut
_CHUNK_RUNS = 64
_MOST_GROWTH = 16  # from one guess of what fits to the next
_LINE = re.compile("[^\n]*\n+|[^\n]+")  # with the empty lines that follow
_WORD_END = re.compile(r"\s+|[。！？；，、：…]+")
_JOINER = "\u200d"
_CONTINUES = re.compile("[\u1160-\u11ff\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_FLAG_LETTERS = re.compile("[\U0001f1e6-\U0001f1ff]+$")


@dataclass(frozen=True, slots=True)
class _Piece:
    """
    One line of a block, or some of a very long line, as a block of its kind.

    `number` tells which block it came from.
    """

    number: int
    block: Block
    ends_line: bool


def split(blocks: Sequence[Block], load: Load) -> tuple[tuple[Block, ...], ...]:
    """`blocks` as parts that fit, none of them empty. No blocks, no parts."""
    if blocks and load(blocks) <= 1:
        return (tuple(blocks),)
    pieces = [piece for number, block in enumerate(blocks) for piece in _pieces(number, block)]
    parts: list[tuple[Block, ...]] = []
    start = 0
    while start < len(pieces):
        part = _next_part(pieces, start, load)
        parts.append(_assembled(part))
        start += len(part)
    return tuple(parts)


def _next_part(pieces: list[_Piece], start: int, load: Load) -> list[_Piece]:
    """The pieces of the part that begins at `start`; one that is cut becomes two in `pieces`."""

    def load_of(count: int) -> float:
        return load(_assembled(pieces[start : start + count]))

    end = start + _largest(len(pieces) - start, load_of)
    part = pieces[start:end]
    if end == len(pieces):
        return part
    for good_end in (_block_end(part, pieces[end]), _line_end(part)):
        if good_end and load(_assembled(part[:good_end])) >= _ENOUGH:
            return part[:good_end]
    if isinstance(pieces[end].block, Fields):
        pieces[end : end + 1] = _as_running_text(pieces[end])
        return _next_part(pieces, start, load)
    if part and not part[-1].ends_line:
        end -= 1
        pieces[end : end + 2] = [_one(pieces[end], pieces[end + 1])]
    pieces[end : end + 1] = _cut(pieces[start:end], pieces[end], load)
    return pieces[start : end + 1]


def _block_end(part: list[_Piece], following: _Piece) -> int:
    """How many pieces of `part` are whole blocks, without a heading at the end."""
    end = len(part)
    while end and part[end - 1].number == following.number:
        end -= 1
    while end and isinstance(part[end - 1].block, Heading):
        end -= 1
    return end


def _line_end(part: list[_Piece]) -> int:
    """How many pieces of `part` are whole lines."""
    end = len(part)
    while end and not part[end - 1].ends_line:
        end -= 1
    return end


def _cut(part: list[_Piece], piece: _Piece, load: Load) -> list[_Piece]:
    """`piece` as two, the first with as much as fits behind `part`, one character at least."""
    length = len(shown_text(piece.block))

    def load_of(count: int) -> float:
        return load(_assembled([*part, _slice(piece, 0, count)]))

    room = max(1, _largest(length, load_of))
    at = _word_end(shown_text(_slice(piece, 0, room + 1).block), room)
    if at == length:
        return [piece]
    return [replace(_slice(piece, 0, at), ends_line=False), _slice(piece, at, length)]


def _word_end(text: str, room: int) -> int:
    """The best place to cut `text`: at `room` characters or some before."""
    if room >= len(text):
        return len(text)
    ends = [end.end() for end in _WORD_END.finditer(text, room // 2, room)]
    return ends[-1] if ends else _cluster_end(text, room)


def _cluster_end(text: str, room: int) -> int:
    """The last place up to `room` that is not inside what a reader sees as one character."""
    for at in range(room, max(0, room - _LONGEST_CLUSTER), -1):
        if not _is_inside_cluster(text, at):
            return at
    return room


def _is_inside_cluster(text: str, at: int) -> bool:
    """Whether the characters on both sides of `at` are one to the eye: emoji, accents, flags."""
    after = text[at]
    if unicodedata.category(after)[0] == "M" or _JOINER in (after, text[at - 1]):
        return True
    if _CONTINUES.match(after):
        return True
    if not _FLAG_LETTERS.match(after):
        return False
    flags = _FLAG_LETTERS.search(text, 0, at)
    return flags is not None and len(flags[0]) % 2 == 1


def _slice(piece: _Piece, start: int, end: int) -> _Piece:
    """Some characters of a piece. Fields have none that could be counted."""
    block = piece.block
    match block:
        case CodeBlock():
            return replace(piece, block=replace(block, text=block.text[start:end]))
        case Heading() | Paragraph() | Quote():
            return replace(piece, block=replace(block, text=sliced(block.text, start, end)))
        case Fields():
            return piece


def _one(first: _Piece, second: _Piece) -> _Piece:
    return replace(second, block=_joined([first.block, second.block]))


def _as_running_text(piece: _Piece) -> list[_Piece]:
    """Fields as a paragraph, which can be cut anywhere."""
    fields = piece.block.fields if isinstance(piece.block, Fields) else ()
    text = tuple(span for field in fields for span in field_text(field))
    return _pieces(piece.number, Paragraph(text))


def _pieces(number: int, block: Block) -> list[_Piece]:
    lines = list(_lines(block))
    return [
        _Piece(number, line, at == len(lines) or _ends_line(line))
        for at, line in enumerate(lines, start=1)
    ]


def _ends_line(block: Block) -> bool:
    return isinstance(block, Fields) or shown_text(block).endswith("\n")


def _lines(block: Block) -> Iterator[Block]:
    """The lines of a block as blocks; of a very long line, a chunk at a time."""
    match block:
        case Fields():
            yield from (Fields((field,)) for field in block.fields)
        case CodeBlock():
            yield from (replace(block, text=run.text) for run in _chunks((Span(block.text),)))
        case Heading() | Paragraph() | Quote():
            yield from (replace(block, text=line) for line in _text_lines(block.text))


def _text_lines(text: Text) -> Iterator[Text]:
    line: list[Span] = []
    for span in _chunks(text):
        line.append(span)
        if len(line) == _CHUNK_RUNS or len(span.text) == _CHUNK or span.text.endswith("\n"):
            yield tuple(line)
            line = []
    if line:
        yield tuple(line)


def _chunks(text: Text) -> Iterator[Span]:
    """Runs of one line at most, and of `_CHUNK` characters."""
    for span in text:
        for line in _LINE.finditer(span.text):
            for at in range(line.start(), line.end(), _CHUNK):
                yield replace(span, text=span.text[at : min(at + _CHUNK, line.end())])


def _assembled(pieces: Sequence[_Piece]) -> tuple[Block, ...]:
    """The pieces as blocks again: those of one block and one kind are one."""
    return tuple(
        _joined([piece.block for piece in group])
        for _, group in groupby(pieces, key=lambda piece: (piece.number, type(piece.block)))
    )


def _joined(blocks: list[Block]) -> Block:
    """Blocks of one kind as one."""
    first = blocks[0]
    if len(blocks) == 1:
        return first
    match first:
        case Fields():
            return Fields(
                tuple(f for block in blocks if isinstance(block, Fields) for f in block.fields)
            )
        case CodeBlock():
            return replace(first, text="".join(shown_text(block) for block in blocks))
        case Heading() | Paragraph() | Quote():
            return replace(first, text=merged(span for block in blocks for span in _runs(block)))


def _runs(block: Block) -> Text:
    return () if isinstance(block, Fields | CodeBlock) else block.text


def _largest(limit: int, load_of: Callable[[int], float]) -> int:
    """
    The largest number up to `limit` whose load fits, 0 if not even 1 does.

    It starts small and grows by what the load tells, so that the cost follows what fits and not
    what is waiting; then it closes in, by the load and by halving in turn.
    """
    low, low_load = 0, 0.0
    high, high_load = limit + 1, math.inf
    guess = 1
    by_load = True
    while high - low > 1:
        load = load_of(guess)
        if load <= 1:
            low, low_load = guess, load
        else:
            high, high_load = guess, load
        if math.isinf(high_load):
            guess = min(limit, low * _growth(low_load))
            continue
        by_load = not by_load
        share = (1 - low_load) / (high_load - low_load) if by_load else 0.5
        guess = min(max(low + int((high - low) * share), low + 1), high - 1)
    return low


def _growth(load: float) -> int:
    """How many times as much probably fits, where `load` is what some takes."""
    return min(max(int(1 / load) if load else _MOST_GROWTH, 2), _MOST_GROWTH)
