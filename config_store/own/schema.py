"""
Which revision the daemon's own tables are at, and bringing them to this program's.

One row of `{table_prefix}im_schema_version` says it, in Alembic's way, and beside it the oldest
revision whose daemon can live with the tables as they are: a newer one that only added something
leaves older daemons at work. To look costs one SELECT and does not import Alembic.

MariaDB commits each change of a table by itself. So a revision's number is written after its last
step, every step bears being done again, and two that upgrade at once end with the same tables.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Column, MetaData, Table, bindparam, delete, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import CreateTable

from config_store.database import Database, DatabaseMisfitError
from config_store.migrations import REVISIONS, SCRIPTS, OvertakenError
from config_store.own.tables import OwnTables, word

if TYPE_CHECKING:
    from config_store.migrations.running import Revisions

T = TypeVar("T")

UPGRADE_TIMEOUT = 1800.0  # seconds; a new index on a queue of millions takes a while
RIGHTS = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP"
_NO_RIGHT = (1044, 1142, 1227)
_NO_TABLE = 1146


class SchemaTooNewError(Exception):
    """A newer program has changed the tables so that this one cannot work with them."""

    def __init__(self, *, revision: str, oldest_daemon: str, ours: str) -> None:
        super().__init__(
            f"the tables im_… are at revision {revision} and need a program that knows"
            f" {oldest_daemon}, this one knows up to {ours}: install the newer release"
        )
        self.revision = revision
        self.oldest_daemon = oldest_daemon


class SchemaRightsError(DatabaseMisfitError):
    """The database's user may not keep tables of our own. `grants`: what lets it."""

    def __init__(self, grants: Sequence[str]) -> None:
        self.grants = tuple(grants)
        self.reason = "a right on the tables im_… is missing"
        super().__init__(
            f"{self.reason}; as MariaDB's administrator run: {' '.join(grants)}", reason=self.reason
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaStanding:
    """
    How it stands. `revision`: None before the first one.

    `is_ready`: this program can work with the tables. `is_newer`: it does not know all of them.
    """

    revision: str | None
    is_ready: bool
    is_newer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaUpgrade:
    """From which revision to which; both the same if nothing was to be done."""

    before: str | None
    after: str | None

    @property
    def said(self) -> str:
        """For the operator."""
        if self.before == self.after:
            return f"up to date (revision {self.after})"
        if self.before is None:
            return f"created (revision {self.after})"
        return f"upgraded from revision {self.before} to {self.after}"


class OwnSchema:
    """
    The own tables' revision in one database.

    `revisions`, oldest first, and `scripts`, the folder above `versions`, are this program's.
    `names_begin`, `table_names`: how the tables are called.
    """

    def __init__(
        self,
        *,
        database: Database,
        tables: OwnTables,
        revisions: Sequence[str] = REVISIONS,
        scripts: Path = SCRIPTS,
    ) -> None:
        self._database = database
        self.names_begin = tables.leases.name.removesuffix("leases")
        self._revisions = tuple(revisions)
        self._scripts = scripts
        self._version = version = Table(
            tables.version_table,
            MetaData(),
            Column("version_num", word(32), primary_key=True),
            Column("oldest_daemon", word(32), nullable=False, server_default=revisions[0]),
            mysql_engine="InnoDB",
            mysql_charset="utf8mb4",
            mysql_collate="utf8mb4_unicode_ci",
        )
        self._first = (version, tables.leases)
        self.table_names = (version.name, *(each.name for each in tables.metadata.sorted_tables))
        self._select = select(version.c.version_num, version.c.oldest_daemon).order_by(
            version.c.version_num.desc()
        )
        self._forget_older = delete(version).where(version.c.version_num < bindparam("newest"))
        self._lookup = text("SELECT CURRENT_USER(), DATABASE()")

    @property
    def newest(self) -> str:
        """The revision that this program brings the tables to."""
        return self._revisions[-1]

    async def look(self) -> SchemaStanding:
        """
        How it stands, by one SELECT.

        Raises:
            SchemaTooNewError: this program must not touch the tables.
            SchemaRightsError: the database's user may not look.
            DatabaseUnavailableError: the database is away.
        """
        row = await self._database.run(self._guarded(self._read), in_step=True)
        if row is None:
            return SchemaStanding(revision=None, is_ready=False)
        revision, oldest_daemon = row
        if oldest_daemon not in self._revisions:
            raise SchemaTooNewError(
                revision=revision, oldest_daemon=oldest_daemon, ours=self.newest
            )
        is_newer = revision not in self._revisions
        return SchemaStanding(
            revision=revision, is_ready=is_newer or revision == self.newest, is_newer=is_newer
        )

    async def prepare(self) -> None:
        """
        Make what has to be there before daemons can agree on who upgrades.

        Raises:
            SchemaRightsError: the database's user may not.
            DatabaseUnavailableError: the database is away.
        """

        async def make(connection: AsyncConnection) -> None:
            for table in self._first:
                await connection.execute(CreateTable(table, if_not_exists=True))

        await self._database.run(self._guarded(make))

    async def upgrade(self) -> SchemaUpgrade:
        """
        Bring the tables to this program's revision, or leave them at a newer one it can live with.

        To be done by one daemon at a time; that two do it is harmless.

        Raises:
            SchemaTooNewError: this program must not touch the tables.
            SchemaRightsError: the database's user may not change them.
            DatabaseUnavailableError: the database is away; what is done so far stays.
        """
        standing = await self.look()
        before = standing.revision
        while not standing.is_ready:
            reached = standing.revision
            overtaken = await self._climb()
            standing = await self.look()
            if overtaken is not None and standing.revision == reached:
                raise overtaken
        return SchemaUpgrade(before=before, after=standing.revision)

    async def _climb(self) -> OvertakenError | None:
        """Run the revisions that are missing, unless another is faster."""
        revisions = await asyncio.to_thread(_load, self._scripts)
        run = self._database.transact if self._database.dialect == "sqlite" else self._database.run
        try:
            await run(
                self._guarded(partial(self._run, revisions)),
                timeout=UPGRADE_TIMEOUT,
                in_step=True,
            )
        except OvertakenError as error:
            return error
        return None

    async def _run(self, revisions: "Revisions", connection: AsyncConnection) -> None:
        await connection.execute(CreateTable(self._version, if_not_exists=True))
        if (row := await self._read(connection)) is not None:  # two at once can leave two rows
            await connection.execute(self._forget_older, {"newest": row[0]})
        await connection.run_sync(
            revisions.run, version=self._version, newest=self.newest, own=self.names_begin
        )

    async def _read(self, connection: AsyncConnection) -> tuple[str, str] | None:
        try:
            row = (await connection.execute(self._select)).first()
        except DBAPIError as error:
            if _number(error) == _NO_TABLE or "no such table" in str(error.orig):
                return None
            raise
        return None if row is None else (row.version_num, row.oldest_daemon)

    def _guarded(
        self, work: Callable[[AsyncConnection], Awaitable[T]]
    ) -> Callable[[AsyncConnection], Awaitable[T]]:
        """`work`, with a missing right told as what grants it."""

        async def guarded(connection: AsyncConnection) -> T:
            try:
                return await work(connection)
            except DBAPIError as error:
                if _number(error) not in _NO_RIGHT:
                    raise
                raise SchemaRightsError(await self._grants(connection)) from error

        return guarded

    async def _grants(self, connection: AsyncConnection) -> list[str]:
        user, schema = (await connection.execute(self._lookup)).one()
        name, _, host = user.rpartition("@")
        return [
            f"GRANT {RIGHTS} ON `{schema}`.`{table}` TO '{name}'@'{host}';"
            for table in self.table_names
        ]


def _load(scripts: Path) -> "Revisions":
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it talks while it is imported
    from config_store.migrations.running import Revisions  # noqa: PLC0415 - few starts need it

    return Revisions(scripts)


def _number(error: DBAPIError) -> object:
    arguments: tuple[object, ...] = getattr(error.orig, "args", ())
    return arguments[0] if arguments else None
