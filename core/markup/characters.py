"""
Which characters can be sent, and which can be seen.

Platforms refuse, drop or stumble over control characters and halves of surrogate pairs, so each
rendering passes what it shows through `legible` once. A line whose writing direction was turned
round is turned back at its end, so that a name cannot turn round what stands after it.
"""

import re
import unicodedata

_UNSENDABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff]")
_LINE_END = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_EMBEDDINGS = "\u202a\u202b\u202d\u202e"
_POP_EMBEDDING = "\u202c"
_ISOLATES = "\u2066\u2067\u2068"
_POP_ISOLATE = "\u2069"
_TURNING = re.compile(f"[{_EMBEDDINGS}{_ISOLATES}][^\n]*")
_INVISIBLE_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"  # fillers and the empty Braille cell


def legible(text: str) -> str:
    """
    `text` as every platform takes it: UTF-8 can express it, its only line end is LF.

    Control characters are left out; half a surrogate pair becomes U+FFFD.
    """
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = _LINE_END.sub("\n", text)
    text = _UNSENDABLE.sub("", text)
    return _TURNING.sub(lambda line: line[0] + _turned_back(line[0]), text)


def is_blank(text: str) -> bool:
    """Whether a reader would see nothing: no character, or only blank and invisible ones."""
    return all(
        unicodedata.category(character)[0] in "ZC" or character in _INVISIBLE_LETTERS
        for character in text
    )


def utf16_length(text: str) -> int:
    """How many UTF-16 units `text` takes: the strictest count of characters there is."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def one_line(text: str, most: int) -> str:
    """`text` as a label of one line, `most` UTF-16 units long at most; "…" if nothing shows."""
    label = " ".join(legible(text).split())
    if is_blank(label):
        return "…"
    if utf16_length(label) <= most:
        return label
    while utf16_length(label) >= most:
        label = label[: min(len(label) - 1, most)]
    return f"{label}…"


def _turned_back(line: str) -> str:
    """What closes the changes of direction that `line` leaves open, the innermost first."""
    open_: list[str] = []
    for character in line:
        if character in _EMBEDDINGS:
            open_.append(_POP_EMBEDDING)
        elif character in _ISOLATES:
            open_.append(_POP_ISOLATE)
        elif open_ and character == open_[-1]:
            open_.pop()
    return "".join(reversed(open_))
