"""
HTML as people's editors write it, read by the standard library's parser into blocks.

End tags that HTML lets one leave out may be left out; any other mistake is an error, since nobody
knows what was meant. Scripts and styles are dropped, unknown elements are what stands in them.
"""

import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser

from core.markup._building import BlockBuilder
from core.markup.links import is_link
from core.message import Block, Style

_STYLES = {
    "b": Style.BOLD,
    "strong": Style.BOLD,
    "i": Style.ITALIC,
    "em": Style.ITALIC,
    "u": Style.UNDERLINE,
    "ins": Style.UNDERLINE,
    "s": Style.STRIKETHROUGH,
    "strike": Style.STRIKETHROUGH,
    "del": Style.STRIKETHROUGH,
    "code": Style.CODE,
    "kbd": Style.CODE,
    "samp": Style.CODE,
    "tt": Style.CODE,
    "tg-spoiler": Style.SPOILER,
}
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_DROPPED = frozenset({"script", "style", "svg", "template", "title"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
_MAY_STAY_OPEN = frozenset(
    {
        "body",
        "dd",
        "dt",
        "head",
        "html",
        "li",
        "option",
        "p",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
    }
)
_PARAGRAPHS = frozenset(
    {
        *("address", "article", "aside", "body", "center", "details", "div", "dl", "fieldset"),
        *("figure", "footer", "form", "header", "main", "nav", "p", "section", "summary", "table"),
    }
)
_LINES = frozenset({"dd", "dt", "figcaption", "li", "option", "tr"})
_BLANKS = re.compile(r"[ \t\n\r\f]+")
_NUMBER = re.compile("[0-9]{1,9}")
_CELL_BORDER = " | "
_LANGUAGE = re.compile(r"(?:^|\s)language-(\S+)")


class MalformedError(Exception):
    """The text is no HTML: a tag is not closed, or closes what is not open."""


def parse_html(text: str) -> tuple[Block, ...]:
    """
    The blocks of an HTML text.

    Raises:
        MalformedError: the text is no HTML.
    """
    reader = _Reader()
    try:
        reader.feed(text)
        if reader.rawdata.startswith("<"):
            raise MalformedError("a tag has no end")
        reader.close()
    except (AssertionError, ValueError) as error:  # the parser's own, of declarations and numbers
        raise MalformedError(str(error)) from error
    return reader.blocks()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._builder = BlockBuilder()
        self._open: list[tuple[str, Style | None]] = []  # tags to be closed, what each looks like
        self._dropped = 0  # open elements whose text is not shown
        self._code: list[str] | None = None  # text of the open `pre`
        self._language = ""

    def blocks(self) -> tuple[Block, ...]:
        if self._open:
            raise MalformedError(f"<{self._open[-1][0]}> is not closed")
        return self._builder.blocks()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _DROPPED:
            self._dropped += 1
        style = _style(tag, given)
        if tag not in _VOID and tag not in _MAY_STAY_OPEN:
            self._open.append((tag, style))
        if self._dropped:
            return
        if style is not None:
            self._builder.open_style(style)
        if self._code is None:
            self._start(tag, given)
        else:
            self._start_in_code(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        style = None
        if tag not in _MAY_STAY_OPEN:
            opened, style = self._open.pop() if self._open else ("", None)
            if opened != tag:
                raise MalformedError(f"</{tag}> closes what is not open")
        if self._dropped:
            self._dropped -= tag in _DROPPED
            return
        if style is not None:
            self._builder.close_style(style)
        if self._code is None or tag == "pre":
            self._end(tag)

    def handle_data(self, data: str) -> None:
        if self._dropped:
            return
        if self._code is not None:
            self._code.append(data)
            return
        text = _BLANKS.sub(" ", data)
        if self._builder.is_at_line_start() or self._builder.ends_with_blank():
            text = text.removeprefix(" ")
        self._builder.text(text)

    def _start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "img":
            self._picture(given)
        elif tag == "pre":
            self._code, self._language = [], _language(given)
        elif tag in _STARTS:
            _STARTS[tag](self._builder, given)
        else:
            self._break_around(tag)

    def _start_in_code(self, tag: str, given: dict[str, str]) -> None:
        """Within `pre` only line ends and the language of a `code` count."""
        if self._code is None:
            return
        if tag == "pre":
            raise MalformedError("<pre> within <pre>")
        if tag == "br":
            self._code.append("\n")
        self._language = self._language or (_language(given) if tag == "code" else "")

    def _end(self, tag: str) -> None:
        if tag == "pre":
            self._builder.code_block("".join(self._code or ()), self._language)
            self._code = None
        elif tag in _ENDS:
            _ENDS[tag](self._builder)
        else:
            self._break_around(tag)

    def _break_around(self, tag: str) -> None:
        if tag in _PARAGRAPHS or tag == "hr":
            self._builder.break_block()
        elif tag in _LINES:
            self._builder.break_line()

    def _picture(self, given: dict[str, str]) -> None:
        url = given.get("src", "").strip()
        self._builder.open_link(url)
        self._builder.text(given.get("alt", "").strip() or (url if is_link(url) else ""))
        self._builder.close_link()


def _start_numbered(builder: BlockBuilder, given: dict[str, str]) -> None:
    first = given.get("start", "")
    builder.open_list(int(first) if _NUMBER.fullmatch(first) else 1)


def _start_cell(builder: BlockBuilder, _: dict[str, str]) -> None:
    if not builder.is_at_line_start():
        builder.text(_CELL_BORDER)


def _style(tag: str, given: dict[str, str]) -> Style | None:
    if tag == "span" and "tg-spoiler" in given.get("class", "").split():
        return Style.SPOILER
    return _STYLES.get(tag)


def _language(given: dict[str, str]) -> str:
    found = _LANGUAGE.search(given.get("class", ""))
    return found[1] if found else ""


_STARTS: Mapping[str, Callable[[BlockBuilder, dict[str, str]], None]] = {
    "a": lambda builder, given: builder.open_link(given.get("href", "").strip()),
    "blockquote": lambda builder, _: builder.open_quote(),
    "br": lambda builder, _: builder.line_end(),
    "li": lambda builder, _: builder.open_item(),
    "ol": _start_numbered,
    "td": _start_cell,
    "th": _start_cell,
    "ul": lambda builder, _: builder.open_list(None),
    **dict.fromkeys(_HEADINGS, lambda builder, _: builder.open_heading()),
}
_ENDS: Mapping[str, Callable[[BlockBuilder], None]] = {
    "a": lambda builder: builder.close_link(),
    "blockquote": lambda builder: builder.close_quote(),
    "ol": lambda builder: builder.close_list(),
    "ul": lambda builder: builder.close_list(),
    **dict.fromkeys(_HEADINGS, lambda builder: builder.close_heading()),
}
