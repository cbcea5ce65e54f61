"""
From the rows of `config` to a snapshot, without a database: what wins, what a gap means, what is
kept when a value makes no sense.

Whatever the rows hold, reading them ends in a snapshot. A value that is not understood leaves its
setting as it was (at the first look: at its default) and becomes a `SettingMistake`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from config_store.catalogue import CATALOGUE, ITEMS, Setting, SiteSettings

CHECK_IN_MOST_MB = 1024**3  # 1 PB a day: above it the panel's byte columns overflow in a few years
_REWARDS_EXPECTED = f"0 <= checkin_min <= checkin_max <= {CHECK_IN_MOST_MB} (MB)"
_DERIVED = ("enable_telegram", "enable_telegram_group_notify")
_SHOWN = 12  # characters: enough to find the row, too few for a token put into the wrong field


@dataclass(frozen=True, slots=True)
class Row:
    """A row of `config`. Its value may be a secret."""

    item: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingMistake:
    """
    A row that is not understood: its item, the beginning of its value and what is expected.

    The value of a secret is not in it.
    """

    item: str
    value: str
    expectation: str

    def __str__(self) -> str:
        return f"{self.item} is {self.value}, expected: {self.expectation}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a look gave. The mistakes stand under their rows, so that a changed row is a new one."""

    settings: SiteSettings
    mistakes: dict[Row, SettingMistake]


def read_settings(rows: Iterable[Row], before: SiteSettings | None) -> Reading:
    """
    The snapshot that `rows`, in the order of their ids, make after the snapshot `before`.

    The first row of an item counts, and a row under a setting's name before one under its alias.
    """
    firsts: dict[str, Row] = {}
    for row in rows:
        if row.item in ITEMS:
            firsts.setdefault(row.item, row)
    return _SnapshotReader(firsts, before).read()


class _SnapshotReader:
    """Reads one snapshot: each setting by itself, then those that hang together."""

    def __init__(self, rows: dict[str, Row], before: SiteSettings | None) -> None:
        self._rows = rows
        self._before = before
        self._values: dict[str, Any] = {}
        self._mistakes: dict[Row, SettingMistake] = {}

    def read(self) -> Reading:
        for setting in CATALOGUE.values():
            if setting.name not in _DERIVED:
                self._read(setting, setting.default)
        self._read_telegram_switches()
        self._check_rewards()
        return Reading(SiteSettings(**self._values), self._mistakes)

    def _read_telegram_switches(self) -> None:
        telegram, notify = (CATALOGUE[name] for name in _DERIVED)
        self._read(telegram, bool(self._values["telegram_token"]))
        is_older_generation = self._find(notify) is None
        follows = self._values[telegram.name]
        self._read(notify, follows if is_older_generation else notify.default)

    def _check_rewards(self) -> None:
        if 0 <= self._values["checkin_min"] <= self._values["checkin_max"] <= CHECK_IN_MOST_MB:
            return
        for name in ("checkin_min", "checkin_max"):
            setting = CATALOGUE[name]
            row = self._find(setting) or Row(name, str(setting.default))
            self._mistakes.setdefault(row, _mistake(row, setting, _REWARDS_EXPECTED))
            self._keep(setting, setting.default)

    def _read(self, setting: Setting[Any], default: object) -> None:
        row = self._find(setting)
        if row is None or not row.value.strip():
            self._values[setting.name] = default
            return
        try:
            self._values[setting.name] = setting.kind.parse(row.value)
        except ValueError:
            self._mistakes[row] = _mistake(row, setting, setting.kind.expects)
            self._keep(setting, default)

    def _keep(self, setting: Setting[Any], default: object) -> None:
        before = self._before
        self._values[setting.name] = default if before is None else getattr(before, setting.name)

    def _find(self, setting: Setting[Any]) -> Row | None:
        return self._rows.get(setting.name) or self._rows.get(setting.alias or "")


def _mistake(row: Row, setting: Setting[Any], expectation: str) -> SettingMistake:
    value = "(hidden)" if setting.kind.is_secret else _beginning(row.value)
    return SettingMistake(item=row.item, value=value, expectation=expectation)


def _beginning(text: str) -> str:
    """The value as an operator recognises it, on one line."""
    if len(text) <= _SHOWN:
        return repr(text)
    return f"{text[:_SHOWN]!r}… ({len(text)} characters)"
