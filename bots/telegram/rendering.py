"""
Messages as Telegram takes them: HTML, plain text to fall back on, and the inline keyboard.

This is the one place where text is escaped for Telegram. Sizes are Telegram's: a message has up to
4096 UTF-16 units once its tags are taken out, a picture's caption 1024, and only the first 100
entities are formatted. What Telegram would refuse a whole message for (an address it does not know
as one, a text too long to copy) is no button here but a line of text, so that nothing is lost.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from html import escape

from aiogram.types import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from core.actions import MAX_BYTES, Action, encode
from core.markup.characters import is_blank, legible, one_line, utf16_length
from core.markup.links import is_web_page
from core.markup.runs import as_fields, field_text, legible_blocks, trimmed, with_addresses
from core.message import (
    Block,
    Button,
    ButtonRow,
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
)
from core.splitting import split

_MAX_UNITS = 4096  # UTF-16 units of a message's text, Bot API `sendMessage`
_MAX_CAPTION = 1024  # UTF-16 units, Bot API `sendPhoto`
_MAX_ENTITIES = 100
_MAX_COPY = 256  # characters, Bot API `CopyTextButton`
_MAX_ROW, _MAX_BUTTONS = 8, 100
_MAX_LABEL = 256  # UTF-16 units; far more than a button shows
_MAX_KEYBOARD = 10_000  # bytes of labels and data; "reply markup is too long" comes a little later
_NOTHING = "…"  # stands for a message without a visible character, which cannot be sent
_TAGS = (
    (Style.BOLD, "b"),
    (Style.ITALIC, "i"),
    (Style.UNDERLINE, "u"),
    (Style.STRIKETHROUGH, "s"),
    (Style.SPOILER, "tg-spoiler"),
)
_TELEGRAM_LINK = re.compile("tg:", re.IGNORECASE)
_LANGUAGE = re.compile(r"[\w+#.-]{1,32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RenderedPart:
    """
    One message to send. `text` says the same without any markup; `picture`: the PNG whose caption
    it is.
    """

    html: str
    text: str
    picture: bytes | None = field(default=None, repr=False)


def render(message: Message) -> tuple[RenderedPart, ...]:
    """
    `message` as one part or more; the keyboard belongs below the last, the picture to the first.
    """
    _, left_out = _arranged(message.buttons)
    blocks = legible_blocks([*message.blocks, *as_fields(left_out)])
    size = _MAX_UNITS if message.picture is None else _MAX_CAPTION
    parts = [_rendered(part) for part in split(blocks, partial(_load, size=size))]
    visible = tuple(part for part in parts if not is_blank(part.text))
    if message.picture is None:
        return visible or (RenderedPart(_NOTHING, _NOTHING),)
    caption, *others = visible or (RenderedPart("", ""),)
    return (replace(caption, picture=message.picture.png), *others)


def keyboard(buttons: tuple[ButtonRow, ...]) -> InlineKeyboardMarkup | None:
    """
    The inline keyboard, None if no button is left that Telegram would take.

    Raises:
        ValueError: an action does not fit into a button.
    """
    rows, _ = _arranged(buttons)
    if not rows:
        return None
    return InlineKeyboardMarkup(
        inline_keyboard=[[_button(button) for button in row] for row in rows]
    )


def _arranged(buttons: tuple[ButtonRow, ...]) -> tuple[list[list[Button]], list[Button]]:
    """The rows as Telegram takes them, and the buttons that it would refuse the message for."""
    rows: list[list[Button]] = []
    left_out: list[Button] = []
    count = size = 0
    for row in buttons:
        taken: list[Button] = []
        for button in row:
            takes = _button_size(button)
            if takes is None or count == _MAX_BUTTONS or size + takes > _MAX_KEYBOARD:
                left_out.append(button)
                continue
            taken.append(button)
            count, size = count + 1, size + takes
        rows += [taken[at : at + _MAX_ROW] for at in range(0, len(taken), _MAX_ROW)]
    return rows, left_out


def _button_size(button: Button) -> int | None:
    """The bytes that a button takes of its keyboard, None if Telegram takes no such button."""
    label = len(one_line(button.label, _MAX_LABEL).encode())
    match button.does:
        case OpenUrl(url):
            return label + len(url.encode()) if is_web_page(url) else None
        case CopyText(text):
            data = legible(text)
            fits = 0 < utf16_length(data) <= _MAX_COPY
            return label + len(data.encode()) if fits else None
        case _:
            return label + MAX_BYTES


def _button(button: Button) -> InlineKeyboardButton:
    label = one_line(button.label, _MAX_LABEL)
    match button.does:
        case OpenUrl(url):
            return InlineKeyboardButton(text=label, url=url)
        case CopyText(text):
            return InlineKeyboardButton(text=label, copy_text=CopyTextButton(text=legible(text)))
        case Action() as action:
            return InlineKeyboardButton(text=label, callback_data=encode(action))


def _rendered(blocks: Sequence[Block]) -> RenderedPart:
    shown = [trimmed(block) for block in blocks]
    return RenderedPart(
        html="\n\n".join(_block(block) for block in shown),
        text="\n\n".join(with_addresses(block) for block in shown),
    )


def _load(blocks: Sequence[Block], *, size: int) -> float:
    """
    How full a message is that has room for `size` UTF-16 units. Escaped text has no `</`, so that
    closing tags can be counted.
    """
    part = _rendered(blocks)
    entities = part.html.count("</") - part.html.count("</code></pre>")
    return max(utf16_length(part.text) / size, entities / _MAX_ENTITIES)


def _block(block: Block) -> str:
    match block:
        case Heading(text):
            return _text(text, Style.BOLD)
        case Paragraph(text):
            return _text(text)
        case Fields(fields):
            return "\n".join(_text(field_text(field)) for field in fields)
        case CodeBlock(text, language):
            return _code_block(text, language)
        case Quote(text):
            return f"<blockquote>{_text(text)}</blockquote>"


def _code_block(text: str, language: str) -> str:
    code = escape(text, quote=False)
    if _LANGUAGE.fullmatch(language):
        return f'<pre><code class="language-{language}">{code}</code></pre>'
    return f"<pre>{code}</pre>"


def _text(text: Text, *also: Style) -> str:
    return "".join(_span(span, span.styles.union(also)) for span in text)


def _span(span: Span, styles: frozenset[Style]) -> str:
    """
    A run with its tags. Telegram lets nothing else lie inside or around `code` (Bot API,
    "Formatting options"): a run of code has no other style, and a link or a spoiler is no code.
    """
    html = escape(span.text, quote=False)
    if span.url is not None and (is_web_page(span.url) or _TELEGRAM_LINK.match(span.url)):
        html = f'<a href="{escape(span.url)}">{html}</a>'
    elif span.url is not None and span.url != span.text:
        html = f"{html} ({escape(span.url, quote=False)})"
    elif Style.CODE in styles and Style.SPOILER not in styles:
        return f"<code>{html}</code>"
    for style, tag in _TAGS:
        if style in styles:
            html = f"<{tag}>{html}</{tag}>"
    return html
