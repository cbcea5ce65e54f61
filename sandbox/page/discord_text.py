"""
How Discord shows a message's content: its Markdown as HTML that is safe to put into a page.

Read by markdown-it with HTML off; underline and spoiler are Discord's own.
"""

import re

from markdown_it import MarkdownIt
from markupsafe import Markup

_SPOILER = re.compile(r"\|\|(.+?)\|\|", re.DOTALL)
_CODE = re.compile(r"(<code.*?</code>)", re.DOTALL)
_EVERY_OTHER = 2  # of the parts that `_CODE.split` gives, the second of two is code


class DiscordText:
    """Turns the content of Discord's messages into HTML."""

    def __init__(self) -> None:
        self._markdown = MarkdownIt("commonmark", {"html": False, "breaks": True})
        self._markdown.enable("strikethrough").disable(["image", "entity", "code"])

    def html(self, content: str) -> Markup:
        tokens = self._markdown.parse(content)
        for token in tokens:
            for child in token.children or ():
                if child.type in {"strong_open", "strong_close"} and child.markup == "__":
                    child.tag = "u"
                if child.type == "link_open":
                    child.attrSet("rel", "noopener noreferrer")
                    child.attrSet("target", "_blank")
        html = self._markdown.renderer.render(tokens, self._markdown.options, {})
        parts = _CODE.split(html)
        parts[::_EVERY_OTHER] = [
            _SPOILER.sub(r'<span class="spoiler">\1</span>', part) for part in parts[::_EVERY_OTHER]
        ]
        return Markup("".join(parts))  # noqa: S704 - markdown-it escaped what is no markup
