"""Drawing random texts of which no two accounts may have the same: passwords, tokens, codes."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

_DRAWS = 4  # before giving up


async def use_new(
    draw: Callable[[], str], use: Callable[[str], Awaitable[T]], *, taken: type[Exception]
) -> T:
    """
    `use` what `draw` gives, and another one if it raises `taken`: short ones of many accounts do
    meet. What the last one raises is raised.
    """
    for _ in range(_DRAWS - 1):
        with suppress(taken):
            return await use(draw())
    return await use(draw())
