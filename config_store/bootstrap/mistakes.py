"""What can be wrong with the bootstrap settings, one line each, and never a value in it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """
    One thing for the operator to mend.

    `setting`: its name, or the option of the command line. `source`: where it is given, such as
    `/etc/sspanel-im/config.toml`, `SSPANEL_IM_LISTEN` or `/path/.config.php $_ENV['baseUrl']`;
    empty if it is given nowhere. `problem`: what is wrong or what is expected.
    """

    setting: str
    source: str
    problem: str

    def __str__(self) -> str:
        where = f" ({_on_one_line(self.source)})" if self.source else ""
        return f"{_on_one_line(self.setting)}{where}: {self.problem}"


class BootstrapError(Exception):
    """The bootstrap settings cannot be used. `str()` is one line a mistake, without any value."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, self.mistakes)))


def _on_one_line(name: str) -> str:
    return name if name.isprintable() else ascii(name)
