"""Puts blocks together from what a parser meets, in the order in which it meets it."""

from collections import Counter
from dataclasses import replace

from core.markup.characters import is_blank
from core.markup.links import is_link
from core.markup.runs import merged, shown_text, trimmed
from core.message import Block, CodeBlock, Heading, Paragraph, Quote, Span, Style

_MAX_INDENT = 5  # levels of a list that are shown as deeper ones
_BULLETS = "•◦▪"


class BlockBuilder:
    """
    Collects text into blocks.

    Breaks are remembered and written before the next text, so that none stands at an end. A list is
    one paragraph with a line an item; a quote is one block, whatever stands in it.
    """

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._spans: list[Span] = []
        self._kind: type[Heading | Paragraph | Quote] = Paragraph
        self._breaks = 0  # line ends due before the next text
        self._mark = ""  # of the list item whose text comes next
        self._counters: list[int | None] = []  # of the open lists; None has bullets
        self._styles: Counter[Style] = Counter()
        self._look: frozenset[Style] = frozenset()
        self._urls: list[str | None] = []
        self._quotes = 0
        self._headings = 0

    def blocks(self) -> tuple[Block, ...]:
        """All that was collected."""
        self.end_block()
        return tuple(self._blocks)

    def text(self, text: str) -> None:
        """Text in the styles that are open."""
        if not text:
            return
        self._write_breaks()
        url = self._urls[-1] if self._urls else None
        self._spans.append(Span(text, self._look, url))

    def code_block(self, text: str, language: str = "") -> None:
        """A block of code."""
        self.end_block()
        if not is_blank(text):
            self._blocks.append(trimmed(CodeBlock(text, language)))

    def is_at_line_start(self) -> bool:
        """Whether a blank would be the first character of a line."""
        return bool(self._breaks or self._mark or not self._spans)

    def ends_with_blank(self) -> bool:
        """Whether the last character is a blank, so that another would not be seen."""
        return bool(self._spans) and self._spans[-1].text[-1:].isspace()

    def line_end(self) -> None:
        """A line ends here: one more than were asked for already."""
        self._breaks += 1

    def break_line(self) -> None:
        """What comes next starts a line."""
        self._breaks = max(self._breaks, 1)

    def break_block(self) -> None:
        """What comes next starts a block; within a list, a line."""
        if self._counters:
            self.break_line()
        elif self._quotes:
            self._breaks = max(self._breaks, 2)
        else:
            self.end_block()

    def end_block(self) -> None:
        """The open block is complete."""
        block = trimmed(self._kind(merged(self._spans)))
        if not is_blank(shown_text(block)):
            self._blocks.append(block)
        self._spans = []
        self._breaks = 0

    def open_style(self, style: Style) -> None:
        self._styles[style] += 1
        self._look = frozenset(+self._styles)

    def close_style(self, style: Style) -> None:
        self._styles[style] -= 1
        self._look = frozenset(+self._styles)

    def open_link(self, url: str) -> None:
        """Text leads to `url` from here on, if that is an address that may be a link."""
        self._urls.append(url if is_link(url) else None)

    def close_link(self) -> None:
        self._urls.pop()

    def open_heading(self) -> None:
        self.break_block()
        self._headings += 1

    def close_heading(self) -> None:
        self.break_block()
        self._headings -= 1

    def open_quote(self) -> None:
        if not self._quotes:
            self.end_block()
        self._quotes += 1
        self.break_block()

    def close_quote(self) -> None:
        self._quotes -= 1
        if self._quotes:
            self.break_block()
        else:
            self.end_block()

    def open_list(self, first: int | None) -> None:
        """A list whose items are numbered from `first`, or have bullets."""
        self.break_block()
        self._counters.append(first)

    def close_list(self) -> None:
        self._counters.pop()
        self._mark = ""
        self.break_block()

    def open_item(self) -> None:
        """An item of the innermost list."""
        self.break_line()
        depth = len(self._counters)
        number = self._counters[-1] if self._counters else None
        if number is None:
            sign = _BULLETS[min(max(depth, 1), len(_BULLETS)) - 1]
        else:
            sign = f"{number}."
            self._counters[-1] = number + 1
        self._mark = f"{'  ' * min(depth - 1, _MAX_INDENT)}{sign} "

    def _write_breaks(self) -> None:
        """Breaks and the item's mark, before text. A change of kind is a break as well."""
        kind = self._next_kind()
        if kind is not self._kind:
            self.end_block()
            self._kind = kind
        if self._breaks and self._spans:
            last = self._spans[-1]
            self._spans[-1] = replace(last, text=last.text.rstrip(" "))
            self._spans.append(Span("\n" * self._breaks))
        self._breaks = 0
        if self._mark:
            self._spans.append(Span(self._mark))
            self._mark = ""

    def _next_kind(self) -> type[Heading | Paragraph | Quote]:
        if self._quotes:
            return Quote
        return Heading if self._headings else Paragraph
