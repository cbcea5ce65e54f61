"""
What a database's own tables look like, as the engine itself tells it.
"""

import re

from sqlalchemy import inspect, text

from config_store.database import Database


async def own_table_names(database: Database, prefix: str = "") -> set[str]:
    """The tables whose names begin with the prefix and `im_`."""

    def names(connection):
        return {
            name
            for name in inspect(connection).get_table_names()
            if name.startswith(f"{prefix}im_")
        }

    return await database.run(lambda it: it.run_sync(names))


async def descriptions(database: Database, names: set[str]) -> dict[str, list[str]]:
    """Columns, types, collations, keys and indexes of tables, one a line."""
    return {name: await _description(database, name) for name in names}


async def _description(database: Database, name: str) -> list[str]:
    if database.dialect == "mysql":
        shown = await database.run(lambda it: it.execute(text(f"SHOW CREATE TABLE `{name}`")))
        created = re.sub(r" AUTO_INCREMENT=\d+", "", shown.one()[1])
        return sorted(line.strip().rstrip(",") for line in created.splitlines())
    shown = await database.run(
        lambda it: it.execute(
            text("SELECT sql FROM sqlite_master WHERE tbl_name = :name AND sql IS NOT NULL"),
            {"name": name},
        )
    )
    return sorted(
        line.strip().rstrip(",") for (sql,) in shown.all() for line in sql.strip().splitlines()
    )
