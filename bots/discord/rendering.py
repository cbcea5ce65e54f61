r"""
Messages as Discord takes them: its Markdown, and components for the buttons.

This is the one place where text is escaped for Discord: `\` before a character takes its meaning
away, but not inside code and addresses, which are handled by themselves. Discord's limit of 2000
is for the written content, escapes included. It is counted in UTF-16 units, the strictest reading.
Discord has no buttons that copy, and refuses addresses that it does not know as ones: both become
lines of text. A picture is left out. Mentions in text are shown and reach nobody, provided that the
caller sends `allowed_mentions` with an empty `parse`; the escapes alone do not keep that.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core.actions import Action, encode
from core.markup.characters import is_blank, one_line, utf16_length
from core.markup.links import is_link, is_web_page
from core.markup.runs import (
    as_fields,
    field_text,
    legible_blocks,
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
    Style,
    Text,
    plain,
)
from core.splitting import split

_MAX_CONTENT = 2000  # UTF-16 units, Discord's message resource
_MAX_LABEL = 80  # characters of a button, as are the next
_MAX_URL = 512
_MAX_ROW, _MAX_ROWS = 5, 5
_ACTION_ROW, _BUTTON = 1, 2  # component types
_SECONDARY, _LINK = 2, 5  # button styles
_NOTHING = "…"  # stands for a message without a visible character, which Discord refuses
_APART = "\u200b"  # keeps two delimiters from being read as one, and an @ from its name

_STYLES = (  # the innermost first
    (Style.ITALIC, "*"),
    (Style.UNDERLINE, "__"),
    (Style.STRIKETHROUGH, "~~"),
    (Style.BOLD, "**"),
    (Style.SPOILER, "||"),
)
_BLIND = ("~~", "||")  # end at the first such mark, be it escaped or not
_SPECIAL = re.compile(r"[\\*_~`|<>\[\]()]|:(?=//|[\w+-]+:)")  # the last: addresses, emoji by name
_LINE_START = re.compile(r"^([ \t]*[0-9]*)([#+.-])", re.MULTILINE)  # headings and lists
_MENTION = re.compile("@(?=everyone|here|[!&]?[0-9])")
_ADDRESS = re.compile(r"https?://[^\s<>]*[^\s<>.,:;!?\"'\])}。，；：！？、）」』】]", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"[*~|`()\[\]]|(?<=_)_|_(?=_)")  # what could end a style or a link
_LINE = re.compile("[^\n]*\n|[^\n]+")
_UNMASKABLE = re.compile(r"[\[\]]|://")
_MARKS = ("*", "_", "~", "|", "`")
_LANGUAGE = re.compile(r"[\w+#.-]{1,32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RenderedPart:
    """
    One message to send. `components`: action rows as the API has them, in the last part only.

    `plain` says the same without marks and buttons, as far as that fits.
    """

    content: str
    plain: str
    components: list[Any] = field(default_factory=list[Any])


def render(message: Message) -> tuple[RenderedPart, ...]:
    """
    `message` as one part or more.

    Raises:
        ValueError: an action does not fit into a button.
    """
    rows, left_out = _arranged(message.buttons)
    blocks = legible_blocks([*message.blocks, *as_fields(left_out)])
    parts = [part for part in split(blocks, _load) if not is_blank("".join(map(shown_text, part)))]
    *first, last = parts or [[Paragraph(plain(_NOTHING))]]
    return (
        *(RenderedPart(_content(part), _plain(part)) for part in first),
        RenderedPart(_content(last), _plain(last, message.buttons), rows),
    )


def _plain(blocks: Sequence[Block], buttons: tuple[ButtonRow, ...] = ()) -> str:
    """The text of a part without marks, and where its buttons lead."""
    written = [_escaped(with_addresses(trimmed(block))) for block in blocks]
    lines = as_fields(button for row in buttons for button in row)
    addresses = [_escaped(with_addresses(block)) for block in lines]
    longer = "\n\n".join([*written, *addresses])
    return longer if utf16_length(longer) <= _MAX_CONTENT else "\n\n".join(written)


def _arranged(buttons: tuple[ButtonRow, ...]) -> tuple[list[Any], list[Button]]:
    """The action rows, and the buttons that Discord would refuse the message for."""
    rows: list[list[Button]] = []
    left_out: list[Button] = []
    for row in buttons:
        taken = [button for button in row if _is_taken(button)]
        left_out += [button for button in row if not _is_taken(button)]
        rows += [taken[at : at + _MAX_ROW] for at in range(0, len(taken), _MAX_ROW)]
    left_out += [button for row in rows[_MAX_ROWS:] for button in row]
    shown = [
        {"type": _ACTION_ROW, "components": [_component(button) for button in row]}
        for row in rows[:_MAX_ROWS]
    ]
    return shown, left_out


def _is_taken(button: Button) -> bool:
    match button.does:
        case OpenUrl(url):
            return is_web_page(url) and len(url) <= _MAX_URL
        case Action():
            return True
        case _:
            return False


def _component(button: Button) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": _BUTTON, "label": one_line(button.label, _MAX_LABEL)}
    match button.does:
        case Action() as action:
            return {**shown, "style": _SECONDARY, "custom_id": encode(action)}
        case OpenUrl(url):
            return {**shown, "style": _LINK, "url": url}
        case _:
            raise TypeError(f"Discord has no button for {button.does!r}")


def _content(blocks: Sequence[Block]) -> str:
    return "\n\n".join(_block(trimmed(block)) for block in blocks)


def _load(blocks: Sequence[Block]) -> float:
    return utf16_length(_content(blocks)) / _MAX_CONTENT


def _block(block: Block) -> str:
    match block:
        case Heading(text):
            return _text(text, Style.BOLD)
        case Paragraph(text):
            return _text(text)
        case Fields(fields):
            return "\n".join(_text(field_text(named)) for named in fields)
        case CodeBlock(text, language):
            return _code_block(text, language)
        case Quote(text):
            return "\n".join(f"> {line}" for line in _text(text).split("\n"))


def _code_block(text: str, language: str) -> str:
    tag = language if _LANGUAGE.fullmatch(language) else ""
    return f"```{tag}\n{_without_fences(text)}\n```"


def _without_fences(code: str) -> str:
    """Code cannot hold its own end mark: backticks in a row are broken up, unseen."""
    return code.replace("``", f"`{_APART}`").replace("``", f"`{_APART}`")


def _text(text: Text, *also: Style) -> str:
    """The runs of a text, kept apart where their marks would be read as one."""
    written: list[str] = []
    is_marked = False
    for span in text:
        styles = span.styles.union(also)
        for line in _LINE.finditer(span.text):
            before, core, after = _edges(line[0])
            piece = _run(core, styles, span.url) if core else ""
            has_marks = piece.startswith(_MARKS)
            if is_marked and has_marks and not before:
                written.append(_APART)
            written += [before, piece, after]
            is_marked = has_marks and not after
    return "".join(written)


def _edges(line: str) -> tuple[str, str, str]:
    """The blanks before a line's text, the text, and the blanks after it: marks cling to text."""
    core = line.strip()
    start = line.find(core)
    return line[:start], core, line[start + len(core) :]


