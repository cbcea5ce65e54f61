"""
How commands speak: results to standard output, mistakes as one line to standard error.

Texts that came from outside are shown without what could steer a terminal.
"""

import json
import sys
from collections.abc import Collection, Sequence

from core.markup.characters import legible

DONE, REFUSED, MISTAKE = 0, 1, 2
"""Exit statuses: done; the database or a platform said no; the command or a setting is wrong."""

_MINUTE, _HOUR, _DAY = 60, 60 * 60, 24 * 60 * 60  # seconds


def say(line: str = "") -> None:
    """A line of the result."""
    print(line)  # noqa: T201 - this is where commands print


def say_json(value: object) -> None:
    """The result as one JSON object on a line."""
    print(json.dumps(value, ensure_ascii=False))  # noqa: T201 - as above


def complain(line: str) -> None:
    """What went wrong, and the next step."""
    print(in_one_line(line), file=sys.stderr)  # noqa: T201 - as above


def in_one_line(text: str) -> str:
    """`text` from outside as it can be shown within a line."""
    return " ".join(legible(text).split())


def age(seconds: float) -> str:
    """A time span in its largest units: „8 s", „3 min", „2 h 5 min", „4 d 1 h"."""
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    if whole < _DAY:
        hours, minutes = divmod(whole // _MINUTE, 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(whole // _HOUR, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def word(state: str) -> str:
    """A state as it is read in a sentence."""
    return state.replace("_", " ")


def say_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[str] = ()
) -> None:
    """Rows under their heads, aligned. `right`: the heads of columns of numbers."""
    lines = [heads, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    to_the_right = {column for column, head in enumerate(heads) if head in right}
    for line in lines:
        cells = (
            cell.rjust(width) if column in to_the_right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        say("  ".join(cells).rstrip())
