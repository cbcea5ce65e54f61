"""Text from outside made into blocks: HTML, Markdown, and what is neither."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.markup import parse
from core.markup.runs import shown_text
from core.message import CodeBlock, Heading, Paragraph, Quote, Span, Style, plain

B, I, U, S, C = (  # noqa: E741 - the tags' names
    frozenset({style})
    for style in (Style.BOLD, Style.ITALIC, Style.UNDERLINE, Style.STRIKETHROUGH, Style.CODE)
)
SPOILER = frozenset({Style.SPOILER})
URL = "https://example.com/?a=1&b=2"


def para(*spans):
    return Paragraph(tuple(Span(span) if isinstance(span, str) else span for span in spans))


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("just text", [para("just text")]),
        ("a < b & c > d", [para("a < b & c > d")]),
        ("&lt;b&gt; &amp;&nbsp;&hellip;", [para("<b> &\xa0…")]),
        ("<p>one</p><p>two</p>", [para("one"), para("two")]),
        ("<p>one<p>two", [para("one"), para("two")]),
        ("one<br>two<br/>three", [para("one\ntwo\nthree")]),
        ("  one\n   two ", [para("one two")]),
        ("<div>one<div>two</div></div>three", [para("one"), para("two"), para("three")]),
        ("<b>b</b><strong>c</strong>", [para(Span("bc", B))]),
        ("<i>b</i><em>c</em>", [para(Span("bc", I))]),
        ("<u>b</u><ins>c</ins>", [para(Span("bc", U))]),
        ("<s>b</s><del>c</del>", [para(Span("bc", S))]),
        ("<code>x</code>", [para(Span("x", C))]),
        ("<b>a<i>b</i></b>c", [para(Span("a", B), Span("b", B | I), "c")]),
        ('<span class="tg-spoiler">x</span>', [para(Span("x", SPOILER))]),
        (f'<a href="{URL.replace("&", "&amp;")}">x</a>', [para(Span("x", url=URL))]),
        ('<a href="javascript:alert(1)">x</a>', [para("x")]),
        ('<a href="/relative">x</a>', [para("x")]),
        ("<h2>title</h2>text", [Heading(plain("title")), para("text")]),
        ("<ul><li>a</li><li><p>b</p></li></ul>", [para("• a\n• b")]),
        ('<ol start="3"><li>a<li>b</ol>', [para("3. a\n4. b")]),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", [para("• a\n  ◦ b\n• c")]),
        ("<blockquote><p>a</p><p>b</p></blockquote>c", [Quote(plain("a\n\nb")), para("c")]),
        ('<pre><code class="language-py">a\n  b</code></pre>', [CodeBlock("a\n  b", "py")]),
        ("<pre>a<br>b</pre>", [CodeBlock("a\nb")]),
        ("<table><tr><th>a</th><td>b</td></tr><tr><td>c</table>", [para("a | b\nc")]),
        (f'<img src="{URL}" alt="pic">', [para(Span("pic", url=URL))]),
        ('<img src="data:image/png;base64,xx" alt="">', []),
        ("<script>alert(1)</script><style>p{}</style>x", [para("x")]),
        ("<!-- c -->x<!doctype html>", [para("x")]),
        ("<html><head><title>t</title></head><body>x</body></html>", [para("x")]),
        ("<p>&nbsp;</p><p>x</p>", [para("x")]),
        ("<font color=red>x</font>", [para("x")]),
    ],
)
def test_html_becomes_blocks(markup, expected):
    """
    What editors write is shown as they meant it.
    """
    assert list(parse(markup, "html")) == expected


@pytest.mark.parametrize(
    "markup",
    [
        "<b>x",
        "x</b>",
        "<b><i>x</b></i>",
        "List<String> x",
        "x <b",
        "<!-- x",
        "<pre><pre></pre>",
        "<a href='x",
        "<![foo x]>y",
        "&#" + "9" * 5000 + ";",
    ],
)
def test_malformed_html_is_shown_as_written(markup):
    """
    Nobody knows what was meant: nothing is dropped.
    """
    assert parse(markup, "html") == (para(markup),)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("**b***i*~~s~~`c`", [para(Span("b", B), Span("i", I), Span("s", S), Span("c", C))]),
        ("***x***", [para(Span("x", B | I))]),
        (f"[x]({URL})", [para(Span("x", url=URL))]),
        (f"![x]({URL})", [para(Span("x", url=URL))]),
        ("[x](javascript:alert)", [para("[x](javascript:alert)")]),
        ("[x](/relative)", [para("x")]),
        ("<b>x</b> &amp; y", [para("<b>x</b> & y")]),
        ("one\ntwo\n\nthree", [para("one\ntwo"), para("three")]),
        ("# T\ntext", [Heading(plain("T")), para("text")]),
        ("- a\n- b\n  1. c\n  2. d\n- e", [para("• a\n• b\n  1. c\n  2. d\n• e")]),
        ("> a\n>\n> b\n\nc", [Quote(plain("a\n\nb")), para("c")]),
        ("```py\na\n```", [CodeBlock("a", "py")]),
        ("    a", [CodeBlock("a")]),
        ("|a|b|\n|-|-|\n|c|d|", [para("|a|b|\n|-|-|\n|c|d|")]),
        (r"\*x\*", [para("*x*")]),
        ("**open", [para("**open")]),
        ("a\n\n---\n\nb", [para("a"), para("b")]),
    ],
)  # fmt: skip
def test_markdown_becomes_blocks(markup, expected):
    """
    CommonMark and strikethrough; everything else is text.
    """
    assert list(parse(markup, "markdown")) == expected


def test_plain_text_is_no_markup():
    """
    Plain is plain.
    """
    text = "<b>**x**</b>\n\n# y"

    assert parse(text, "plain") == (para(text),)


@pytest.mark.parametrize("kind", ["plain", "html", "markdown"])
@pytest.mark.parametrize("text", ["", " \n\t "])
def test_nothing_is_no_block(kind, text):
    """
    An empty text has nothing to show.
    """
    assert parse(text, kind) == ()


SCRAPS = [
    *("<b>", "</b>", "<p>", "</p>", "<ul>", "<li>", "</ul>", "</ol>", "<pre>", "</pre>", "</a>"),
    *("<h1>", "</h1>", "<blockquote>", "</blockquote>", "<table>", "<td>", "</table>", "<a href='"),
    *("'>", ">", "<", "<!--", "-->", "<script>", "</script>", "<![CDATA[", "<![x ", "]]>", "<?"),
    *("&#", "&amp", "&#xd800;", "*", "**", "_", "`", "```\n", "~~", "[", "](", ")", "![", "\\"),
    *("999999999. ", "x", "|", "<https://a.bc>", "\t"),
]
SCRAPS += [" ", "    ", "\n", "\n\n", "<ol start=x>", "> ", "- ", "1. ", "# ", "\x00", "\ud800"]
scraps = st.lists(st.one_of(st.sampled_from(SCRAPS), st.text(max_size=5)), max_size=25)


@settings(max_examples=300, deadline=None)
@given(scraps.map("".join), st.sampled_from(["plain", "html", "markdown"]))
@example("1" * 10_000 + ". x", "markdown")
@example("<ol start='" + "9" * 10_000 + "'><li>x</ol>", "html")
@example("&#" + "9" * 10_000 + ";", "html")
@example("&#" + "9" * 10_000 + ";", "markdown")
def test_any_text_can_be_parsed(text, kind):
    """
    No text from outside raises anything.
    """
    for block in parse(text, kind):
        assert shown_text(block).strip()


@pytest.mark.parametrize(
    "scrap", ["<b>", "<p>x</p>\n", "<ul><li>", "<blockquote>", "<a ", "<!--", "<", "&", "<td>"]
)
def test_a_very_long_html_is_read_in_seconds(scrap):
    """
    Deep nesting and unclosed tags cost no more than other text.
    """
    start = time.process_time()

    parse((scrap * 400_000)[:400_000], "html")

    assert time.process_time() - start < 15


@pytest.mark.parametrize(
    "scrap", ["[", "![[", "> ", "- ", "*a ", "**a", "`a``", "<a", "a\n", "> - "]
)
@pytest.mark.parametrize("length", [50_000, 1_000_000])
def test_a_megabyte_of_markdown_is_read_in_seconds(scrap, length):
    """
    A text that is far too long for a message is shown as written instead of being understood.
    """
    start = time.process_time()

    parse((scrap * length)[:length], "markdown")

    assert time.process_time() - start < 10
