"""
QR codes as PNG pictures.

Drawing one takes some milliseconds of plain Python, so it is done in a thread, and only a few at
once: a crowd that asks for them waits in turn and holds nobody else up.
"""

import asyncio
from io import BytesIO

import segno

MOST_CHARACTERS = 500  # of a text; a code of many more is too fine for a camera
_MODULE_PIXELS = 8  # side of the smallest square
_QUIET_ZONE = 4  # modules around the code, as the standard wants
_AT_ONCE = 2


class QrCodes:
    """Draws QR codes."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def draw(self, text: str) -> bytes:
        """
        The picture of a text of `MOST_CHARACTERS` at most.

        Raises:
            ValueError: the text is longer.
        """
        if len(text) > MOST_CHARACTERS:
            raise ValueError(f"a QR code of {len(text)} characters could not be scanned")
        async with self._places:
            return await asyncio.to_thread(_draw, text)


def _draw(text: str) -> bytes:
    code = segno.make_qr(text, error="m")
    picture = BytesIO()
    code.save(picture, kind="png", scale=_MODULE_PIXELS, border=_QUIET_ZONE)
    return picture.getvalue()
