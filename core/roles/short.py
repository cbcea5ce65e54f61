"""
Roles that are held for a moment, such as that of who upgrades the tables.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager

from core.roles.keeper import RoleKeeper
from core.roles.role import Role
from core.supervision import growing_pauses, keep_running


@asynccontextmanager
async def hold_once(
    keeper: RoleKeeper, name: str, stop: asyncio.Event
) -> AsyncGenerator[Role | None]:
    """
    Wait for the role, keep it while the block runs, then leave it. None if `stop` was set first.

    `keeper`: one of its own, which nobody else runs. Nothing but the database has to be there: the
    leases' table is made. While the database is away this waits.
    """
    ended = asyncio.Event()
    keeping = asyncio.create_task(keep_running(f"role {name}", keeper.run, ended, _pauses))
    role = keeper.roles[name]
    try:
        yield role if await role.until_held(stop) else None
    finally:
        ended.set()
        await keeping


def _pauses() -> Iterator[float]:
    return growing_pauses(1.0, 30.0)
