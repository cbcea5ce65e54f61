"""
Whether the daemon's own tables are there, which a command asks before it uses them.
"""

from config_store.own.schema import OwnSchema


class OwnTablesMissingError(Exception):
    """The tables are not there, or older than this program."""

    def __init__(self, schema: OwnSchema, revision: str | None) -> None:
        how = "are not there" if revision is None else f"are at revision {revision}, which is older"
        self.revision = revision
        super().__init__(
            f"the tables {schema.names_begin}… {how}: run `sspanel-im migrate`, or start the daemon"
        )


async def ensure_own_tables(schema: OwnSchema) -> None:
    """
    See that this program can work with the tables.

    Raises:
        OwnTablesMissingError: they are not there yet.
        SchemaTooNewError: a newer program has changed them.
        DatabaseUnavailableError: the database is away.
    """
    standing = await schema.look()
    if not standing.is_ready:
        raise OwnTablesMissingError(schema, standing.revision)
