"""
Messages as Slack takes them: one rich text block, rows of buttons, and a plain text for notices.

Slack's mrkdwn cannot escape its own marks, so that `*x*` would not be shown as written. Text in a
rich text block is never read as markup, nor as a mention or an emoji's name. The part's `text` is
what notifications show; in it `&`, `<` and `>` are escaped, and the caller sends `mrkdwn` false for
the rest. Apps have no spoilers, no underline and no buttons that copy: such text is plain, such
buttons are lines of text. A picture is left out.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.actions import Action, encode
from core.markup.characters import is_blank, one_line, utf16_length
from core.markup.links import is_link, is_web_page
from core.markup.runs import (
    as_fields,
    field_text,
    legible_blocks,
    merged,
    shown_text,
    trimmed,
    with_addresses,
)
from core.message import (
    Block,
    Button,
    ButtonRow,
    CodeBlock,
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

_MAX_TEXT = 4000  # UTF-16 units of `text`, as advised for chat.postMessage
_MAX_BLOCKS = 12_000  # characters of the blocks' JSON; refusals were seen from 13,000 on
_MAX_LABEL = 75  # of a button
_MAX_ROW, _MAX_ROWS = 25, 49  # buttons of an action block; blocks of a message but the text's
_NOTHING = "…"  # stands for a message without a visible character, which Slack refuses
_SECTION = "rich_text_section"
_STYLES = (
    (Style.BOLD, "bold"),
    (Style.ITALIC, "italic"),
    (Style.STRIKETHROUGH, "strike"),
    (Style.CODE, "code"),
)
_ADDRESS = re.compile(r"https?://[^\s<>]*[^\s<>.,:;!?\"'\])}。，；：！？、）」』】]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RenderedPart:
    """
    One message to send. The buttons are in the last part's `blocks`.

    `plain` is what stands for all of it where the blocks are refused: `text`, and where the buttons
    lead.
    """

    text: str
    plain: str
    blocks: list[Any] = field(default_factory=list[Any])


def render(message: Message) -> tuple[RenderedPart, ...]:
    """
    `message` as one part or more.

    Raises:
        ValueError: an action does not fit into a button.
    """
    rows, left_out = _arranged(message.buttons)
    blocks = legible_blocks([*message.blocks, *as_fields(left_out)])
    parts = [part for part in split(blocks, _load) if not is_blank("".join(map(shown_text, part)))]
    *first, last = [_rendered(part) for part in parts] or [
        _rendered([Paragraph((Span(_NOTHING),))])
    ]
    addresses = as_fields(button for row in message.buttons for button in row)
    longer = "\n\n".join([last.text, *(_escaped(with_addresses(block)) for block in addresses)])
    return (*first, RenderedPart(last.text, longer, [*last.blocks, *rows]))


def _arranged(buttons: tuple[ButtonRow, ...]) -> tuple[list[Any], list[Button]]:
    """The action blocks, and the buttons that Slack would refuse the message for."""
    rows: list[list[Button]] = []
    left_out: list[Button] = []
    for row in buttons:
        taken = [button for button in row if _is_taken(button)]
        left_out += [button for button in row if not _is_taken(button)]
        rows += [taken[at : at + _MAX_ROW] for at in range(0, len(taken), _MAX_ROW)]
    left_out += [button for row in rows[_MAX_ROWS:] for button in row]
    shown = [
        {"type": "actions", "elements": [_button(button, at) for at, button in enumerate(row)]}
        for row in rows[:_MAX_ROWS]
    ]
    return shown, left_out


def _is_taken(button: Button) -> bool:
    match button.does:
        case OpenUrl(url):
            return is_web_page(url)
        case Action():
            return True
        case _:
            return False


def _button(button: Button, place: int) -> dict[str, Any]:
    """Slack wants an `action_id` that is the only one in its row, and gives it back at a press."""
    label = {"type": "plain_text", "text": one_line(button.label, _MAX_LABEL), "emoji": False}
    match button.does:
        case Action() as action:
            data = encode(action)
            return {"type": "button", "text": label, "action_id": f"do.{place}", "value": data}
        case OpenUrl(url):
            return {"type": "button", "text": label, "action_id": f"open.{place}", "url": url}
        case _:
            raise TypeError(f"Slack has no button for {button.does!r}")


def _rendered(blocks: Sequence[Block]) -> RenderedPart:
    shown = [trimmed(block) for block in blocks]
    text = _escaped("\n\n".join(with_addresses(block) for block in shown))
    return RenderedPart(text, text, [{"type": "rich_text", "elements": _elements(shown)}])


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _load(blocks: Sequence[Block]) -> float:
    part = _rendered(blocks)
    length = len(json.dumps(part.blocks, ensure_ascii=False))
    return max(utf16_length(part.text) / _MAX_TEXT, length / _MAX_BLOCKS)


def _elements(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """The elements of a rich text. Blocks of running text that follow each other are one."""
    elements: list[dict[str, Any]] = []
    for block in blocks:
        kind, runs = _element(block)
        if elements and kind == elements[-1]["type"] == _SECTION:
            elements[-1]["elements"] += [{"type": "text", "text": "\n\n"}, *runs]
        else:
            elements.append({"type": kind, "elements": list(runs)})
    return elements


def _element(block: Block) -> tuple[str, Iterator[dict[str, Any]]]:
    match block:
        case CodeBlock(text):
            return "rich_text_preformatted", iter([{"type": "text", "text": text}])
        case Quote(text):
            return "rich_text_quote", _runs(text)
        case Heading(text):
            return _SECTION, _runs(text, Style.BOLD)
        case Paragraph(text):
            return _SECTION, _runs(text)
        case Fields(fields):
            lines = [(Span("\n" if at else ""), *field_text(f)) for at, f in enumerate(fields)]
            return _SECTION, _runs(merged(span for line in lines for span in line))


def _runs(text: Text, *also: Style) -> Iterator[dict[str, Any]]:
    for span in text:
        look = _look(span.styles.union(also))
        if span.url is not None and is_link(span.url):
            yield {"type": "link", "url": span.url, "text": span.text, **look}
        elif Style.CODE in span.styles:
            yield {"type": "text", "text": span.text, **look}
        else:
            yield from _linked(span.text, look)


def _linked(text: str, look: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Text whose web addresses lead where they say: Slack finds none in rich text by itself."""
    at = 0
    for found in _ADDRESS.finditer(text):
        if is_link(found[0]):
            if found.start() > at:
                yield {"type": "text", "text": text[at : found.start()], **look}
            yield {"type": "link", "url": found[0], **look}
            at = found.end()
    if at < len(text):
        yield {"type": "text", "text": text[at:], **look}


def _look(styles: frozenset[Style]) -> dict[str, Any]:
    style = {name: True for known, name in _STYLES if known in styles}
    return {"style": style} if style else {}
