"""Lists in the bootstrap settings: a TOML array, or one text with commas, as everywhere else."""

from collections.abc import Iterable


def listed(value: object) -> object:
    """The parts of a text with commas, or a single number as a list of one."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, int):
        return [value]
    return value


def once_each(values: tuple[str, ...]) -> tuple[str, ...]:
    """The same without repetitions, in the given order."""
    return tuple(dict.fromkeys(values))


def largest_first(values: Iterable[int]) -> tuple[int, ...]:
    """The same without repetitions, the largest first."""
    return tuple(sorted(set(values), reverse=True))
