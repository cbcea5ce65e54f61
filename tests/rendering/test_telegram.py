"""Telegram's HTML and keyboards, read back by the strict parser of the local Telegram."""

import pytest
from hypothesis import given, settings

from bots.telegram.rendering import keyboard, render
from core.actions import CheckIn
from core.message import (
    Button,
    CodeBlock,
    CopyText,
    Field,
    Fields,
    Heading,
    Message,
    OpenUrl,
    Paragraph,
    Quote,
    Span,
    Style,
    link,
    plain,
    styled,
)
from sandbox.telegram.entities import Entity, utf16_length
from sandbox.telegram.formatting_html import parse_html
from sandbox.telegram.keyboards import parse_keyboard
from tests.rendering.messages import Seen, messages, seen

KINDS = {
    "bold": Style.BOLD,
    "italic": Style.ITALIC,
    "underline": Style.UNDERLINE,
    "strikethrough": Style.STRIKETHROUGH,
    "spoiler": Style.SPOILER,
}


def message(*blocks):
    return Message(blocks=blocks)


def shown(html):
    """What Telegram's reader sees of one part, blanks left out."""
    text, entities = parse_html(html)
    found = []
    offset = 0
    edges = {edge for entity in entities for edge in (entity.offset, entity.end)}
    here: list[Entity] = []
    for character in text:
        if offset in edges:
            here = [entity for entity in entities if entity.offset <= offset < entity.end]
        offset += 2 if character > "\uffff" else 1
        if not character.isspace():
            found.append(look(character, here))
    return found


def look(character: str, entities: list[Entity]) -> Seen:
    kinds = {entity.kind: entity.value for entity in entities}
    return Seen(
        character,
        frozenset(KINDS[kind] for kind in kinds if kind in KINDS),
        kinds.get("text_link"),
        "block" if "pre" in kinds else "line" if "code" in kinds else "",
        is_quoted="blockquote" in kinds,
    )


def as_telegram_shows(expected: Seen) -> Seen:
    """Code stands alone on Telegram; a link or a spoiler comes before it."""
    styles = expected.styles - {Style.CODE}
    if expected.code or Style.CODE not in expected.styles:
        return Seen(expected.character, styles, expected.url, expected.code, expected.is_quoted)
    if expected.url or Style.SPOILER in expected.styles:
        return Seen(expected.character, styles, expected.url, "", expected.is_quoted)
    return Seen(expected.character, frozenset(), None, "line", expected.is_quoted)


@settings(max_examples=50, deadline=None)
@given(messages)
def test_telegram_shows_every_character_in_its_look(made):
    """
    Whatever a message holds, its HTML is accepted and nothing of it is lost or read as markup.
    """
    parts = render(made)

    expected = [as_telegram_shows(found) for found in seen(made)]
    found = [character for part in parts for character in shown(part.html)]
    if any(not is_placeholder(part) for part in parts):
        assert found == expected


def is_placeholder(part):
    return part.html == "…"


@settings(max_examples=50, deadline=None)
@given(messages)
def test_every_part_keeps_telegrams_limits(made):
    """
    No part is empty, longer than 4096 UTF-16 units or has more than 100 entities.
    """
    for part in render(made):
        text, entities = parse_html(part.html)

        assert 1 <= utf16_length(text.strip()) <= 4096
        assert len(entities) <= 100
        assert 1 <= utf16_length(part.text.strip()) <= 4096
        part.html.encode()


def test_blocks_are_parted_by_an_empty_line():
    """
    A message is laid out as it was written: title, fields, code, quote.
    """
    made = message(
        Heading(plain("A <b> & C")),
        Fields((Field("名称", styled("x<", Style.CODE)), Field("Name", plain("y")))),
        CodeBlock("if a<b:\n  x", "python"),
        Quote(link("hi", "https://x.yz/?a=1&b=2")),
    )

    (part,) = render(made)

    assert part.html == (
        "<b>A &lt;b&gt; &amp; C</b>\n\n"
        "名称：<code>x&lt;</code>\nName: y\n\n"
        '<pre><code class="language-python">if a&lt;b:\n  x</code></pre>\n\n'
        '<blockquote><a href="https://x.yz/?a=1&amp;b=2">hi</a></blockquote>'
    )


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u202e", "\x00", "\u200b\u200d", "\u3164"])
def test_a_message_that_shows_nothing_is_not_sent_empty(text):
    """
    Telegram refuses an empty text: a sign stands in for it.
    """
    assert [part.html for part in render(message(Paragraph(plain(text))))] == ["…"]


