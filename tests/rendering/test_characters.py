"""Which characters can be sent and seen, and which addresses may be links."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.markup.characters import is_blank, legible, one_line, utf16_length
from core.markup.links import is_link, is_web_page

any_text = st.text(st.characters(exclude_categories=()))


@given(any_text)
def test_legible_text_can_be_sent(text):
    """
    Whatever comes in, UTF-8 can express it and no control character is left.
    """
    cleaned = legible(text)

    cleaned.encode()
    assert all(character in "\t\n" or ord(character) >= 32 for character in cleaned)
    assert "\x7f" not in cleaned


@given(st.text(st.characters(categories=["L", "N", "P", "S", "M", "Zs"])))
def test_ordinary_text_stays_as_it_is(text):
    """
    Letters, marks, signs and emoji of every script are shown as written.
    """
    assert legible(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\r\nb\rc\u2028d\x85e", "a\nb\nc\nd\ne"),
        ("a\x00b\x1bc", "abc"),
        ("\ud83d\ude00", "😀"),
        ("a\ud83d", "a\ufffd"),
        ("\u202eabc", "\u202eabc\u202c"),
        ("\u2067a\u202eb\nc", "\u2067a\u202eb\u202c\u2069\nc"),
        ("\u2067a\u2069", "\u2067a\u2069"),
    ],
)
def test_what_cannot_be_sent_is_mended(text, cleaned):
    """
    Line ends are LF, halves of pairs are marked, a turned direction is turned back.
    """
    assert legible(text) == cleaned


@pytest.mark.parametrize("text", ["", " \t\n", "\u200b\u2060", "\u202e\u202c", "\u3164", "\u3000"])
def test_what_nobody_sees_is_blank(text):
    """
    Platforms refuse a message that shows nothing.
    """
    assert is_blank(text)
    assert not is_blank(f"{text}x")


@given(any_text, st.integers(2, 100))
def test_a_label_is_one_short_line(text, most):
    """
    A button's label fits and is never empty.
    """
    label = one_line(text, most)

    assert 1 <= utf16_length(label) <= most
    assert "\n" not in label
    assert not is_blank(label)


PAGES = [
    "https://example.com",
    "http://127.0.0.1:8470/x?y=%20#z",
    "HTTPS://EXAMPLE.COM/",
    "https://例え.テスト/道",
    "https://a_b.example.com/",
]
LINKS = ["mailto:a@b.cd", "tg://resolve?domain=x", "http://localhost/", "http://[::1]/"]
NEITHER = [
    "",
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "/relative",
    "example.com",
    "http://",
    "https:///x",
    "https://exa mple.com",
    "https://example.com/\n",
    "https://example.com/<b>",
    'https://example.com/"',
    "https://example.com:99999/",
    "http://[::1",
    "https://example.com/\u202e",
    "https://example.com/\ud800",
    "https://example.com/" + "x" * 2000,
]


@pytest.mark.parametrize("url", PAGES)
def test_pages_can_be_links_and_buttons(url):
    """
    Web pages lead where they say.
    """
    assert is_web_page(url)
    assert is_link(url)


@pytest.mark.parametrize("url", LINKS)
def test_other_addresses_can_be_links_but_no_buttons(url):
    """
    The platforms refuse a whole message for such a button.
    """
    assert is_link(url)
    assert not is_web_page(url)


@pytest.mark.parametrize("url", NEITHER)
def test_what_is_no_address_leads_nowhere(url):
    """
    Scripts, files and broken addresses are text.
    """
    assert not is_link(url)
    assert not is_web_page(url)


@given(any_text)
def test_any_text_can_be_asked_about(text):
    """
    No text raises anything.
    """
    is_link(text)
    is_link(f"https://{text}")
    is_web_page(f"https://{text}")
