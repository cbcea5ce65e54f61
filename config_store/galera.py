"""
What is different on a node of a Galera cluster.

A node may lag behind the others: what one has committed, another shows some milliseconds later,
behind a large transaction some seconds. Whoever must see all that was committed before he asks
reads *in step*, for which the node catches up first (`wsrep_sync_wait`). On a server that is no
node of a cluster there is nothing to wait for, and nothing is sent.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_LOOK = text("SHOW VARIABLES LIKE 'wsrep_on'")
_IN_STEP = "SET SESSION wsrep_sync_wait = @@wsrep_sync_wait | 1"
_AS_BEFORE = "SET SESSION wsrep_sync_wait = DEFAULT"
_IS_NODE, _IS_IN_STEP = "sspanel_im_is_node", "sspanel_im_is_in_step"


async def is_cluster(connection: AsyncConnection) -> bool:
    """Whether the database is a node of a Galera cluster."""
    if connection.dialect.name == "sqlite":
        return False
    row = (await connection.execute(_LOOK)).first()
    return row is not None and row[1] == "ON"


async def set_in_step(connection: AsyncConnection, *, wanted: bool) -> None:
    """Have what is read on this connection from now on wait for the other nodes, or not."""
    if connection.sync_connection is None:
        return
    known = connection.sync_connection.info  # kept as long as the connection to the server
    if known.get(_IS_IN_STEP, False) == wanted:
        return
    if _IS_NODE not in known:
        known[_IS_NODE] = await is_cluster(connection)
    if known[_IS_NODE]:
        await connection.exec_driver_sql(_IN_STEP if wanted else _AS_BEFORE)
        known[_IS_IN_STEP] = wanted
