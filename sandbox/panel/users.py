"""
Rows of `user` as a lived-in site has them: levels, expiries, balances, traffic of every shape.

Traffic is in bytes, times of columns are unix seconds or, in `datetime` columns, the site's local
time. The same seed and the same `now` give the same rows.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sandbox.panel.cast import Character
from sandbox.panel.names import Identity, Names

_T = TypeVar("_T")
Row = dict[str, object]

GB = 1024**3  # bytes
DAY = 86_400  # seconds
NO_EXPIRY = datetime(1989, 6, 4, 0, 5)  # noqa: DTZ001 (the column's default, local time)
PLATFORM_NUMBERS = {"nothing": 0, "slack": 1, "discord": 2, "telegram": 4}  # column `im_type`

_ALLOWANCES = (0, 1, 10, 50, 100, 200, 500, 1024, 5120)  # GB
_METHODS = (
    "aes-128-gcm",
    "aes-192-gcm",
    "aes-256-gcm",
    "chacha20-ietf-poly1305",
    "xchacha20-ietf-poly1305",
)
_REASONS = ("", "滥用", "同一訂閱在多個地址使用", "Chargeback", "<i>spam</i>")
_NO_LOGIN = "no-password-opens-this-account"  # nobody logs in to the demo's site


class UserRows:
    """Makes rows of `user`, one an account id, from one stream of randomness."""

    def __init__(self, *, random: Random, now: datetime, zone: ZoneInfo) -> None:
        self._random = random
        self._names = Names(random)
        self._now = int(now.timestamp())
        self._local = now.astimezone(zone).replace(tzinfo=None, microsecond=0)
        self._shapes: tuple[Callable[[int], tuple[int, int]], ...] = (
            lambda _allowance: (0, 0),
            lambda allowance: self._used(allowance, 0.0, 0.7),
            lambda allowance: self._used(allowance, 0.2, 0.9),
            lambda allowance: self._used(allowance, 0.95, 1.0),
            lambda allowance: self._used(allowance, 1.0, 1.3),
            self._just_reset,
        )

    def someone(self, account_id: int) -> Row:
        """Any user of the site."""
        identity = self._names.draw(account_id)
        level = self._pick((0, 0, 0, 1, 1, 2, 3, 5))
        row = self._row(account_id, identity, level, self._expiry(level))
        return row | self._binding(account_id) | self._standing()

    def character(self, character: Character) -> Row:
        """
        The account of one of the cast: traffic in its middle, so that there is something to see.

        Raises:
            ValueError: this character has no account.
        """
        if character.account_id is None:
            raise ValueError(f"{character.key} has no account")
        identity = Identity(character.name, character.email, character.locale)
        expires = self._local + timedelta(days=9 + 14 * character.level)
        row = self._row(character.account_id, identity, character.level, expires)
        allowance = 100 * character.level * GB
        used, today = self._used(allowance, 0.3, 0.5)
        return row | {
            **_traffic(used, today, allowance),
            "last_use_time": self._past(1),
            "last_check_in_time": 0,
            "money": Decimal("36.50") * character.level,
            "im_type": PLATFORM_NUMBERS[character.bound_to],
            "im_value": _platform_id(character),
            "contact_method": 1 if character.bound_to == "nothing" else 2,
            "is_admin": int(character.is_admin),
            "is_banned": int(bool(character.banned_reason)),
            "banned_reason": character.banned_reason,
        }

    def _row(self, account_id: int, identity: Identity, level: int, expires: datetime) -> Row:
        allowance = self._pick(_ALLOWANCES) * GB
        used, today = self._pick(self._shapes)(allowance)
        return {
            "id": account_id,
            "user_name": identity.name,
            "email": identity.email,
            "pass": _NO_LOGIN,
            "passwd": f"{self._random.getrandbits(64):016x}{account_id:x}",
            "uuid": str(UUID(int=self._random.getrandbits(128), version=4)),
            **_traffic(used, today, allowance),
            "port": 10_000 + account_id % 50_000,
            "method": self._pick(_METHODS),
            "last_use_time": self._past(30) if used else 0,
            "last_check_in_time": self._past(3) if self._chance(0.4) else 0,
            "last_login_time": self._past(60),
            "reg_date": self._local - timedelta(seconds=self._between(DAY, 900 * DAY)),
            "money": Decimal(self._between(0, 20_000)) / 100 if self._chance(0.6) else Decimal(0),
            "ref_by": self._between(1, account_id) if self._chance(0.2) else 0,
            "node_speedlimit": self._pick((0, 0, 0, 50, 100, 300)),
            "node_iplimit": self._pick((0, 0, 3, 5)),
            "class": level,
            "class_expire": expires,
            "auto_reset_day": self._pick((0, 0, 1, 15)),
            "auto_reset_bandwidth": Decimal(self._pick((0, 0, 100, 200))),
            "api_token": str(UUID(int=self._random.getrandbits(128), version=4)),
            "locale": identity.locale,
        }

    def _binding(self, account_id: int) -> Row:
        """Two in five are bound, most of them on Telegram; ids are unlike anybody's of the cast."""
        kind = self._pick((0, 0, 0, 0, 0, 0, 4, 4, 4, 4 if account_id % 3 else 1 + account_id % 2))
        ids = {
            0: "",
            1: f"U{account_id:09d}",
            2: str(900_000_000_000_000_000 + account_id),
            4: str(2_000_000_000 + account_id),
        }
        method = 1 if kind == 0 else 2
        return {"im_type": kind, "im_value": ids[kind], "contact_method": method, "is_admin": 0}

    def _standing(self) -> Row:
        banned = self._chance(0.03)
        return {
            "is_banned": int(banned),
            "banned_reason": self._pick(_REASONS) if banned else "",
            "is_shadow_banned": int(self._chance(0.02)),
        }

    def _expiry(self, level: int) -> datetime:
        if level == 0:
            return NO_EXPIRY
        return self._local + timedelta(seconds=self._between(-40 * DAY, 400 * DAY))

    def _used(self, allowance: int, least: float, most: float) -> tuple[int, int]:
        """(used, of it today), as a share of the allowance."""
        used = int((allowance or 3 * GB) * (least + (most - least) * self._random.random()))
        return used, int(used * self._random.random() * 0.2)

    def _just_reset(self, allowance: int) -> tuple[int, int]:
        """The period began anew at noon: less used in it than was used today."""
        return int(0.001 * allowance), int(0.02 * allowance)

    def _past(self, days: int) -> int:
        return self._now - self._between(60, days * DAY)

    def _between(self, least: int, below: int) -> int:
        return least + int(self._random.random() * (below - least))

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _pick(self, choices: tuple[_T, ...]) -> _T:
        return choices[int(self._random.random() * len(choices))]


def _traffic(used: int, today: int, allowance: int) -> Row:
    return {
        "u": used // 11,
        "d": used - used // 11,
        "transfer_today": today,
        "transfer_total": used * 3,
        "transfer_enable": allowance,
    }


def _platform_id(character: Character) -> str:
    ids = {
        "telegram": character.telegram_id,
        "discord": character.discord_id,
        "slack": character.slack_id,
        "nothing": "",
    }
    return str(ids[character.bound_to])
