"""
Telegram's HTML: `parse_html` makes plain text and entities of it, or says what is wrong with it.

Not HTML as browsers know it: a few tags, four named entities, and every tag has to be closed in
order. Errors name byte offsets in UTF-8, as the real server's do; entities are in UTF-16 units.
"""

import re
from dataclasses import dataclass, replace

from sandbox.telegram.entities import Entity, ParseError, in_order, utf16_length
from sandbox.telegram.links import checked_link, find_user_id

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "pre": "pre",
    "code": "code",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_CHARACTER = re.compile(r"&(?:#(?:x([0-9a-fA-F]+)|([0-9]+))|([a-zA-Z]+));?")
_SPACES = " \t\r\n\v\0"
_MAX_CODE = 0x10FFFF


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    value: str
    offset: int  # of its text, in UTF-16 units
    out_index: int  # of its text, in pieces of output


def parse_html(markup: str) -> tuple[str, list[Entity]]:
    """
    The text that is shown, and what is marked in it.

    Raises:
        ParseError: the platform does not take this markup.
    """
    return _Parser(markup).parse()


def decode_character(markup: str, at: int) -> tuple[str, int] | None:
    """What `&…;` at `at` stands for and where it ends; None if it stands for nothing."""
    match = _CHARACTER.match(markup, at)
    if match is None:
        return None
    hexadecimal, decimal, name = match.groups()
    if name is not None:
        character = _NAMED.get(name)
        return (character, match.end()) if character else None
    digits = (hexadecimal or decimal)[:9]
    code = int(digits, 16 if hexadecimal else 10)
    if code == 0 or code > _MAX_CODE:
        return None
    return chr(code), match.end()


