"""
Many rows in one bound parameter: a JSON array that a statement reads as a table.

One text of a statement serves one row and a thousand, on both engines (MariaDB's JSON_TABLE,
SQLite's json_each). A text longer than its column's type would be read as NULL: cut it before.

And instants as the tables hold them: UTC without a zone, to the millisecond; aware outside.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

Dialect = Literal["mysql", "sqlite"]


def json_table(dialect: Dialect, parameter: str, columns: Mapping[str, str]) -> str:
    """
    What stands after FROM, named `given`: the rows of the array that is bound to `parameter`.

    `columns`: each column's name with its MariaDB type. All of it is text of this program.
    """
    if dialect == "mysql":
        # A text would else be converted to the database's own set of characters.
        listed = ", ".join(
            f"{name} {kind.replace(')', ') CHARACTER SET utf8mb4')} PATH '$.{name}'"
            for name, kind in columns.items()
        )
        return f"JSON_TABLE(:{parameter}, '$[*]' COLUMNS ({listed})) AS given"
    listed = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in columns)
    return f"(SELECT {listed} FROM json_each(:{parameter})) AS given"  # noqa: S608 - as said above


def json_rows(rows: Iterable[Mapping[str, Any]]) -> str:
    """The rows as the parameter takes them; instants are aware, or naive UTC."""
    return json.dumps(list(rows), default=_plain, ensure_ascii=False, separators=(",", ":"))


def moment(at: datetime) -> str:
    """An instant as the tables write it: UTC, to the millisecond."""
    # SQLAlchemy reads what stands behind the point as microseconds, however short it is.
    return f"{naive_utc(at):%Y-%m-%d %H:%M:%S.%f}"


def naive_utc(at: datetime) -> datetime:
    """An instant as SQLAlchemy takes it for the tables: without a zone, to the millisecond."""
    utc = at if at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def known_instant(written: datetime | str) -> datetime:
    """What the tables hold, as a driver or SQLAlchemy hands it out, as an aware instant."""
    read = datetime.fromisoformat(written) if isinstance(written, str) else written
    return read.replace(tzinfo=UTC)


def instant(written: datetime | str | None) -> datetime | None:
    """As `known_instant`, of a column that may be empty."""
    return None if written is None else known_instant(written)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    raise TypeError(f"{type(value).__name__} has no place in a row")
