"""
Running revisions by Alembic, without its command line, its configuration and its global proxies.

Importing this costs some hundred milliseconds of the processor, which few starts need to spend.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Table, update
from sqlalchemy.exc import IntegrityError

from config_store.migrations import OvertakenError


class Revisions:
    """The revisions in a folder, read once."""

    def __init__(self, scripts: Path) -> None:
        self._scripts = ScriptDirectory(scripts)

    def run(self, connection: Connection, *, version: Table, newest: str, own: str) -> None:
        """
        Run those between what `version` says and `newest`; tables' names begin with `own`.

        Raises:
            OvertakenError: the version was changed by another meanwhile.
        """

        def steps(heads: Sequence[str], _: MigrationContext) -> Iterator[MigrationStep]:
            missing = self._scripts.iterate_revisions(newest, tuple(heads) or None)
            for script in reversed(list(missing)):
                oldest = update(version).values(oldest_daemon=script.module.oldest_daemon)
                connection.execute(oldest)  # before the step: it may take away what others need
                yield MigrationStep.upgrade_from_script(self._scripts.revision_map, script)

        options: dict[str, Any] = {"version_table": version.name, "fn": steps}
        context = MigrationContext.configure(connection, opts=options)
        try:
            context.run_migrations(op=Operations(context), own=own)
        except (IntegrityError, CommandError) as error:
            raise OvertakenError from error
