"""Slack's rich text, put back together from its elements."""

import json

import pytest
from hypothesis import given, settings

from bots.slack.rendering import render
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
from tests.rendering.messages import Seen, messages, seen

NAMES = {
    "bold": Style.BOLD,
    "italic": Style.ITALIC,
    "strike": Style.STRIKETHROUGH,
    "code": Style.CODE,
}


def shown(part):
    """What Slack shows of one part, blanks left out."""
    (rich_text,) = [block for block in part.blocks if block["type"] == "rich_text"]
    return [
        Seen(
            character,
            frozenset(NAMES[name] for name in run.get("style", {})),
            run["url"] if run["type"] == "link" and "text" in run else None,
            "block" if element["type"] == "rich_text_preformatted" else "",
            is_quoted=element["type"] == "rich_text_quote",
        )
        for element in rich_text["elements"]
        for run in element["elements"]
        for character in run.get("text", run.get("url"))
        if not character.isspace()
    ]


def as_slack_shows(expected: Seen) -> Seen:
    styles = expected.styles - {Style.UNDERLINE, Style.SPOILER}
    return Seen(expected.character, styles, expected.url, expected.code, expected.is_quoted)


@settings(max_examples=50, deadline=None)
@given(messages)
def test_slack_shows_every_character_in_its_look(made):
    """
    Whatever a message holds, nothing of it is lost or read as markup.
    """
    found = [one for part in render(made) for one in shown(part)]

    if [one.character for one in found] != ["…"]:
        assert found == [as_slack_shows(one) for one in seen(made)]


@settings(max_examples=30, deadline=None)
@given(messages)
def test_every_part_keeps_slacks_limits(made):
    """
    The text has 4000 characters at most, the blocks together stay below what Slack refuses, and no
    run of text is empty.
    """
    for part in render(made):
        runs = [run for element in part.blocks[0]["elements"] for run in element["elements"]]

        assert 1 <= utf16_length(part.text.strip()) <= 4000
        assert len(json.dumps(part.blocks, ensure_ascii=False)) <= 12_000
        assert all(run.get("text", "x") for run in runs)
        json.dumps(part.blocks, ensure_ascii=False).encode()


def test_many_styled_runs_are_spread_over_parts():
    """
    Slack counts what is around the text too, and refuses a message for it.
    """
    looks = [frozenset({Style.BOLD}), frozenset({Style.ITALIC})]
    made = Message(blocks=(Paragraph(tuple(Span("ab ", looks[n % 2]) for n in range(1000))),))

    parts = render(made)

    assert len(parts) > 1
    assert all(len(json.dumps(part.blocks)) <= 12_000 for part in parts)


def test_a_message_is_one_rich_text():
    """
    Title, fields, code and quote as Slack's own editor would write them.
    """
    made = Message(
        blocks=(
            Heading(plain("*A*")),
            Fields((Field("名称", styled("x", Style.CODE)), Field("Name", plain("y")))),
            CodeBlock("a\nb"),
            Quote(link("hi", "https://x.yz/")),
        )
    )

    (part,) = render(made)

    assert part.text == "*A*\n\n名称：x\nName: y\n\na\nb\n\nhi (https://x.yz/)"
    assert part.blocks == [
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [
                        {"type": "text", "text": "*A*", "style": {"bold": True}},
                        {"type": "text", "text": "\n\n"},
                        {"type": "text", "text": "名称："},
                        {"type": "text", "text": "x", "style": {"code": True}},
                        {"type": "text", "text": "\nName: y"},
                    ],
                },
                {
                    "type": "rich_text_preformatted",
                    "elements": [{"type": "text", "text": "a\nb"}],
                },
                {
                    "type": "rich_text_quote",
                    "elements": [{"type": "link", "url": "https://x.yz/", "text": "hi"}],
                },
            ],
        }
    ]


def test_the_text_of_notifications_is_escaped():
    """
    In the text beside the blocks nothing can call a person or make a link.
    """
    (part,) = render(Message(blocks=(Paragraph(plain("<!channel> & <@U1>")),)))

    assert part.text == "&lt;!channel&gt; &amp; &lt;@U1&gt;"


def test_addresses_in_text_can_be_pressed():
    """
    Slack finds no addresses in rich text by itself.
    """
    (part,) = render(Message(blocks=(Paragraph(plain("see https://a.bc/x_y.")),)))

    assert part.blocks[0]["elements"][0]["elements"] == [
        {"type": "text", "text": "see "},
        {"type": "link", "url": "https://a.bc/x_y"},
        {"type": "text", "text": "."},
    ]


@pytest.mark.parametrize("text", ["", " ", "\u202e", "\x00", "\u200b"])
def test_a_message_that_shows_nothing_is_not_sent_empty(text):
    """
    Slack refuses an empty message: a sign stands in for it.
    """
    assert [part.text for part in render(Message(blocks=(Paragraph(plain(text)),)))] == ["…"]


def test_buttons_are_rows_of_the_last_part():
    """
    Actions and web pages become buttons; what Slack has no button for is a line of text.
    """
    row = (
        Button("x" * 100, CheckIn("1")),
        Button("Site", OpenUrl("https://example.com/")),
        Button("Copy", CopyText("abc")),
    )

    *first, last = render(Message(blocks=(Paragraph(plain("x " * 4000)),), buttons=(row,)))

    assert first
    assert all(len(part.blocks) == 1 for part in first)
    assert last.text.endswith("Copy: abc")
    check_in, site = last.blocks[1]["elements"]
    assert len(check_in["text"]["text"]) == 75
    assert check_in["value"] == "ci:1"
    assert site["url"] == "https://example.com/"
    assert check_in["action_id"] != site["action_id"]