def _run(text: str, styles: frozenset[Style], url: str | None) -> str:
    """A run of one line in its look. Code has no style but the spoiler: marks in it are text."""
    if Style.CODE in styles and url is None and not (Style.SPOILER in styles and "||" in text):
        styles &= {Style.SPOILER}
        written = _code(text)
    elif url is None or url == text:
        written = _escaped(text)
    else:
        written = _link(text, url)
    for style, mark in _STYLES:
        if style in styles:
            apart = _APART if written.endswith(mark[0]) and mark in _BLIND else ""
            written = f"{mark}{written}{apart}{mark}"
    return written


def _code(text: str) -> str:
    """Code between marks. Three backticks would begin a block: two in a row are broken up."""
    if "`" not in text:
        return f"`{text}`"
    blank = " " if "`" in (text[0], text[-1]) else ""
    return f"``{blank}{_without_fences(text)}{blank}``"


def _link(text: str, url: str) -> str:
    """
    A masked link. Discord masks no text that looks like an address or holds single brackets, and
    nothing but web pages: then the address stands behind the text.
    """
    if is_web_page(url) and not _UNMASKABLE.search(text):
        return f"[{_escaped(text)}](<{_address(url)}>)"
    return _escaped(f"{text} ({url})")


def _escaped(text: str) -> str:
    """`text` as written, with its web addresses as links without a preview."""
    written: list[str] = []
    at = 0
    for found in _ADDRESS.finditer(text):
        if is_link(found[0]):
            written += [_escaped_words(text[at : found.start()]), f"<{_address(found[0])}>"]
            at = found.end()
    written.append(_escaped_words(text[at:]))
    return "".join(written)


def _escaped_words(text: str) -> str:
    text = _SPECIAL.sub(r"\\\g<0>", text)
    text = _LINE_START.sub(r"\1\\\2", text)
    return _MENTION.sub(f"@{_APART}", text)


def _address(url: str) -> str:
    return _IN_ADDRESS.sub(lambda found: f"%{ord(found[0]):02X}", url)
