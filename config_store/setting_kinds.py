"""
How the text of a `config` row becomes a value: one `Kind` for each form that settings have.

The panel keeps every value as text and checks little of what an operator types. A kind takes what
is surely meant (blanks around a number, an `@` before a name) and refuses the rest with a
`ValueError`; what is expected instead stands in `expects`, once, for whoever reports it.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar, cast

T = TypeVar("T")

_LARGEST = 2**63 - 1  # what a signed 64-bit column or field of a platform holds
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,19}")
_DECIMAL = re.compile(r"[0-9]{1,12}(\.[0-9]{0,12})?")
_VISIBLE_ASCII = re.compile(r"[!-~]*")
_SWITCH_WORDS = {"1": True, "true": True, "0": False, "false": False}


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """
    A form of values. `parse` gets text that is not blank and raises `ValueError` for what it
    does not understand; `expects` completes „expected: …". The value of a secret is never shown.
    """

    parse: Callable[[str], T]
    expects: str
    is_secret: bool = False


def _parse_switch(text: str) -> bool:
    word = text.strip().lower()
    if word not in _SWITCH_WORDS:
        raise ValueError
    return _SWITCH_WORDS[word]


def _parse_whole_number(text: str) -> int:
    digits = text.strip()
    if not _WHOLE_NUMBER.fullmatch(digits):
        raise ValueError
    number = int(digits)
    if not -_LARGEST - 1 <= number <= _LARGEST:
        raise ValueError
    return number


def _parse_amount(text: str) -> Decimal:
    digits = text.strip()
    if not _DECIMAL.fullmatch(digits):
        raise ValueError
    return Decimal(digits)


def _parse_secret(text: str) -> str:
    # A token that was pasted over two lines is still that token; none has blanks inside.
    token = "".join(text.split())
    if not _VISIBLE_ASCII.fullmatch(token):
        raise ValueError
    return token


def _parse_bot_name(text: str) -> str:
    return text.strip().removeprefix("@")


def _parse_slack_channel(text: str) -> str:
    channel = text.strip()
    return "" if channel == "0" else channel


def _parse_ids(text: str) -> tuple[int, ...]:
    try:
        entries: object = json.loads(text)
    except RecursionError as error:
        raise ValueError from error
    if not isinstance(entries, list):
        raise ValueError  # noqa: TRY004 - one class for all that a kind does not understand
    return tuple(_parse_id(entry) for entry in cast("list[object]", entries))


def _parse_id(entry: object) -> int:
    if isinstance(entry, bool) or not isinstance(entry, int | str):
        raise ValueError  # noqa: TRY004 - one class for all that a kind does not understand
    return _parse_whole_number(str(entry))


def whole_number(least: int | None = None, most: int | None = None) -> Kind[int]:
    """A whole number of 64 bits, within bounds where they are given."""

    def parse(text: str) -> int:
        number = _parse_whole_number(text)
        if (least is not None and number < least) or (most is not None and number > most):
            raise ValueError
        return number

    bounds = "" if least is None else f" from {least}" if most is None else f" {least} to {most}"
    return Kind(parse, f"a whole number{bounds}")


SWITCH = Kind(_parse_switch, "0 or 1")
WHOLE_NUMBER = whole_number()
AMOUNT = Kind(_parse_amount, "a decimal number from 0, such as 0.2")
TEXT = Kind(str.strip, "text")
SECRET = Kind(
    _parse_secret,
    "visible ASCII characters only (was an invisible one copied along?)",
    is_secret=True,
)
BOT_NAME = Kind(_parse_bot_name, "a user name")
SLACK_CHANNEL = Kind(_parse_slack_channel, "a channel id such as C0123ABCD")
IDS = Kind(_parse_ids, "a JSON list of whole numbers, such as [-1001234567890]")
