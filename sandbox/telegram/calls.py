"""
Calls of bots: their parameters as the real server reads them, and a log of them for tests.

The real server takes every parameter as text, wherever it stood (query, form, multipart, JSON) and
is lenient: a number is whatever digits it begins with, a flag is true if it says true, yes or 1,
and unknown parameters are passed over. What is unknown or of a wrong type is therefore only noted
in the log, where tests can see that a client sent none.
"""

import json
import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import cast

from sandbox.telegram.errors import bad_request

MAX_LOGGED = 10_000
_NUMBER = re.compile(r"\s*(-?\d{1,18})")


class Kind(StrEnum):
    """What a parameter is in the Bot API's documentation."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    ARRAY = "array"
    OBJECT = "object"
    CHAT = "chat"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a method, as documented."""

    kind: Kind
    is_required: bool = False

    def takes(self, value: str) -> bool:
        """Whether a value, written as text, is of this kind."""
        match self.kind:
            case Kind.INTEGER:
                return re.fullmatch(r"-?\d+", value) is not None
            case Kind.BOOLEAN:
                return value.lower() in {"true", "false", "1", "0"}
            case Kind.CHAT:
                return re.fullmatch(r"-?\d+|@\w+", value) is not None
            case Kind.ARRAY:
                return isinstance(_json(value), list)
            case Kind.OBJECT:
                return isinstance(_json(value), dict)
            case Kind.TEXT | Kind.FILE:
                return True


def _json(text: str) -> object:
    try:
        return cast("object", json.loads(text))
    except (ValueError, RecursionError):
        return None


def parameters_of(table: str) -> dict[str, Parameter]:
    """
    A method's parameters from one line: `name:kind`, `!` at the end if it is required.

    A kind left out is text.
    """
    found: dict[str, Parameter] = {}
    for word in table.split():
        name, _, kind = word.rstrip("!").partition(":")
        found[name] = Parameter(Kind(kind or "text"), word.endswith("!"))
    return found


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call."""

    name: str
    mime_type: str
    content: bytes = field(repr=False)


class Arguments:
    """The parameters of one call."""

    def __init__(self, values: Mapping[str, str], files: Mapping[str, Upload]) -> None:
        self._values = values
        self._files = files

    @property
    def values(self) -> Mapping[str, str]:
        return self._values

    def names(self) -> list[str]:
        return [*self._values, *self._files]

    def has(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str) -> str:
        return self._values.get(name, "")

    def required(self, name: str) -> str:
        """
        A text that must be there.

        Raises:
            ApiError: 400, it is missing or empty.
        """
        value = self.text(name)
        if not value:
            raise bad_request(f'parameter "{name}" is required')
        return value

    def flag(self, name: str) -> bool:
        return self.text(name).strip().lower() in {"true", "yes", "1"}

    def integer(self, name: str, default: int = 0) -> int:
        """The digits that the value begins with; 0 for none at all, as on the real server."""
        value = self.text(name)
        if not value:
            return default
        match = _NUMBER.match(value)
        return int(match.group(1)) if match else 0

    def user_id(self) -> int:
        """
        The person that `user_id` names.

        Raises:
            ApiError: 400, no possible id.
        """
        value = self.integer("user_id")
        if value <= 0:
            raise bad_request("invalid user_id specified")
        return value

    def file(self, name: str) -> Upload | None:
        return self._files.get(name)

    def array(self, name: str, *, what: str) -> list[object]:
        """
        The JSON array in a parameter. `what`: what the real server calls it in its errors.

        Raises:
            ApiError: 400, it is none.
        """
        try:
            value = cast("object", json.loads(self.text(name)))
        except (ValueError, RecursionError) as error:
            raise bad_request(f"can't parse {what} JSON object") from error
        if not isinstance(value, list):
            raise bad_request(f"expected an Array of {what}")
        return cast("list[object]", value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """
    A call that was made, with its answer (None if it got none, or none of ours).

    `parameters`: values as text, without files. `misfits`: parameters whose value is not of the
    documented type.
    """

    method: str
    bot_id: int | None
    parameters: Mapping[str, str]
    unknown_parameters: tuple[str, ...]
    misfits: tuple[str, ...]
    status: int
    answer: Mapping[str, object] | None
    at: datetime

    @property
    def is_ok(self) -> bool:
        return self.answer is not None and self.answer.get("ok") is True

    @property
    def description(self) -> str:
        """What a refusal says, empty for a success."""
        return str((self.answer or {}).get("description", "")) if not self.is_ok else ""


class CallLog:
    """The latest calls, oldest first."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=MAX_LOGGED)
        self._counts: Counter[str] = Counter()
        self._by_status: Counter[int] = Counter()

    def add(self, call: Call) -> None:
        self._calls.append(call)
        self._counts[call.method] += 1
        self._by_status[call.status] += 1

    def clear(self) -> None:
        self._calls.clear()

    def count(self, method: str) -> int:
        """How often a method was called since the start, also beyond what the log holds."""
        return self._counts[method]

    def count_status(self, status: int) -> int:
        """How many calls were answered with an HTTP status, 0 for those that met a fault."""
        return self._by_status[status]

    def of(self, method: str) -> list[Call]:
        return [call for call in self._calls if call.method == method]

    def refused(self) -> list[Call]:
        """Calls that were answered with an error."""
        return [call for call in self._calls if not call.is_ok]

    def __iter__(self) -> Iterator[Call]:
        return iter(tuple(self._calls))

    def __len__(self) -> int:
        return len(self._calls)

    def __getitem__(self, index: int) -> Call:
        return self._calls[index]
