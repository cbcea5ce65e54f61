"""Discord's Markdown, read back by a small reader and by markdown-it."""

import html
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bots.discord.rendering import render
from core.actions import CheckIn
from core.markup.characters import utf16_length
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
from tests.rendering.discord_reading import APART, Odd, read
from tests.rendering.messages import HOSTILE, Seen, messages, seen

looks = st.frozensets(st.sampled_from(list(Style)), max_size=2)


def message(*blocks):
    return Message(blocks=blocks)


def content(*blocks):
    (part,) = render(message(*blocks))
    return part.content


def as_discord_shows(expected: Seen) -> Seen:
    """Code has no style but the spoiler; what is linked is no code."""
    if Style.CODE not in expected.styles:
        return expected
    kept = expected.styles & {Style.CODE, Style.SPOILER}
    if expected.url:
        kept = expected.styles - {Style.CODE}
    return Seen(expected.character, kept, expected.url, "", expected.is_quoted)


def without_hidden_code(one):
    """Code that holds the spoiler's own mark is only hidden, no code."""
    return replace(one, styles=one.styles - {Style.CODE}) if Style.SPOILER in one.styles else one


def characters(found):
    return [(one.character, one.code, one.is_quoted) for one in found]


@settings(max_examples=100, deadline=None)
@given(messages)
def test_discord_shows_every_character(made):
    """
    Whatever a message holds, nothing of it is lost, read as markup or as a mention.
    """
    made = without_links(made)

    found = [one for part in render(made) for one in read(part.content)]

    expected = [one for one in seen(made) if one.character != APART]
    assert not [one for one in found if isinstance(one, Odd)]
    if [one.character for one in found] != ["…"]:
        assert characters(found) == characters(expected)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(HOSTILE), looks), max_size=6))
def test_discord_shows_every_look(runs):
    """
    Each run of text looks as asked for, whatever stands beside it.
    """
    made = message(Paragraph(tuple(Span(text, styles) for text, styles in runs)))

    found = [one for part in render(made) for one in read(part.content)]

    if [one.character for one in found] != ["…"]:
        expected = [as_discord_shows(one) for one in seen(made)]
        assert [without_hidden_code(one) for one in found] == [*map(without_hidden_code, expected)]


@settings(max_examples=40, deadline=None)
@given(messages)
def test_every_part_keeps_discords_limit(made):
    """
    No part is empty or longer than 2000 characters, escapes included.
    """
    for part in render(made):
        assert 1 <= utf16_length(part.content.strip()) <= 2000
        part.content.encode()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from([h for h in HOSTILE if "&" not in h and h.isprintable()]), max_size=8)
)
def test_plain_text_shows_as_written_in_common_markdown(pieces):
    """
    An independent Markdown reader sees the text too, not markup.
    """
    text = f"{''.join(pieces).strip()}."

    (part,) = render(message(Paragraph(plain(text))))

    shown = MarkdownIt("commonmark", {"html": False}).enable("strikethrough").render(part.content)
    assert html.unescape(shown).replace(APART, "").strip() == f"<p>{text}</p>".replace(APART, "")


def without_links(made):
    """Links show percent-encoded addresses and are tested by themselves."""

    def cleared(text):
        return tuple(Span(span.text.replace("://", ""), span.styles) for span in text)

    def block(old):
        match old:
            case Fields(fields):
                return Fields(tuple(Field(f.label, cleared(f.value)) for f in fields))
            case CodeBlock():
                return old
            case _:
                return type(old)(cleared(old.text))

    return Message(blocks=tuple(block(old) for old in made.blocks))


def test_blocks_are_parted_by_an_empty_line():
    """
    A message is laid out as it was written: title, fields, code, quote.
    """
    assert content(
        Heading(plain("A *b*")),
        Fields((Field("名称", styled("x", Style.CODE)), Field("Name", plain("1. y")))),
        CodeBlock("a\n```b", "python"),
        Quote(plain("one\n# two")),
    ) == (
        "**A \\*b\\***\n\n名称：`x`\nName: 1\\. y\n\n"
        f"```python\na\n`{APART}`{APART}`b\n```\n\n> one\n> \\# two"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (plain("see https://a.bc/x_y_z."), "see <https://a.bc/x_y_z>\\."),
        (plain("(https://a.bc/x)"), "\\(<https://a.bc/x>\\)"),
        (styled("https://a.bc/x**y", Style.BOLD), "**<https://a.bc/x%2A%2Ay>**"),
        (link("here", "https://a.bc/(x)"), "[here](<https://a.bc/%28x%29>)"),
        (link("https://a.bc/", "https://a.bc/"), "<https://a.bc/>"),
        (link("https://good.bc/", "https://bad.bc/"), "<https://good.bc/> \\(<https://bad.bc/>\\)"),
        (link("[x", "https://a.bc/"), "\\[x \\(<https://a.bc/>\\)"),
        (link("mail", "mailto:a@b.cd"), "mail \\(mailto:a@b.cd\\)"),
        (plain("http:// x"), "http\\:// x"),
    ],
)
def test_addresses_are_links_and_lead_where_they_say(text, expected):
    """
    Addresses work though they hold marks, and no text claims another address than its own.
    """
    assert content(Paragraph(text)) == expected


@pytest.mark.parametrize("name", ["@everyone", "@here", "<@123>", "<@!1>", "<@&1>"])
def test_a_mention_in_text_is_broken_up(name):
    """
    A user's name cannot call everybody together.
    """
    written = content(Paragraph(plain(name)))

    assert name not in written
    assert written.replace(APART, "").replace("\\", "") == name


@pytest.mark.parametrize("text", ["", " ", "\u202e", "\x00", "\u200b"])
def test_a_message_that_shows_nothing_is_not_sent_empty(text):
    """
    Discord refuses an empty message: a sign stands in for it.
    """
    assert content(Paragraph(plain(text))) == "…"


def test_buttons_are_components_of_the_last_part():
    """
    Actions and web pages become buttons; what Discord has no button for is a line of text.
    """
    row = (
        Button("Check in", CheckIn("1")),
        Button("Site", OpenUrl("https://example.com/")),
        Button("Local", OpenUrl("http://localhost/")),
        Button("Copy", CopyText("a`b")),
    )

    *first, last = render(Message(blocks=(Paragraph(plain("x " * 1500)),), buttons=(row,)))

    assert first
    assert not any(part.components for part in first)
    assert [button["label"] for button in last.components[0]["components"]] == ["Check in", "Site"]
    assert last.content.endswith("Local: <http://localhost/>\nCopy: ``a`b``")


def test_rows_and_labels_keep_discords_limits():
    """
    At most 5 rows of 5; labels of at most 80 characters, never empty.
    """
    rows = (
        tuple(Button("x" * 100, CheckIn(str(n))) for n in range(30)),
        (Button(" ", CheckIn("1")),),
    )

    (part,) = render(Message(blocks=(), buttons=rows))

    sizes = [len(row["components"]) for row in part.components]
    labels = {button["label"] for row in part.components for button in row["components"]}
    assert sizes == [5] * 5
    assert {len(label) for label in labels} == {80}
