"""
Discord's and Slack's markup on the page: shown as there, and never as HTML of the page.
"""

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.page.discord_text import DiscordText
from sandbox.page.slack_text import blocks_html, mrkdwn

INLINE = {"a", "b", "i", "s", "u", "em", "strong", "del", "code", "span", "br"}
TAGS = (
    INLINE
    | {"p", "pre", "blockquote", "ul", "ol", "li", "hr", "div"}
    | {f"h{n}" for n in range(1, 7)}
)
MARKS = st.text(alphabet="*_~`|<>&[]()!#\\\n ab:/.@\"'", max_size=80)
NASTY = st.one_of(MARKS, st.text(max_size=60), st.just("<img src=x onerror=alert(1)>"))


class Tags(HTMLParser):
    """
    Collects tags, attributes and addresses of a piece of HTML.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.addresses = set(), set(), []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value for name, value in attrs if name == "href"]


def assert_harmless(html: str) -> None:
    seen = Tags(html)
    assert seen.tags <= TAGS
    assert seen.attributes <= {"href", "rel", "target", "class", "start"}
    assert not any(
        re.match(r"\s*(javascript|data|vbscript):", each, re.IGNORECASE) for each in seen.addresses
    )


@given(NASTY)
def test_discord_text_is_harmless(content):
    """
    Whatever is written, only tags of formatting come out.
    """
    assert_harmless(DiscordText().html(content))


@given(NASTY)
def test_slack_text_is_harmless(text):
    """
    Whatever is written, only tags of formatting come out.
    """
    assert_harmless(mrkdwn(text))


@given(NASTY, st.sampled_from(["text", "link", "user", "emoji"]))
def test_rich_text_is_harmless_and_never_markup(text, kind):
    """
    Text in rich text is shown as it was written.
    """
    run = {"type": kind, "text": text, "url": text, "user_id": text, "name": text}
    section = {"type": "rich_text_section", "elements": [run]}

    html = blocks_html([{"type": "rich_text", "elements": [section]}])

    assert_harmless(html)
    if kind == "text":
        assert unescape(re.sub("<[^>]*>", "", html)) == text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _it_ ~no~", "<b>bold</b> <i>it</i> <s>no</s>"),
        ("a * b * c", "a * b * c"),
        ("`*x*`", "<code>*x*</code>"),
        ("1 &lt; 2 &amp; 3", "1 &lt; 2 &amp; 3"),
        ("<@U123> hi", '<span class="mention">@U123</span> hi'),
    ],
)
def test_mrkdwn_is_read_as_slack_reads_it(text, html):
    """
    Styles, code, escapes and mentions.
    """
    assert mrkdwn(text) == html


def test_a_link_keeps_its_address():
    """
    Marks in an address are part of it.
    """
    html = mrkdwn("<https://example.org/a_b_c?x=1&amp;y=*2*|see _here_>")

    assert Tags(html).addresses == ["https://example.org/a_b_c?x=1&y=*2*"]


def test_spoilers_in_code_are_code():
    """
    In code, marks mean nothing.
    """
    html = DiscordText().html("||a|| `||b||`")

    assert '<span class="spoiler">a</span>' in html
    assert "<code>||b||</code>" in html
