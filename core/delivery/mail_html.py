"""
Messages as HTML that stands within a paragraph of a mail.

This is the one place where text is escaped for mail: the panel's templates print what they are
given. Only inline tags are used, since the template has a paragraph around them. A spoiler hides
nothing in a mail, and a button that asks the bot for something has no use there.
"""

from collections.abc import Sequence
from html import escape

from core.markup.characters import is_blank, legible
from core.markup.links import is_link
from core.markup.runs import field_text, legible_blocks
from core.message import (
    Block,
    Button,
    CodeBlock,
    CopyText,
    Fields,
    Heading,
    Message,
    OpenUrl,
    Paragraph,
    Quote,
    Span,
    Style,
    Text,
    link,
    plain,
    plain_text,
    styled,
)

_LINE_END = "<br>\n"
_TAGS = (
    (Style.CODE, "code"),
    (Style.BOLD, "b"),
    (Style.ITALIC, "i"),
    (Style.UNDERLINE, "u"),
    (Style.STRIKETHROUGH, "s"),
)


def subject_and_body(message: Message) -> tuple[str, str]:
    """
    What stands in a mail's subject, as text ("" if the message has no title), and its HTML.

    The title is not said again, unless there is nothing else to be said. "" for the HTML if
    nothing of the message can be seen.
    """
    blocks = legible_blocks(message.blocks)
    subject = ""
    if blocks and isinstance(blocks[0], Heading):
        subject = " ".join(plain_text(blocks[0].text).split())
        blocks = blocks[1:] or blocks
    shown = [_block(block) for block in blocks]
    shown += [_lines(line) for row in message.buttons for line in map(_button, row) if line]
    return subject, (_LINE_END * 2).join(shown)


def as_html(text: str) -> str:
    """Text as it stands in HTML."""
    return escape(legible(text)).replace("\n", _LINE_END)


def _block(block: Block) -> str:
    match block:
        case Heading(text):
            return f"<b>{_lines(text)}</b>"
        case Paragraph(text):
            return _lines(text)
        case Fields(fields):
            return _LINE_END.join(_lines(field_text(field)) for field in fields)
        case CodeBlock(text):
            return f"<code>{_indented(text)}</code>"
        case Quote(text):
            return f"<i>{_lines(text)}</i>"


def _button(button: Button) -> Text:
    label = " ".join(legible(button.label).split())
    match button.does:
        case OpenUrl(url) if is_link(url):
            return link(url if is_blank(label) else label, url)
        case OpenUrl(url):
            return plain(legible(f"{label}: {url}"))
        case CopyText(text):
            return (Span(f"{label}: "), *styled(legible(text), Style.CODE))
        case _:
            return ()


def _lines(text: Sequence[Span]) -> str:
    return "".join(_span(span) for span in text)


def _span(span: Span) -> str:
    html = as_html(span.text)
    for style, tag in _TAGS:
        if style in span.styles:
            html = f"<{tag}>{html}</{tag}>"
    if span.url is None:
        return html
    return f'<a href="{escape(span.url)}">{html}</a>'


def _indented(text: str) -> str:
    """Code with the blanks at the beginnings of its lines, which HTML would leave out."""
    lines = text.expandtabs(4).split("\n")
    return _LINE_END.join(
        "&#160;" * (len(line) - len(line.lstrip(" "))) + escape(line.lstrip(" ")) for line in lines
    )