def test_a_link_telegram_does_not_know_is_shown_behind_its_text():
    """
    An address that cannot be pressed can still be read.
    """
    made = message(Paragraph(link("here", "http://intranet/<x>")))

    assert render(made)[0].html == "here (http://intranet/&lt;x&gt;)"


def test_a_script_is_never_a_link():
    """
    Only web pages, mail and Telegram's own addresses lead anywhere.
    """
    made = message(Paragraph(link("here", "javascript:alert(1)")))

    assert "<a" not in render(made)[0].html


REFUSED = [
    OpenUrl("http://localhost:8080/x"),
    OpenUrl("http://intranet/"),
    OpenUrl("javascript:alert(1)"),
    OpenUrl("https://"),
    OpenUrl("https://exa mple.com/"),
    OpenUrl("http://1.2.3/"),
    OpenUrl("https://example.com/" + "x" * 3000),
    OpenUrl(""),
    CopyText("x" * 257),
    CopyText(""),
]
TAKEN = [
    OpenUrl("http://127.0.0.1:8080/x"),
    OpenUrl("https://例え.jp/?a=%20"),
    CopyText("x" * 256),
    CheckIn("12345678901234567890"),
]


@pytest.mark.parametrize("does", REFUSED, ids=str)
def test_what_telegram_refuses_as_a_button_is_a_line_of_text(does):
    """
    One bad address does not cost the whole message, and is not lost.
    """
    made = Message(blocks=(Paragraph(plain("hi")),), buttons=((Button("More", does),),))

    assert keyboard(made.buttons) is None
    assert render(made)[0].text.startswith("hi")
    held = does.url if isinstance(does, OpenUrl) else does.text
    assert held in "".join(part.text for part in render(made))


@pytest.mark.parametrize("does", TAKEN, ids=str)
@pytest.mark.parametrize("label", ["More", " ", "\u202e", "<b>\n*x*", "x" * 5000, "\ud83d"])
def test_a_keyboard_is_one_that_telegram_takes(does, label):
    """
    Labels are shown as written, cut if need be, and never empty.
    """
    markup = keyboard(((Button(label, does),),))

    assert markup is not None
    assert len(parse_keyboard(markup.model_dump_json(exclude_none=True))) == 1


def test_more_buttons_than_telegram_takes_are_spread_and_cut():
    """
    Rows of at most 8, at most 100 in all.
    """
    markup = keyboard((tuple(Button(str(n), CheckIn(str(n))) for n in range(130)),))

    assert markup is not None
    rows = markup.inline_keyboard
    assert max(map(len, rows)) == 8
    assert sum(map(len, rows)) == 100
    assert parse_keyboard(markup.model_dump_json(exclude_none=True))


def test_a_keyboard_with_long_addresses_stays_within_what_telegram_takes():
    """
    Telegram refuses a keyboard of more than 10 KB: the addresses left over become text.
    """
    address = "https://example.com/" + "x" * 1500
    rows = tuple((Button(str(n), OpenUrl(address)),) for n in range(10))

    markup = keyboard(rows)

    assert markup is not None
    assert parse_keyboard(markup.model_dump_json(exclude_none=True))
    assert address in "".join(part.text for part in render(Message(blocks=(), buttons=rows)))


def test_many_styled_runs_are_spread_over_parts():
    """
    Beyond 100 entities Telegram drops the formatting, so the message is split before.
    """
    runs = tuple(
        Span("ab ", frozenset({Style.BOLD} if n % 2 else {Style.ITALIC})) for n in range(250)
    )

    parts = render(message(Paragraph(runs)))

    assert len(parts) == 3
    assert all(len(parse_html(part.html)[1]) <= 100 for part in parts)
