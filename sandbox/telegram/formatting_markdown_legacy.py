"""
Telegram's older Markdown: a few marks, no nesting, nothing to escape but the marks themselves.
"""

from sandbox.telegram._markdown_reader import MarkdownReader
from sandbox.telegram.entities import Entity, ParseError, in_order


def parse_markdown(markup: str) -> tuple[str, list[Entity]]:
    """
    The text that is shown, and what is marked in it.

    Raises:
        ParseError: a mark is not closed.
    """
    return _Parser(markup).parse()


class _Parser(MarkdownReader):
    def parse(self) -> tuple[str, list[Entity]]:
        while self._at < len(self._markup):
            if self._peek() == "\\" and self._peek(1) and self._peek(1) in "_*`[":
                self._put(self._peek(1))
                self._at += 2
            elif self._peek() in "_*`[":
                self._run()
            else:
                self._put(self._peek())
                self._at += 1
        return "".join(self._out), in_order(self._entities)

    def _run(self) -> None:
        begin, offset = self._at, self._length
        mark = "```" if self._sees("```") else self._peek()
        self._at += len(mark)
        language = self._language() if mark == "```" else ""
        end = self._markup.find("]" if mark == "[" else mark, self._at)
        if end < 0:
            where = self._byte_offset(begin)
            raise ParseError(f"Can't find end of the entity starting at byte offset {where}")
        shown = self._markup[self._at : end]
        self._put(shown)
        self._at = end + len(mark)
        if mark == "[":
            self._mark_link(offset, self._address() if self._sees("(") else shown)
        elif shown:
            kind = {"_": "italic", "*": "bold", "`": "code", "```": "pre"}[mark]
            self._entities.append(Entity(kind, offset, self._length - offset, language))

    def _address(self) -> str:
        begin = self._at + 1
        end = self._markup.find(")", begin)
        end = len(self._markup) if end < 0 else end
        self._at = end + 1
        return self._markup[begin:end]
