"""
Messages as hypothesis makes them up, and what a reader is to see of them.

What is seen is a list of characters, each with its look: blanks are left out, since platforms and
cuts treat them freely.
"""

from dataclasses import dataclass

from hypothesis import strategies as st

from core.markup.runs import field_text, legible_blocks
from core.message import (
    Block,
    CodeBlock,
    Field,
    Fields,
    Heading,
    Message,
    Paragraph,
    Quote,
    Span,
    Style,
    Text,
)

HOSTILE = [
    "<b>", "</b>", "&lt;", "&", "<", ">", '"', "*", "**", "_", "__", "~~", "||", "`", "``",
    "```", "\\", "[x](y)", "[", "]", "(", ")", "# ", "- ", "-# ", "1. ", "> ", ">>> ", "@here",
    "@everyone", "<@1>", "<#1>", "<@&1>", "<:a:1>", "<t:1>", ":smile:", "\n", "\n\n", " ", "  ",
    "\t", "\x00", "\x07", "\r\n", "\u2028", "\u202e", "\u202d", "\u2067", "\ud83d", "\ude00",
    "e\u0301", "😀", "👨\u200d👩\u200d👧", "🇩🇪", "你好", "。", "a", "word", "x y", "!", ".", ":",
    "+", "=", "|", "{", "}", "'",
]  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """One character and how it looks. `code` is "line", "block" or empty."""

    character: str
    styles: frozenset[Style] = frozenset()
    url: str | None = None
    code: str = ""
    is_quoted: bool = False


words = st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=6)), max_size=8).map("".join)
long_words = st.builds(lambda text, times: text * times, words, st.integers(1, 150))
styles = st.frozensets(st.sampled_from(list(Style)), max_size=3)
urls = st.sampled_from(
    [None, None, None, "https://example.com/a_b?x=1&y=(2)", "http://127.0.0.1:8/"]
)
spans = st.builds(Span, st.one_of(words, words, long_words), styles, urls)
texts = st.lists(spans, max_size=5).map(tuple)
fields = st.builds(Field, words, texts)
blocks = st.one_of(
    st.builds(Heading, texts),
    st.builds(Paragraph, texts),
    st.builds(Fields, st.lists(fields, max_size=4).map(tuple)),
    st.builds(CodeBlock, st.one_of(words, long_words), st.sampled_from(["", "py", "c++", "<x>"])),
    st.builds(Quote, texts),
)
messages = st.builds(lambda made: Message(blocks=tuple(made)), st.lists(blocks, max_size=6))


def seen(message: Message) -> list[Seen]:
    """What a reader is to see of `message`."""
    return [found for block in legible_blocks(message.blocks) for found in _seen_block(block)]


def _seen_block(block: Block) -> list[Seen]:
    match block:
        case Heading(text):
            return _seen_text(text, Style.BOLD)
        case Paragraph(text):
            return _seen_text(text)
        case Fields(named):
            return [found for field in named for found in _seen_text(field_text(field))]
        case CodeBlock(text):
            return [Seen(character, code="block") for character in text if not character.isspace()]
        case Quote(text):
            return [
                Seen(found.character, found.styles, found.url, found.code, is_quoted=True)
                for found in _seen_text(text)
            ]


def _seen_text(text: Text, *also: Style) -> list[Seen]:
    return [
        Seen(character, span.styles.union(also), span.url)
        for span in text
        for character in span.text
        if not character.isspace()
    ]