class _Parser:
    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._at = 0
        self._out: list[str] = []
        self._length = 0
        self._open: list[_Tag] = []
        self._entities: list[Entity] = []

    def parse(self) -> tuple[str, list[Entity]]:
        while self._at < len(self._markup):
            character = self._markup[self._at]
            if character == "<":
                self._tag()
            elif character == "&" and (decoded := decode_character(self._markup, self._at)):
                self._put(decoded[0])
                self._at = decoded[1]
            else:
                self._put(character)
                self._at += 1
        if self._open:
            raise ParseError(
                f'Can\'t find end tag corresponding to start tag "{self._open[-1].name}"'
            )
        return self._result()

    def _result(self) -> tuple[str, list[Entity]]:
        text = "".join(self._out)
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise ParseError(
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            )
        # A language belongs to a block of code, not to code within a line.
        entities = [
            replace(entity, value="") if entity.kind == "code" else entity
            for entity in self._entities
        ]
        return text, in_order(entities)

    def _put(self, character: str) -> None:
        self._out.append(character)
        self._length += utf16_length(character)

    def _byte_offset(self, at: int) -> int:
        return len(self._markup[:at].encode(errors="surrogatepass"))

    def _peek(self) -> str:
        return self._markup[self._at] if self._at < len(self._markup) else ""

    def _skip_spaces(self) -> None:
        while self._peek() and self._peek() in _SPACES:
            self._at += 1

    def _word(self, ends: str) -> str:
        start = self._at
        while self._peek() and self._peek() not in ends:
            self._at += 1
        return self._markup[start : self._at]

    def _tag(self) -> None:
        begin = self._at
        self._at += 1
        if self._peek() == "/":
            self._at += 1
            self._end_tag(begin)
        else:
            self._start_tag(begin)

    def _start_tag(self, begin: int) -> None:
        where = self._byte_offset(begin)
        name = self._word(_SPACES + ">").lower()
        if not self._peek():
            raise ParseError(f"Unclosed start tag at byte offset {where}")
        if name not in _KINDS:
            raise ParseError(f'Unsupported start tag "{name}" at byte offset {where}')
        value = ""
        while self._peek() != ">":
            self._skip_spaces()
            if self._peek() == ">":
                break
            value = self._attribute(name, where, value)
        self._at += 1
        if name == "span" and value != "spoiler":
            raise ParseError(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
        self._open.append(_Tag(name, value, self._length, len(self._out)))

    def _attribute(self, tag: str, where: int, former: str) -> str:
        """The tag's value after the next attribute."""
        attribute = self._word(_SPACES + "=>").lower()
        if not attribute:
            if not self._peek():
                raise ParseError(f"Unclosed start tag at byte offset {where}")
            raise ParseError(f'Empty attribute name in the tag "{tag}" at byte offset {where}')
        self._skip_spaces()
        value = ""
        if self._peek() == "=":
            self._at += 1
            self._skip_spaces()
            if not self._peek():
                raise ParseError(f'Unclosed start tag "{tag}" at byte offset {where}')
            value = self._attribute_value()
        if not self._peek():
            raise ParseError(f"Unclosed start tag at byte offset {where}")
        return _tag_value(tag, attribute, value, former)

    def _attribute_value(self) -> str:
        quote = self._peek()
        if quote not in "\"'":
            return self._name_token()
        self._at += 1
        parts: list[str] = []
        while self._peek() and self._peek() != quote:
            decoded = decode_character(self._markup, self._at) if self._peek() == "&" else None
            if decoded is not None:
                parts.append(decoded[0])
                self._at = decoded[1]
            else:
                parts.append(self._peek())
                self._at += 1
        if self._peek():
            self._at += 1
        return "".join(parts)

    def _name_token(self) -> str:
        begin = self._at
        while self._peek().isascii() and (self._peek().isalnum() or self._peek() in {".", "-"}):
            self._at += 1
        if self._peek() and self._peek() not in _SPACES + ">":
            where = self._byte_offset(begin)
            raise ParseError(f"Unexpected end of name token at byte offset {where}")
        return self._markup[begin : self._at].lower()

    def _end_tag(self, begin: int) -> None:
        where = self._byte_offset(begin)
        if not self._open:
            raise ParseError(f"Unexpected end tag at byte offset {where}")
        name = self._word(_SPACES + ">").lower()
        self._skip_spaces()
        if self._peek() != ">":
            raise ParseError(f"Unclosed end tag at byte offset {where}")
        self._at += 1
        tag = self._open.pop()
        if name and name != tag.name:
            raise ParseError(
                f'Unmatched end tag at byte offset {where}, expected "</{tag.name}>", '
                f'found "</{name}>"'
            )
        if self._length > tag.offset:
            self._mark(tag)

    def _mark(self, tag: _Tag) -> None:
        entity = Entity(_KINDS[tag.name], tag.offset, self._length - tag.offset, tag.value)
        match tag.name:
            case "a":
                self._mark_link(entity, "".join(self._out[tag.out_index :]))
            case "tg-emoji":
                if not tag.value.isascii() or not tag.value.isdigit() or int(tag.value) == 0:
                    raise ParseError("Invalid custom emoji identifier specified")
                self._entities.append(entity)
            case "pre" | "code":
                self._mark_code(entity)
            case "blockquote" if tag.value:
                self._entities.append(replace(entity, kind="expandable_blockquote", value=""))
            case _:
                self._entities.append(replace(entity, value=""))

    def _mark_link(self, entity: Entity, shown: str) -> None:
        url = entity.value or shown
        user_id = find_user_id(url)
        if user_id is not None:
            self._entities.append(replace(entity, kind="text_mention", value=user_id))
        elif link := checked_link(url):
            self._entities.append(replace(entity, value=link))

    def _mark_code(self, entity: Entity) -> None:
        """`pre` and `code` around the very same text are one block, with the language of `code`."""
        last = self._entities[-1] if self._entities else None
        other = "code" if entity.kind == "pre" else "pre"
        if (
            last is not None
            and (last.kind, last.offset, last.length) == (other, entity.offset, entity.length)
            and (entity.value or last.value)
        ):
            self._entities[-1] = replace(last, kind="pre", value=entity.value or last.value)
        else:
            self._entities.append(entity)


def _tag_value(tag: str, attribute: str, value: str, former: str) -> str:
    """The one attribute of each tag that counts; all others are passed over."""
    match tag, attribute:
        case ("a", "href") | ("tg-emoji", "emoji-id"):
            return value
        case ("code", "class") if value.startswith("language-"):
            return value.removeprefix("language-")
        case ("span", "class") if value.startswith("tg-"):
            return value.removeprefix("tg-")
        case ("blockquote", "expandable"):
            return "expandable"
        case _:
            return former
