"""Cutting long messages: nothing lost, nothing torn, in proportion to the text."""

import time

import pytest
from hypothesis import given, settings

from core.markup.runs import legible_blocks, shown_text
from core.message import CodeBlock, Field, Fields, Heading, Paragraph, Quote, Span, Style, plain
from core.splitting import split
from tests.rendering.messages import messages


def by_length(limit):
    return lambda blocks: sum(len(shown_text(block)) + 2 for block in blocks) / limit


def characters(blocks):
    return "".join(shown_text(block).replace("\n", "") for block in blocks)


@settings(max_examples=100, deadline=None)
@given(messages)
def test_the_parts_put_together_are_the_whole(made):
    """
    No character is lost or doubled, and each part fits.
    """
    blocks = legible_blocks(made.blocks)
    load = by_length(60)

    parts = split(blocks, load)

    assert "".join(characters(part) for part in parts) == characters(blocks)
    assert all(load(part) <= 1 for part in parts)
    assert all(parts)


def text_of(part):
    return [shown_text(block).strip() for block in part]


def test_what_fits_stays_in_one():
    """
    A message that fits is left as it is.
    """
    blocks = (Heading(plain("a")), Paragraph(plain("b")))

    assert split(blocks, by_length(100)) == (blocks,)


def test_no_blocks_are_no_parts():
    """
    Nothing to say, nothing to send.
    """
    assert split((), by_length(100)) == ()


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        (
            [Paragraph(plain("x" * 40)), Paragraph(plain("y" * 40))],
            [["x" * 40], ["y" * 40]],
        ),
        (
            [Paragraph(plain(f"{'x' * 30}\n{'y' * 15}\n{'z' * 30}"))],
            [["x" * 30 + "\n" + "y" * 15], ["z" * 30]],
        ),
        (
            [Paragraph(plain("word " * 20))],
            [[("word " * 11).strip()], [("word " * 9).strip()]],
        ),
        (
            [Paragraph(plain("a" * 35)), Heading(plain("title")), Paragraph(plain("b" * 30))],
            [["a" * 35], ["title", "b" * 30]],
        ),
        (
            [Paragraph(plain("你好。" + "好" * 40 + "。" + "吗" * 40))],
            [["你好。" + "好" * 40 + "。"], ["吗" * 40]],
        ),
        ([CodeBlock(f"{'x' * 40}\n{'y' * 40}", "py")], [["x" * 40], ["y" * 40]]),
    ],
    ids=["blocks", "lines", "words", "headings", "Chinese", "code"],
)
def test_a_part_ends_where_it_reads_best(blocks, expected):
    """
    Between blocks before lines, lines before words; a heading goes with what it heads.
    """
    assert [text_of(part) for part in split(blocks, by_length(60))] == expected


def test_styles_and_kinds_go_on_in_the_next_part():
    """
    A cut quote is two quotes, and what was bold stays bold.
    """
    bold = Span("x " * 50, frozenset({Style.BOLD}))

    parts = split([Quote((bold,)), CodeBlock("y " * 50, "py")], by_length(60))

    quotes = [block for part in parts for block in part if isinstance(block, Quote)]
    codes = [block for part in parts for block in part if isinstance(block, CodeBlock)]
    assert len(quotes) > 1
    assert len(codes) > 1
    assert {span.styles for quote in quotes for span in quote.text} == {frozenset({Style.BOLD})}
    assert {code.language for code in codes} == {"py"}


def test_fields_are_cut_between_fields_and_only_then_within():
    """
    A short field stays whole; one that is longer than a message is cut as running text.
    """
    fields = Fields(
        (Field("a", plain("x" * 25)), Field("b", plain("y" * 25)), Field("c", plain("z" * 99)))
    )

    parts = split([fields], by_length(60))

    assert text_of(parts[0]) == ["a: " + "x" * 25 + "\nb: " + "y" * 25]
    assert "".join(characters(part) for part in parts).endswith("c: " + "z" * 99)


@pytest.mark.parametrize(
    "cluster",
    [
        "👨\u200d👩\u200d👧\u200d👦",
        "👍🏽",
        "🇩🇪",
        "e\u0301\u0323",
        "❤\ufe0f",
        "\U0001f3f4\U000e0067\U000e007f",
        "\u1112\u1161\u11ab",
    ],
    ids=["family", "skin", "flag", "accents", "variant", "tags", "Hangul"],
)
@pytest.mark.parametrize("offset", range(4))
def test_what_is_one_to_the_eye_is_not_cut(cluster, offset):
    """
    An emoji of several characters, a flag or a letter with accents stays whole.
    """
    text = "a" * offset + cluster * 40

    parts = split([Paragraph(plain(text))], by_length(60))

    assert all(characters(part).lstrip("a").replace(cluster, "") == "" for part in parts)


@pytest.mark.parametrize(
    "blocks",
    [
        (Paragraph(plain("你好世界，abc " * 80_000)),),
        (Paragraph(plain("x" * 1_000_000)),),
        (CodeBlock("x\n" * 200_000),),
        (Paragraph(plain("\n" * 400_000)), Paragraph(plain("x"))),
        (Paragraph(plain("e" + "\u0301" * 1_000_000)),),
        (
            Paragraph(
                tuple(Span("ab", frozenset({Style.BOLD} if n % 2 else ())) for n in range(20_000))
            ),
        ),
    ],
    ids=["words", "one word", "lines", "empty lines", "accents", "runs"],
)
def test_a_very_long_text_is_cut_in_seconds(blocks):
    """
    The work is in proportion to the text, whatever it is made of.
    """
    start = time.process_time()

    parts = split(blocks, by_length(4000))

    assert time.process_time() - start < 15
    assert sum(len(characters(part)) for part in parts) == len(characters(blocks))
