"""
QR codes: the picture holds the code of the very text, and drawing holds nobody up.
"""

import asyncio
import struct
import zlib

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from core.message import Picture
from core.qr import MOST_CHARACTERS, QrCodes

QUIET = 4  # modules of white around a code, as the standard wants


def pixels(png: bytes) -> list[list[bool]]:
    """
    A black and white picture, row by row; True is black.
    """
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    chunks: dict[bytes, bytes] = {}
    at = 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind = png[at + 4 : at + 8]
        chunks[kind] = chunks.get(kind, b"") + png[at + 8 : at + 8 + length]
        at += length + 12
    width, height, depth, colours = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, colours) == (1, 0)
    row_bytes = (width + 7) // 8
    data = zlib.decompress(chunks[b"IDAT"])
    rows = [bytes(row_bytes)]
    for start in range(0, len(data), row_bytes + 1):
        change, row = data[start], data[start + 1 : start + 1 + row_bytes]
        assert change in (0, 2)  # as it is, or as the difference from the row above
        above = rows[-1] if change else bytes(row_bytes)
        rows.append(bytes((one + other) % 256 for one, other in zip(row, above, strict=True)))
    assert len(rows) == height + 1
    return [[not row[x // 8] >> (7 - x % 8) & 1 for x in range(width)] for row in rows[1:]]


def modules(picture: list[list[bool]]) -> list[list[bool]]:
    """
    The squares of a picture, its quiet zone included.
    """
    first = next(y for y, row in enumerate(picture) if any(row))
    scale = first // QUIET
    squares = [row[::scale] for row in picture[::scale]]
    assert [
        [each for each in row for _ in range(scale)] for row in squares for _ in range(scale)
    ] == (picture)
    return squares


@given(st.text(min_size=1, max_size=200))
def test_the_picture_is_the_code_of_the_text(text: str):
    """
    Square for square, with white around it; large enough to be scanned from a screen.
    """
    png = asyncio.run(QrCodes().draw(text))

    squares = modules(pixels(png))
    inner = [row[QUIET:-QUIET] for row in squares[QUIET:-QUIET]]
    around = sum(map(sum, squares)) - sum(map(sum, inner))
    assert inner == [[bool(each) for each in row] for row in segno.make_qr(text, error="m").matrix]
    assert around == 0
    assert len(pixels(png)) >= 200
    assert len(png) < 20_000


async def test_drawing_holds_up_nobody():
    """
    While a crowd is served the loop goes on: it turns many times.
    """
    codes = QrCodes()
    turns = 0
    drawing = asyncio.gather(*(codes.draw(f"https://sub.example/{n}") for n in range(20)))

    while not drawing.done():
        await asyncio.sleep(0.001)
        turns += 1

    assert len(set(await drawing)) == 20
    assert turns >= 5


async def test_a_text_that_no_camera_could_read_is_refused():
    """
    And the longest that is drawn is drawn.
    """
    assert await QrCodes().draw("x" * MOST_CHARACTERS)
    with pytest.raises(ValueError, match="scanned"):
        await QrCodes().draw("x" * (MOST_CHARACTERS + 1))


def test_a_picture_does_not_show_in_a_repr():
    """
    It would be in the log with the next error.
    """
    assert "secret" not in repr(Picture(b"secret"))
