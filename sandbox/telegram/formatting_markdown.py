"""
Telegram's MarkdownV2: `parse_markdown_v2` makes plain text and entities of it.

Every reserved character that starts nothing has to be escaped. Errors name byte
offsets in UTF-8, as the real server's do; entities are in UTF-16 units.
"""

from dataclasses import dataclass

from sandbox.telegram._markdown_reader import MarkdownReader
from sandbox.telegram.entities import Entity, ParseError, in_order
from sandbox.telegram.links import find_emoji_id

_RESERVED = "_*[]()~`>#+-=|{}.!\n"
_NAMES = {  # as the real server calls them in its errors
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "Pre",
    "text_link": "TextUrl",
    "custom_emoji": "CustomEmoji",
    "blockquote": "BlockQuote",
}
_MARKS = {
    "bold": "*",
    "italic": "_",
    "underline": "__",
    "strikethrough": "~",
    "spoiler": "||",
    "code": "`",
    "pre": "```",
    "text_link": "]",
    "custom_emoji": "]",
}
_OPENINGS = (
    ("__", "underline"),
    ("_", "italic"),
    ("*", "bold"),
    ("~", "strikethrough"),
    ("||", "spoiler"),
    ("![", "custom_emoji"),
    ("[", "text_link"),
    ("```", "pre"),
    ("`", "code"),
)
_LAST_ESCAPABLE = 126  # ASCII code


@dataclass(frozen=True, slots=True)
class _Run:
    kind: str
    value: str
    offset: int  # of its text, in UTF-16 units
    begin: int  # of its mark, in the markup
    out_index: int  # of its text, in pieces of output


def parse_markdown_v2(markup: str) -> tuple[str, list[Entity]]:
    """
    The text that is shown, and what is marked in it.

    Raises:
        ParseError: the platform does not take this markup.
    """
    return _Parser(markup).parse()


class _Parser(MarkdownReader):
    def __init__(self, markup: str) -> None:
        super().__init__(markup)
        self._open: list[_Run] = []
        self._in_quote = False
        self._may_quote = True  # nothing has been shown in this line yet

    def parse(self) -> tuple[str, list[Entity]]:
        while self._at < len(self._markup):
            self._step()
        self._end_quote_at_end()
        if self._open:
            raise self._unfinished()
        return "".join(self._out), in_order(self._entities)

    def _step(self) -> None:
        following = self._peek(1)
        if self._peek() == "\\" and following and 0 < ord(following) <= _LAST_ESCAPABLE:
            self._put(following)
            self._may_quote = False
            self._at += 2
        elif self._peek() not in self._reserved():
            self._put(self._peek())
            self._may_quote = False
            self._at += 1
        elif self._peek() == "\n":
            self._line_break()
        elif self._at_end_mark():
            self._close()
        else:
            self._begin()

    def _reserved(self) -> str:
        return "`" if self._open and self._open[-1].kind in {"code", "pre"} else _RESERVED

    def _unfinished(self) -> ParseError:
        run = self._open[-1]
        name = "PreCode" if run.kind == "pre" and run.value else _NAMES[run.kind]
        where = self._byte_offset(run.begin)
        return ParseError(f"Can't find end of {name} entity at byte offset {where}")

    def _at_end_mark(self) -> bool:
        if not self._open or self._open[-1].kind == "blockquote":
            return False
        kind = self._open[-1].kind
        if kind == "italic" and self._sees("__"):
            return False
        return self._sees(_MARKS[kind])

    # Lines and quotations

    def _line_break(self) -> None:
        if self._in_quote and self._peek(1) != ">":
            self._end_quote(line_break="\n")
            self._at += 1
        else:
            self._put("\n")
            self._at += 1
            if self._peek() == ">":
                if not self._in_quote:
                    self._begin_quote()
                self._at += 1
        self._may_quote = True

    def _begin_quote(self) -> None:
        self._in_quote = True
        self._open.append(_Run("blockquote", "", self._length, self._at, len(self._out)))

    def _end_quote(self, *, line_break: str) -> None:
        kind = "blockquote"
        if self._open[-1].kind == "spoiler" and self._open[-1].offset == self._length:
            self._open.pop()  # no spoiler, but the mark of a quotation that can be expanded
            kind = "expandable_blockquote"
        run = self._open[-1]
        if run.kind != "blockquote":
            raise self._unfinished()
        self._put(line_break)
        if self._length > run.offset:
            self._entities.append(Entity(kind, run.offset, self._length - run.offset))
        self._open.pop()
        self._in_quote = False

    def _end_quote_at_end(self) -> None:
        if self._in_quote:
            self._end_quote(line_break="")

    # Runs

    def _begin(self) -> None:
        if self._sees(">") and self._may_quote and not self._in_quote:
            self._begin_quote()
            self._at += 1
            return
        for mark, kind in _OPENINGS:
            if self._sees(mark):
                self._begin_run(mark, kind)
                return
        raise ParseError(
            f"Character '{self._peek()}' is reserved and must be escaped with the preceding '\\'"
        )

    def _begin_run(self, mark: str, kind: str) -> None:
        begin = self._at
        self._at += len(mark)
        value = self._language() if kind == "pre" else ""
        self._open.append(_Run(kind, value, self._length, begin, len(self._out)))
        self._may_quote = self._may_quote and kind == "bold"

    def _close(self) -> None:
        run = self._open[-1]
        self._at += len(_MARKS[run.kind])
        match run.kind:
            case "text_link":
                shown = "".join(self._out[run.out_index :])
                self._mark_link(run.offset, self._address("a URL") if self._sees("(") else shown)
            case "custom_emoji":
                self._mark_emoji(run)
            case _ if self._length > run.offset:
                length = self._length - run.offset
                self._entities.append(Entity(run.kind, run.offset, length, run.value))
            case _:
                pass
        self._open.pop()

    def _mark_emoji(self, run: _Run) -> None:
        if not self._sees("("):
            raise ParseError("Custom emoji entity must contain a tg://emoji URL")
        emoji_id = find_emoji_id(self._address("a custom emoji URL"))
        if emoji_id is None:
            raise ParseError("Custom emoji URL must have scheme tg and contain an emoji identifier")
        if self._length > run.offset:
            length = self._length - run.offset
            self._entities.append(Entity("custom_emoji", run.offset, length, emoji_id))

    def _address(self, what: str) -> str:
        self._at += 1
        begin = self._at
        parts: list[str] = []
        while self._peek() and self._peek() != ")":
            if self._peek() == "\\" and self._peek(1) and ord(self._peek(1)) <= _LAST_ESCAPABLE:
                self._at += 1
            parts.append(self._peek())
            self._at += 1
        if not self._peek():
            raise ParseError(f"Can't find end of {what} at byte offset {self._byte_offset(begin)}")
        self._at += 1
        return "".join(parts)
