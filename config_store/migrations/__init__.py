"""
How the daemon's own tables come to be and change: Alembic revisions, one file each in `versions`.

A revision only adds; what it makes superfluous is removed by a later release, so that daemons of
two releases run side by side. `oldest_daemon` in a revision's file names the earliest revision
whose daemon can live with it. Each step bears being done again after a kill in its middle, since
MariaDB does not take a half-done change back: IF NOT EXISTS, and data by conditional statements.
The leases' table may be there in its newest form already: who upgrades is settled by it. A
statement that may take over a minute on a large queue is `SET STATEMENT max_statement_time = 0 FOR`
it, since the server ends it otherwise.
A revision that was released is never edited. They are run by `config_store.own.schema` alone.

There is no alembic.ini: a revision's `upgrade` is handed its operations and the names' prefix.
"""

from pathlib import Path

SCRIPTS = Path(__file__).parent
REVISIONS = ("0001", "0002")  # oldest first; known without reading the files, which few starts need


class OvertakenError(Exception):
    """
    The tables' version is not what it was when the upgrade began: another upgraded them.

    If it is, a revision is at fault: see the cause.
    """
