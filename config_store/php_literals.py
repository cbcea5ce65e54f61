"""
PHP's literals: what the text of a string or of a number in a PHP file stands for.

PHP's strings are bytes. They are taken for UTF-8, and for Latin-1 where they are not: no file is
refused for its encoding, and the bytes of an old one can still be told apart. The rules are those
of PHP's manual, "Strings" and "Integers".
"""

import re

_LARGEST_INT = 2**63 - 1  # beyond it PHP goes on with a float
_LARGEST_CODE_POINT = 0x10FFFF

_SINGLE_QUOTED_ESCAPE = re.compile(rb"\\([\\'])")
_ESCAPE = re.compile(
    rb"""\\(?:(?P<letter>[nrtvef\\$"])|(?P<octal>[0-7]{1,3})|[xX](?P<hex>[0-9A-Fa-f]{1,2})"""
    rb"""|u\{(?P<code_point>[0-9A-Fa-f]+)\})"""
)
_LETTERS = {
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
    b"e": b"\x1b",
    b"f": b"\f",
    b"\\": b"\\",
    b"$": b"$",
    b'"': b'"',
}


def text(data: bytes) -> str:
    """The characters of a PHP string."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def single_quoted(inside: bytes) -> bytes:
    """What stands between single quotes: only the quote and the backslash can be escaped."""
    return _SINGLE_QUOTED_ESCAPE.sub(rb"\1", inside)


def double_quoted(inside: bytes) -> bytes:
    """
    What stands between double quotes, without variables in it.

    Raises:
        ValueError: an escape names a code point that Unicode does not have.
    """
    return _ESCAPE.sub(_unescape, inside)


def heredoc(inside: bytes) -> bytes:
    r"""
    The body of a heredoc, without variables in it: as in double quotes, but `\"` stays as it is.

    Raises:
        ValueError: an escape names a code point that Unicode does not have.
    """
    return _ESCAPE.sub(lambda found: found[0] if found[0] == b'\\"' else _unescape(found), inside)


def without_indentation(body: bytes, indentation: bytes) -> bytes:
    """The lines of a heredoc's body without the indentation of its closing mark."""
    return b"\n".join(line.removeprefix(indentation) for line in body.split(b"\n"))


def number(digits: str) -> int | float:
    """
    A number as PHP writes it: `1_000`, `0x1F`, `0b11`, `0o17`, `017`, `1.5e3`.

    Raises:
        ValueError: it is none.
    """
    plain = digits.replace("_", "").lower()
    if plain.startswith(("0x", "0b", "0o")):
        whole = int(plain, 0)
    elif not plain.isdigit():
        return float(plain)
    else:
        whole = int(plain, 8 if plain.startswith("0") else 10)
    return whole if whole <= _LARGEST_INT else float(whole)


def _unescape(found: re.Match[bytes]) -> bytes:
    if letter := found["letter"]:
        return _LETTERS[letter]
    if octal := found["octal"]:
        return bytes([int(octal, 8) & 0xFF])  # "\400" overflows to "\000", as in PHP
    if digits := found["hex"]:
        return bytes([int(digits, 16)])
    code_point = int(found["code_point"], 16)
    if code_point > _LARGEST_CODE_POINT:
        raise ValueError("no such code point")
    return chr(code_point).encode(errors="surrogatepass")
