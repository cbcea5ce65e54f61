"""
CommonMark with strikethrough, read by markdown-it into blocks.

HTML in it is text, as are tables; a picture becomes a link; line ends within a paragraph stay.
"""

from collections.abc import Callable, Mapping

from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.markup._building import BlockBuilder
from core.message import Block, Style

_STYLES = {"strong": Style.BOLD, "em": Style.ITALIC, "s": Style.STRIKETHROUGH}


def parse_markdown(text: str) -> tuple[Block, ...]:
    """The blocks of a Markdown text. Every text is one."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("strikethrough")
    builder = BlockBuilder()
    for token in reader.parse(text):
        for inner in token.children if token.type == "inline" and token.children else [token]:
            _met(inner, builder)
    return builder.blocks()


def _met(token: Token, builder: BlockBuilder) -> None:
    if token.type in _ACTIONS:
        _ACTIONS[token.type](token, builder)
    elif (name := token.type.removesuffix("_open")) in _STYLES and token.nesting > 0:
        builder.open_style(_STYLES[name])
    elif (name := token.type.removesuffix("_close")) in _STYLES and token.nesting < 0:
        builder.close_style(_STYLES[name])
    else:
        builder.text(token.content)


def _code(token: Token, builder: BlockBuilder) -> None:
    builder.open_style(Style.CODE)
    builder.text(token.content)
    builder.close_style(Style.CODE)


def _code_block(token: Token, builder: BlockBuilder) -> None:
    builder.code_block(token.content, token.info.strip().partition(" ")[0])


def _picture(token: Token, builder: BlockBuilder) -> None:
    url = str(token.attrs.get("src", ""))
    builder.open_link(url)
    builder.text(token.content or url)
    builder.close_link()


def _numbered(token: Token, builder: BlockBuilder) -> None:
    builder.open_list(int(token.attrs.get("start", 1)))


_ACTIONS: Mapping[str, Callable[[Token, BlockBuilder], None]] = {
    "paragraph_open": lambda _, builder: builder.break_block(),
    "paragraph_close": lambda _, builder: builder.break_block(),
    "heading_open": lambda _, builder: builder.open_heading(),
    "heading_close": lambda _, builder: builder.close_heading(),
    "blockquote_open": lambda _, builder: builder.open_quote(),
    "blockquote_close": lambda _, builder: builder.close_quote(),
    "bullet_list_open": lambda _, builder: builder.open_list(None),
    "bullet_list_close": lambda _, builder: builder.close_list(),
    "ordered_list_open": _numbered,
    "ordered_list_close": lambda _, builder: builder.close_list(),
    "list_item_open": lambda _, builder: builder.open_item(),
    "list_item_close": lambda _, builder: builder.break_line(),
    "hr": lambda _, builder: builder.break_block(),
    "softbreak": lambda _, builder: builder.line_end(),
    "hardbreak": lambda _, builder: builder.line_end(),
    "link_open": lambda token, builder: builder.open_link(str(token.attrs.get("href", ""))),
    "link_close": lambda _, builder: builder.close_link(),
    "image": _picture,
    "code_inline": _code,
    "code_block": _code_block,
    "fence": _code_block,
}
