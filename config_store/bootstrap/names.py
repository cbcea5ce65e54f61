"""Names that are not known, and the known one that was surely meant."""

from collections.abc import Iterable
from difflib import get_close_matches

_NEAR = 0.8  # below it a hint would rather mislead: a word in common is not enough


def no_such(what: str, name: str, known: Iterable[str], *, prefix: str = "") -> str:
    """
    The sentence about an unknown name, with a known one if it is near.

    `prefix`: what all of the names begin with, so that it makes none of them nearer.
    """
    by_likeness = {_likeness(one.removeprefix(prefix)): one for one in known}
    near = get_close_matches(_likeness(name.removeprefix(prefix)), by_likeness, n=1, cutoff=_NEAR)
    hint = f"; did you mean {by_likeness[near[0]]}?" if near else ""
    return f"no such {what}{hint}"


def _likeness(name: str) -> str:
    return name.lower().replace("-", "_")
