"""
How Slack shows a message: mrkdwn, Block Kit blocks and rich text as HTML that is safe in a page.

In mrkdwn only `&`, `<` and `>` come escaped; rich text is never markup. Buttons are shown by who
shows the message.
"""

import re
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup, escape

Json = dict[str, Any]

_CODE = re.compile(r"(```.+?```|`[^`\n]+`)", re.DOTALL)
_ADDRESS = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_STYLES = (
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), "b"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])"), "i"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w~])"), "s"),
)
_QUOTE = re.compile(r"^&gt; ?(.*)$", re.MULTILINE)
_PLACE = re.compile("\ue000([0-9]+)\ue001")  # where a link stands that was kept aside
_RICH_STYLES = {"bold": "b", "italic": "i", "strike": "s", "code": "code"}
_RICH_PARTS = {
    "rich_text_preformatted": Markup("<pre><code>{}</code></pre>"),
    "rich_text_quote": Markup("<blockquote>{}</blockquote>"),
}


def mrkdwn(text: str) -> Markup:
    """Slack's mrkdwn as HTML."""
    parts = _CODE.split(text)
    html = [_code(part) if index % 2 else _prose(part) for index, part in enumerate(parts)]
    return Markup("".join(html))  # noqa: S704 - each part is escaped


def blocks_html(blocks: Iterable[Json]) -> Markup:
    """The text of a message's blocks."""
    return Markup().join(_block(block) for block in blocks)


def _code(marked: str) -> str:
    if marked.startswith("```"):
        return f"<pre><code>{_escaped(marked[3:-3].strip())}</code></pre>"
    return f"<code>{_escaped(marked[1:-1])}</code>"


def _prose(text: str) -> str:
    """Prose with links and styles. Links are kept aside, since addresses hold style characters."""
    links: list[Markup] = []

    def set_aside(match: re.Match[str]) -> str:
        links.append(_link(match[1], match[2]))
        return f"\ue000{len(links) - 1}\ue001"

    bare = text.replace("\ue000", "").replace("\ue001", "")
    html = str(_escaped(_ADDRESS.sub(set_aside, bare)))  # a Markup would escape what `sub` puts in
    for pattern, tag in _STYLES:
        html = pattern.sub(rf"<{tag}>\1</{tag}>", html)
    html = _QUOTE.sub(r"<blockquote>\1</blockquote>", html)
    return _PLACE.sub(lambda match: links[int(match[1])], html)


def _link(address: str, label: str | None) -> Markup:
    shown = _escaped(label or address)
    if address.startswith(("https://", "http://", "mailto:")):
        return Markup('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>').format(
            _escaped(address), shown
        )
    return Markup('<span class="mention">{}</span>').format(shown)


def _escaped(text: str) -> Markup:
    """Escaped once: Slack's three escapes are undone first."""
    return escape(text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def _block(block: Json) -> Markup:
    match block.get("type"):
        case "header":
            return Markup("<h4>{}</h4>").format(_text(block.get("text")))
        case "divider":
            return Markup("<hr>")
        case "section":
            texts = [block.get("text"), *(block.get("fields") or ())]
            return Markup("<div>{}</div>").format(Markup("<br>").join(map(_text, texts)))
        case "context":
            texts = [_text(each) for each in block.get("elements", ()) if "text" in each]
            return Markup('<div class="context">{}</div>').format(Markup(" ").join(texts))
        case "rich_text":
            return Markup().join(_rich_part(part) for part in block.get("elements", ()))
        case _:
            return Markup()


def _text(text: Json | None) -> Markup:
    if text is None:
        return Markup()
    said = str(text.get("text", ""))
    return mrkdwn(said) if text.get("type") == "mrkdwn" else escape(said)


def _rich_part(part: Json) -> Markup:
    elements = part.get("elements", ())
    if part.get("type") == "rich_text_list":
        items = Markup().join(Markup("<li>{}</li>").format(_rich_part(each)) for each in elements)
        return Markup("<ul>{}</ul>").format(items)
    frame = _RICH_PARTS.get(str(part.get("type")), Markup("<div>{}</div>"))
    return frame.format(Markup().join(_rich_run(each) for each in elements))


def _rich_run(run: Json) -> Markup:
    match run.get("type"):
        case "link":
            html = _link(str(run.get("url", "")), str(run.get("text") or run.get("url", "")))
        case "user":
            html = Markup('<span class="mention">@{}</span>').format(run.get("user_id", ""))
        case _:
            html = escape(str(run.get("text", "")))
    for name in run.get("style") or ():
        if name in _RICH_STYLES:
            html = Markup("<{0}>{1}</{0}>").format(_RICH_STYLES[name], html)
    return html
