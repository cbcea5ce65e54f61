"""What every rendering does with texts and blocks before it serialises them."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.markup.characters import is_blank, legible
from core.markup.links import is_link
from core.message import (
    Block,
    Button,
    CodeBlock,
    CopyText,
    Field,
    Fields,
    Heading,
    OpenUrl,
    Paragraph,
    Quote,
    Span,
    Style,
    Text,
    plain,
    styled,
)

_COLONS = ":："  # half-width, full-width


def legible_blocks(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """`blocks` with nothing in them that cannot be sent, without those that show nothing."""
    cleaned = [trimmed(_legible_block(block)) for block in blocks]
    return tuple(block for block in cleaned if not is_blank(shown_text(block)))


def merged(text: Iterable[Span]) -> Text:
    """`text` without empty runs, and neighbours of one look as one run."""
    runs: list[list[str]] = []
    looks: list[Span] = []
    for span in text:
        if not span.text:
            continue
        if looks and (looks[-1].styles, looks[-1].url) == (span.styles, span.url):
            runs[-1].append(span.text)
        else:
            looks.append(span)
            runs.append([span.text])
    return tuple(replace(look, text="".join(run)) for look, run in zip(looks, runs, strict=True))


def trimmed(block: Block) -> Block:
    """`block` without the empty lines before its text and the blanks after it."""
    match block:
        case Fields():
            return block
        case CodeBlock():
            return replace(block, text=block.text.lstrip("\n").rstrip())
        case Heading() | Paragraph() | Quote():
            text = shown_text(block)
            if text[:1] != "\n" and not text[-1:].isspace():
                return block
            start = len(text) - len(text.lstrip("\n"))
            return replace(block, text=sliced(block.text, start, len(text.rstrip())))


def sliced(text: Text, start: int, end: int) -> Text:
    """The characters of `text` from `start` to `end`, in their looks."""
    spans: list[Span] = []
    at = 0
    for span in text:
        if at >= end:
            break
        piece = span.text[max(0, start - at) : end - at]
        if piece:
            spans.append(replace(span, text=piece))
        at += len(span.text)
    return tuple(spans)


def field_text(field: Field) -> Text:
    """
    A field as one line: its label, a colon as the label's script has it, and its value.

    A label in Chinese or Japanese takes the full-width colon and no blank. One that ends with a
    colon of its own keeps that.
    """
    label = field.label.rstrip()
    if not label:
        return field.value
    if label[-1] not in _COLONS:
        label += _COLONS[any(_is_wide_letter(character) for character in label)]
    return (Span(label if label[-1] == _COLONS[True] else f"{label} "), *field.value)


def as_fields(buttons: Iterable[Button]) -> tuple[Block, ...]:
    """What buttons hold that a platform does not take: an address or a text, not an action."""
    fields: list[Field] = []
    for button in buttons:
        match button.does:
            case OpenUrl(url):
                fields.append(Field(button.label, plain(url)))
            case CopyText(text):
                fields.append(Field(button.label, styled(text, Style.CODE)))
            case _:
                pass
    return (Fields(tuple(fields)),) if fields else ()


def shown_text(block: Block) -> str:
    """The characters of `block`, without styles and addresses."""
    match block:
        case Fields():
            return "\n".join(_characters(field_text(field)) for field in block.fields)
        case CodeBlock():
            return block.text
        case Heading() | Paragraph() | Quote():
            return _characters(block.text)


def shown_length(blocks: Iterable[Block]) -> int:
    """How many characters there are to be shown."""
    return sum(len(shown_text(block)) for block in blocks)


def with_addresses(block: Block) -> str:
    """The characters of `block`, each link followed by where it leads, unless it says so itself."""
    match block:
        case Fields():
            return "\n".join(_with_addresses(field_text(field)) for field in block.fields)
        case CodeBlock():
            return block.text
        case Heading() | Paragraph() | Quote():
            return _with_addresses(block.text)


def _is_wide_letter(character: str) -> bool:
    return (
        unicodedata.category(character)[0] == "L"
        and unicodedata.east_asian_width(character) in "WF"
    )


def _characters(text: Sequence[Span]) -> str:
    return "".join(span.text for span in text)


def _with_addresses(text: Sequence[Span]) -> str:
    return "".join(
        f"{span.text} ({span.url})" if span.url and span.url != span.text else span.text
        for span in text
    )


def _legible_block(block: Block) -> Block:
    match block:
        case Fields():
            return Fields(
                tuple(
                    Field(legible(field.label).replace("\n", " "), _legible_text(field.value))
                    for field in block.fields
                )
            )
        case CodeBlock():
            return replace(block, text=legible(block.text))
        case Heading() | Paragraph() | Quote():
            return replace(block, text=_legible_text(block.text))


def _legible_text(text: Text) -> Text:
    return merged(_legible_span(span) for span in text)


def _legible_span(span: Span) -> Span:
    """`span` cleaned; an address that cannot be a link is shown behind its text instead."""
    text = legible(span.text)
    if span.url is None or (is_link(span.url) and not is_blank(text)):
        return replace(span, text=text)
    return Span(legible(f"{text} ({span.url})" if span.url not in text else text), span.styles)
