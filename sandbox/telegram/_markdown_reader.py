"""
What the two kinds of Markdown have in common: how markup is read and text is put out.
"""

from sandbox.telegram.entities import Entity, utf16_length
from sandbox.telegram.links import checked_link, find_user_id

_SPACES = " \t\r\n\v\0"


class MarkdownReader:
    """The place in the markup, and the text and entities that came of it so far."""

    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._at: int = 0
        self._out: list[str] = []
        self._length = 0
        self._entities: list[Entity] = []

    def _peek(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._markup[at] if at < len(self._markup) else ""

    def _sees(self, mark: str) -> bool:
        return self._markup.startswith(mark, self._at)

    def _put(self, characters: str) -> None:
        self._out.append(characters)
        self._length += utf16_length(characters)

    def _byte_offset(self, at: int) -> int:
        return len(self._markup[:at].encode(errors="surrogatepass"))

    def _language(self) -> str:
        """The language after an opening fence, passed over together with one line break."""
        end = self._at
        while end < len(self._markup) and self._markup[end] not in _SPACES + "`":
            end += 1
        language = ""
        if end > self._at and end < len(self._markup) and self._markup[end] != "`":
            language = self._markup[self._at : end]
            self._at = end
        for line_break in ("\r\n", "\n\r", "\n", "\r"):
            if self._sees(line_break):
                self._at += len(line_break)
                break
        return language

    def _mark_link(self, offset: int, url: str) -> None:
        length = self._length - offset
        user_id = find_user_id(url)
        if length and user_id is not None:
            self._entities.append(Entity("text_mention", offset, length, user_id))
        elif length and (link := checked_link(url)):
            self._entities.append(Entity("text_link", offset, length, link))
