import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.telegram.entities import Entity, as_html
from sandbox.telegram.errors import ApiError
from sandbox.telegram.formatting_html import parse_html
from sandbox.telegram.texts import caption_text, message_text
from sandbox.telegram.tidying import untangled

KINDS = st.sampled_from(
    ["bold", "italic", "underline", "spoiler", "code", "pre", "text_link", "blockquote"]
)
ENTITIES = st.builds(Entity, KINDS, st.integers(0, 12), st.integers(1, 8))


def formatted(text, mode="HTML"):
    return message_text(text, parse_mode=mode, entities="")


def refused(text, *, make=message_text, mode="HTML", entities=""):
    with pytest.raises(ApiError) as caught:
        make(text, parse_mode=mode, entities=entities)
    assert caught.value.code == 400
    return caught.value.description


@given(st.lists(ENTITIES, max_size=8))
def test_entities_end_up_well_nested(entities):
    """
    Whatever a bot marks, no two runs cross, nothing lies within code, no quotation in another.
    """
    kept = untangled(entities)

    for one in kept:
        for other in kept:
            apart = one.end <= other.offset or other.end <= one.offset
            within = one.offset <= other.offset and other.end <= one.end
            around = other.offset <= one.offset and one.end <= other.end
            assert apart or within or around
            if one is not other and not apart:
                assert not {one.kind, other.kind} <= {"code", "pre", "bold"}


@given(st.text(max_size=30), st.lists(ENTITIES, max_size=5))
def test_the_page_shows_text_as_written(text, entities):
    """
    Whatever somebody writes, it is text on a page and never markup.
    """
    length = len(text.encode("utf-16-le", errors="surrogatepass")) // 2
    inside = [entity for entity in untangled(entities) if entity.end <= length]

    shown = as_html(text, inside)

    assert shown.count("<") == shown.count(">")
    assert "<script" not in shown


def test_bold_is_cut_where_code_begins():
    """
    Code cannot be bold.
    """
    _, entities = formatted("<b>a<code>b</code>c</b>")

    assert entities == (Entity("bold", 0, 1), Entity("code", 1, 1), Entity("bold", 2, 1))


def test_a_message_is_trimmed_and_its_entities_with_it():
    """
    White space at both ends is not sent.
    """
    assert formatted(" \n<b> a </b> \n") == ("a", (Entity("bold", 0, 1),))


def test_only_a_hundred_entities_are_kept():
    """
    The rest of a message loses its formatting, silently.
    """
    _, entities = formatted("<b>a</b>x" * 101)

    assert len(entities) == 100


def test_commands_mentions_and_addresses_are_found_by_themselves():
    """
    As the platform does it, in what is not marked otherwise.
    """
    _, entities = formatted("/start @bobby a@b.cc https://x.yz/q, #tag <code>/no</code>")

    assert [entity.kind for entity in entities] == [
        "bot_command",
        "mention",
        "email",
        "url",
        "hashtag",
        "code",
    ]


def test_a_text_of_4096_characters_is_taken_and_one_more_is_not():
    """
    Characters are counted after parsing, and one outside the basic plane is one.
    """
    assert len(formatted("<b>" + "😀" * 4096 + "</b>")[0]) == 4096
    assert refused("a" * 4097) == "Bad Request: message is too long"


def test_a_caption_of_1024_characters_is_taken_and_one_more_is_not():
    """
    A caption may also be empty.
    """
    assert caption_text("", parse_mode="", entities="") == ("", ())
    assert len(caption_text("a" * 1024, parse_mode="", entities="")[0]) == 1024
    assert refused("a" * 1025, make=caption_text) == "Bad Request: message caption is too long"


@pytest.mark.parametrize(
    ("text", "mode", "entities", "said"),
    [
        ("", "", "", "message text is empty"),
        (" \n\t", "", "", "text must be non-empty"),
        ("<b></b>", "HTML", "", "text must be non-empty"),
        ("a" * 32769, "", "", "text is too long"),
        ("a", "Wiki", "", "unsupported parse_mode"),
        ("<x>", "HTML", "", 'can\'t parse entities: Unsupported start tag "x" at byte offset 0'),
        (
            "a.",
            "MarkdownV2",
            "",
            (
                "can't parse entities: "
                "Character '.' is reserved and must be escaped with the preceding '\\'"
            ),
        ),
        ("a", "", '[{"type":"bold"}]', "can't parse MessageEntity: Can't find field \"offset\""),
        (
            "a",
            "",
            '[{"type":"x","offset":0,"length":1}]',
            "can't parse MessageEntity: Unsupported type specified",
        ),
    ],
)
def test_what_is_wrong_with_a_text_is_said(text, mode, entities, said):
    """
    In the real server's words.
    """
    assert refused(text, mode=mode, entities=entities) == f"Bad Request: {said}"


def test_entities_may_be_named_instead_of_marked():
    """
    Those outside the text are dropped.
    """
    entities = '[{"type":"bold","offset":0,"length":1},{"type":"bold","offset":5,"length":1}]'

    assert message_text("<a", parse_mode="", entities=entities) == ("<a", (Entity("bold", 0, 1),))


def test_what_a_page_shows_parses_back_to_the_same():
    """
    The page's HTML says what the message says.
    """
    text, entities = formatted("a &lt; <b>b <i>c</i></b> <pre>d</pre>")

    assert as_html(text, entities) == "a &lt; <b>b <i>c</i></b> <pre><code>d</code></pre>"
    assert parse_html(as_html(text, entities))[0] == text
