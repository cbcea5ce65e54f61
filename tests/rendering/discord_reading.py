"""
A small reader of Discord's Markdown, written for these tests from the rules of its client.

It gives what a person sees: characters with their look. What Discord would make something else of
(a mention, an emoji, a list, a heading) is seen as `Odd`.
"""

import re
from dataclasses import dataclass, replace

from core.message import Style
from tests.rendering.messages import Seen

CODE_BLOCK = re.compile(r"```(?:([a-z0-9_+\-.#]+?)\n)?\n*([^\n][\s\S]*?)\n*```", re.IGNORECASE)
QUOTE = re.compile(r"( *> [^\n]*(?:\n *> [^\n]*)*\n?)")
LINE_ODDITIES = re.compile(r" *#{1,3}\s+\S| *-#\s+\S| *(?:[*-]|\d+\.) +\S|>>> ")
ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")
BRACKETED = re.compile(r"<([^: >]+:/[^ >]+)>")
BARE = re.compile(r"(?:https?|steam)://[^\s<]+[^<.,:;\"'\]\s]")
MASKED = re.compile(r"\[((?:\\.|[^\[\]\\])+)\]\(<([^>\s]*)>\)")
ODDITIES = re.compile(r"<(?:@[!&]?|#)\d+>|@everyone|@here|<a?:\w+:\d+>|<t:-?\d+(?::\w)?>|:[\w+-]+:")
CODE = re.compile(r"(`+)([\s\S]*?[^`])\1(?!`)")
STRONG = re.compile(r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)")
UNDERLINE = re.compile(r"__((?:\\[\s\S]|[^\\])+?)__(?!_)")
ITALIC = re.compile(
    r"(?:_((?:__|\\[\s\S]|[^\\_])+?)_\b)"
    r"|\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)"
)
STRUCK = re.compile(r"~~([\s\S]+?)~~(?!_)")
SPOILER = re.compile(r"\|\|([\s\S]+?)\|\|")
APART = "\u200b"


@dataclass(frozen=True)
class Odd:
    """Something that Discord shows as other than text."""

    source: str


def read(source: str, look: Seen | None = None, *, nested: bool = False) -> list[Seen | Odd]:
    """What is seen of `source`, blanks left out."""
    look = look or Seen("")
    found: list[Seen | Odd] = []
    at = 0
    while at < len(source):
        is_line_start = not nested and (at == 0 or source[at - 1] == "\n")
        taken, end = _one(source, at, look, is_line_start=is_line_start)
        found += taken
        at = end
    return found


def _one(source, at, look, *, is_line_start):
    if match := CODE_BLOCK.match(source, at):
        return _plain(match[2], replace(look, code="block")), match.end()
    if is_line_start and not look.is_quoted and (match := QUOTE.match(source, at)):
        inner = re.sub(r"^ *> ", "", match[1], flags=re.MULTILINE)
        return read(inner, replace(look, is_quoted=True)), match.end()
    if is_line_start and (match := LINE_ODDITIES.match(source, at)):
        return [Odd(match[0])], match.end()
    if match := ESCAPE.match(source, at) or BRACKETED.match(source, at):
        return _plain(match[1], look), match.end()
    if match := BARE.match(source, at) or ODDITIES.match(source, at):
        return [Odd(match[0])], match.end()
    return _styled(source, at, look)


def _styled(source, at, look):
    if match := MASKED.match(source, at):
        return read(match[1], replace(look, url=match[2]), nested=True), match.end()
    if match := CODE.match(source, at):
        inner = re.sub(r"^ (?=`)|(?<=`) $", "", match[2])
        return _plain(inner, replace(look, styles=look.styles | {Style.CODE})), match.end()
    longest = max(
        (
            (match.end() - at, quality, style, match)
            for quality, pattern, style in (
                (2, ITALIC, Style.ITALIC),
                (1, STRONG, Style.BOLD),
                (0, UNDERLINE, Style.UNDERLINE),
            )
            if (match := pattern.match(source, at))
        ),
        default=None,
        key=lambda candidate: candidate[:2],
    )
    if longest:
        return _inside(longest[3], longest[2], look)
    for pattern, style in ((STRUCK, Style.STRIKETHROUGH), (SPOILER, Style.SPOILER)):
        if match := pattern.match(source, at):
            return _inside(match, style, look)
    return _plain(source[at], look), at + 1


def _inside(match, style, look):
    inner = next(group for group in match.groups() if group is not None)
    return read(inner, replace(look, styles=look.styles | {style}), nested=True), match.end()


def _plain(text, look):
    return [
        replace(look, character=character)
        for character in text
        if not character.isspace() and character != APART
    ]
