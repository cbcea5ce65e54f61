"""
What revisions are written with. Released revisions stand on it: add to it, change nothing in it.

Everything bears being done again. Texts of a length compare byte by byte; times are UTC, to the
millisecond; numbers that grow are 64 bits wide.
"""

from typing import Any

from alembic.operations import Operations
from sqlalchemy import BigInteger, Column, DateTime, Integer, String, Text, text
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

BIG = BigInteger().with_variant(Integer(), "sqlite")
MOMENT = DateTime().with_variant(mysql.DATETIME(fsp=3), "mysql")
LONG_TEXT = Text().with_variant(mysql.MEDIUMTEXT(), "mysql")


def word(length: int) -> TypeEngine[str]:
    """A text of at most so many characters."""
    return String(length).with_variant(
        mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin"), "mysql"
    )


def required(name: str, kind: Any, default: str | None = None) -> Column[Any]:
    """A column that is never NULL. `default`: as it is written in SQL."""
    server_default = None if default is None else text(default)
    return Column(name, kind, nullable=False, server_default=server_default)


def numbered() -> Column[Any]:
    """A key that the database counts up, and never gives again."""
    return Column("id", BIG, primary_key=True, autoincrement=True)


def create_table(op: Operations, name: str, *contents: Any) -> None:
    """Make a table unless it is there."""
    op.create_table(
        name,
        *contents,
        if_not_exists=True,
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        sqlite_autoincrement=any(getattr(it, "autoincrement", None) is True for it in contents),
    )


def create_index(op: Operations, table: str, name: str, *columns: str) -> None:
    """Make the index `ix_{table}_{name}` unless it is there."""
    op.create_index(f"ix_{table}_{name}", table, list(columns), if_not_exists=True)
