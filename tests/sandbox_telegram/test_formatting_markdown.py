import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.telegram.entities import Entity, ParseError
from sandbox.telegram.formatting_markdown import parse_markdown_v2
from sandbox.telegram.formatting_markdown_legacy import parse_markdown

PIECES = st.one_of(
    st.sampled_from(
        [
            "*",
            "_",
            "__",
            "~",
            "||",
            "`",
            "```",
            "[",
            "](",
            ")",
            "![",
            "\n>",
            "\n",
            "**>",
            "\\",
            ".",
            "😀",
        ]
    ),
    st.text(max_size=6),
)


@given(st.text())
def test_text_that_was_escaped_comes_back_as_it_was(text):
    """
    A backslash before every reserved character (and itself) is all that text needs.
    """
    escaped = re.sub(r"([_*\[\]()~`>#+\-=|{}.!\\])", r"\\\1", text)

    assert parse_markdown_v2(escaped) == (text, [])


@pytest.mark.parametrize("parse", [parse_markdown_v2, parse_markdown])
@given(markup=st.lists(PIECES, max_size=20).map("".join))
def test_any_markup_is_parsed_or_refused(parse, markup):
    """
    Nothing that a bot sends can break the parsers, and entities lie within the text.
    """
    try:
        shown, entities = parse(markup)
    except ParseError:
        return

    units = len(shown.encode("utf-16-le", errors="surrogatepass")) // 2
    assert all(0 <= entity.offset < entity.end <= units for entity in entities)


@pytest.mark.parametrize(
    ("markup", "text", "entities"),
    [
        (
            "*a* _b_ __c__ ~d~",
            "a b c d",
            [
                Entity("bold", 0, 1),
                Entity("italic", 2, 1),
                Entity("underline", 4, 1),
                Entity("strikethrough", 6, 1),
            ],
        ),
        ("||a|| `b.c`", "a b.c", [Entity("spoiler", 0, 1), Entity("code", 2, 3)]),
        ("```py\na\n```", "a\n", [Entity("pre", 0, 2, "py")]),
        ("[a](https://b.c/\\))", "a", [Entity("text_link", 0, 1, "https://b.c/)")]),
        ("[a](tg://user?id=7)", "a", [Entity("text_mention", 0, 1, "7")]),
        ("![👍](tg://emoji?id=5)", "👍", [Entity("custom_emoji", 0, 2, "5")]),
        (">a\n>b\nc", "a\nb\nc", [Entity("blockquote", 0, 4)]),
        (">a\n>b||", "a\nb", [Entity("expandable_blockquote", 0, 3)]),
        (">a\n**>b\n", "a\nb\n", [Entity("blockquote", 0, 2), Entity("blockquote", 2, 2)]),
        ("*a _b_*", "a b", [Entity("bold", 0, 3), Entity("italic", 2, 1)]),
        ("😀*é*", "😀é", [Entity("bold", 2, 1)]),
        ("**", "", []),
    ],
)
def test_marks_become_entities(markup, text, entities):
    """
    Every mark of MarkdownV2 is known, with offsets in UTF-16 units.
    """
    assert parse_markdown_v2(markup) == (text, entities)


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        *(
            (
                f"a{character}",
                f"Character '{character}' is reserved and must be escaped with the preceding '\\'",
            )
            for character in "])>#+-=|{}.!("
        ),
        ("é*a", "Can't find end of Bold entity at byte offset 2"),
        ("_a", "Can't find end of Italic entity at byte offset 0"),
        ("__a", "Can't find end of Underline entity at byte offset 0"),
        ("`a", "Can't find end of Code entity at byte offset 0"),
        ("```py\na", "Can't find end of PreCode entity at byte offset 0"),
        (">*a\nb", "Can't find end of Bold entity at byte offset 1"),
        ("[a](b", "Can't find end of a URL at byte offset 4"),
        ("![a]", "Custom emoji entity must contain a tg://emoji URL"),
    ],
)
def test_a_fault_is_named_with_its_place(markup, said):
    """
    Errors are the real server's, with offsets in bytes of UTF-8.
    """
    with pytest.raises(ParseError) as caught:
        parse_markdown_v2(markup)

    assert str(caught.value) == said


def test_the_older_markdown_has_no_nesting_and_escapes_only_marks():
    """
    What is no mark of its four is shown as written.
    """
    shown, entities = parse_markdown("*a_b* \\_ [c](d.e) `f` #1.")

    assert shown == "a_b _ c f #1."
    assert entities == [
        Entity("bold", 0, 3),
        Entity("text_link", 6, 1, "http://d.e/"),
        Entity("code", 8, 1),
    ]


def test_the_older_markdown_names_an_open_mark():
    """
    The error has the place in bytes.
    """
    with pytest.raises(ParseError) as caught:
        parse_markdown("é_a")

    assert str(caught.value) == "Can't find end of the entity starting at byte offset 2"
