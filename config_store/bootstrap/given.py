"""One setting as one source gives it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from config_store.bootstrap.mistakes import Mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """
    A value not yet examined, and where it stands.

    `problem`: why there is no value, where the source names the setting but says nothing usable.
    It is a mistake only if no higher source gives the setting.
    """

    value: object = field(default=None, repr=False)
    source: str
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """
    What a source holds: settings by name, and what is wrong with the source itself.

    `is_whole`: it could be read, so that a setting which is not here is nowhere in it.
    """

    settings: Mapping[str, Given] = field(default_factory=dict[str, Given])
    mistakes: tuple[Mistake, ...] = ()
    is_whole: bool = True
