"""
`python -m sandbox.panel`: add very many users to a panel, for benchmarks.

The database is one with the panel's tables (an empty SQLite file gets them).
"""

import argparse
import asyncio
import sys
import time
from datetime import UTC, datetime

from config_store.database import Database, DatabaseUnavailableError
from config_store.panel.tables import PanelTables
from sandbox.panel.making import fill


def main() -> int:
    """Exit codes: 0 done, 1 the database cannot be reached, 2 wrong arguments."""
    arguments = _arguments()
    try:
        asyncio.run(_run(arguments))
    except DatabaseUnavailableError as error:
        print(error, file=sys.stderr)  # noqa: T201 (a command's output)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.panel", description=__doc__)
    parser.add_argument("--users", type=int, required=True, help="how many accounts to add")
    parser.add_argument(
        "--database-url", required=True, help="SQLAlchemy URL of the panel's database"
    )
    parser.add_argument("--table-prefix", default="", help="the panel's db_prefix")
    parser.add_argument("--seed", type=int, default=1, help="the same seed adds the same people")
    return parser.parse_args()


async def _run(arguments: argparse.Namespace) -> None:
    database, tables = Database(arguments.database_url), PanelTables(arguments.table_prefix)
    began = time.monotonic()
    try:
        if database.dialect == "sqlite":
            await database.run(lambda connection: connection.run_sync(tables.metadata.create_all))
        await fill(
            database,
            tables,
            users=arguments.users,
            seed=arguments.seed,
            now=datetime.now(UTC),
            report=lambda done: print(f"\r{done:,} users", end="", file=sys.stderr),  # noqa: T201
        )
    finally:
        await database.close()
    print(f"\n{time.monotonic() - began:.1f} s", file=sys.stderr)  # noqa: T201 (a command's output)


if __name__ == "__main__":
    sys.exit(main())
