from collections.abc import Callable

import pytest

from config_store.database import Database
from config_store.own.schema import OwnSchema
from config_store.own.tables import OwnTables


@pytest.fixture
def own_tables() -> OwnTables:
    return OwnTables()


@pytest.fixture
def schema(database: Database, own_tables: OwnTables) -> OwnSchema:
    """
    The own tables beside a fresh panel, not made yet.
    """
    return OwnSchema(database=database, tables=own_tables)


@pytest.fixture
def schema_of(database: Database) -> Callable[..., OwnSchema]:
    """
    Other programs' and other sites' views of the same database.
    """

    def make(prefix: str = "", **program: object) -> OwnSchema:
        return OwnSchema(database=database, tables=OwnTables(prefix), **program)

    return make
