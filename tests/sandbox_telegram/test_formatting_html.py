import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.telegram.entities import Entity, ParseError
from sandbox.telegram.formatting_html import parse_html

TAGS = ["b", "i", "u", "s", "a", "code", "pre", "blockquote", "tg-spoiler", "span", "x", "A"]
PIECES = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
    st.sampled_from(
        ['<a href="', '">', "<", ">", "&", "&amp;", "&#x1F600;", "&#0;", "&lt", "=", "'", "😀"]
    ),
    st.text(max_size=8),
)


@given(st.text())
def test_text_that_was_escaped_comes_back_as_it_was(text):
    """
    `html.escape` is all that text needs to be shown as written.
    """
    shown, entities = parse_html(html.escape(text))

    assert shown == text
    assert entities == []


@given(st.lists(PIECES, max_size=20).map("".join))
def test_any_markup_is_parsed_or_refused(markup):
    """
    Nothing that a bot sends can break the parser, and entities lie within the text.
    """
    try:
        shown, entities = parse_html(markup)
    except ParseError:
        return

    units = len(shown.encode("utf-16-le", errors="surrogatepass")) // 2
    assert all(0 <= entity.offset < entity.end <= units for entity in entities)


@pytest.mark.parametrize(
    ("markup", "text", "entities"),
    [
        ("<b>a</b>", "a", [Entity("bold", 0, 1)]),
        ("<STRONG>a</strong>", "a", [Entity("bold", 0, 1)]),
        ("<em>a</em><ins>b</ins>", "ab", [Entity("italic", 0, 1), Entity("underline", 1, 1)]),
        ("<del>a</del>", "a", [Entity("strikethrough", 0, 1)]),
        ("<tg-spoiler>a</tg-spoiler>", "a", [Entity("spoiler", 0, 1)]),
        ('<span class="tg-spoiler">a</span>', "a", [Entity("spoiler", 0, 1)]),
        ("<blockquote>a</blockquote>", "a", [Entity("blockquote", 0, 1)]),
        (
            "<blockquote expandable>a</blockquote>",
            "a",
            [Entity("expandable_blockquote", 0, 1)],
        ),
        (
            '<a href="https://a.b/?x=1&amp;y=2">c</a>',
            "c",
            [Entity("text_link", 0, 1, "https://a.b/?x=1&y=2")],
        ),
        ("<a href='tg://user?id=7'>c</a>", "c", [Entity("text_mention", 0, 1, "7")]),
        ("<a>https://a.b/</a>", "https://a.b/", [Entity("text_link", 0, 12, "https://a.b/")]),
        ('<a href="nonsense">c</a>', "c", []),
        ("<code>a</code>", "a", [Entity("code", 0, 1)]),
        ("<pre>a</pre>", "a", [Entity("pre", 0, 1)]),
        (
            '<pre><code class="language-py">a</code></pre>',
            "a",
            [Entity("pre", 0, 1, "py")],
        ),
        ('<code class="language-py">a</code>', "a", [Entity("code", 0, 1)]),
        (
            '<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>',
            "👍",
            [Entity("custom_emoji", 0, 2, "5368324170671202286")],
        ),
        ("😀<b>é😀</b>", "😀é😀", [Entity("bold", 2, 3)]),
        ("<b></b>x", "x", []),
        ("<b>a<i>b</i></b>", "ab", [Entity("bold", 0, 2), Entity("italic", 1, 1)]),
        ("<b>a</>", "a", [Entity("bold", 0, 1)]),
        ("&lt;&gt;&amp;&quot;&#33;&#x21;&nbsp;&", '<>&"!!&nbsp;&', []),
    ],
)
def test_tags_become_entities(markup, text, entities):
    """
    Every tag of the Bot API is known, with offsets in UTF-16 units.
    """
    assert parse_html(markup) == (text, entities)


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        ("abc<x>", 'Unsupported start tag "x" at byte offset 3'),
        ("é<br/>", 'Unsupported start tag "br/" at byte offset 2'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<a href=", 'Unclosed start tag "a" at byte offset 0'),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<a =x>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=x_y>", "Unexpected end of name token at byte offset 8"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("</b>", "Unexpected end tag at byte offset 0"),
        ("<b></b", "Unclosed end tag at byte offset 3"),
        ("<b><i></b>", 'Unmatched end tag at byte offset 6, expected "</i>", found "</b>"'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ('<tg-emoji emoji-id="x">a</tg-emoji>', "Invalid custom emoji identifier specified"),
        (
            "&#xD800;",
            (
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            ),
        ),
    ],
)
def test_a_fault_is_named_with_its_place(markup, said):
    """
    Errors are the real server's, with offsets in bytes of UTF-8.
    """
    with pytest.raises(ParseError) as caught:
        parse_html(markup)

    assert str(caught.value) == said
