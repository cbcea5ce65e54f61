"""
Which of the daemons on one database does what: each role is one daemon's at a time.

`RoleKeeper` takes, holds and leaves the roles of this daemon, a `Role` tells the other parts how
it stands with one of them, `hold_once` is for roles that are held for a moment. `DaemonRegister`
tells the other daemons of this one, and this one's pacers of the others. Nothing here knows what a
role is good for.
"""

from core.roles.boot_clock import boot_time
from core.roles.deaths import Deaths
from core.roles.hosts import Host
from core.roles.keeper import RoleKeeper
from core.roles.register import DaemonRegister
from core.roles.role import Role, RoleLostError, RoleState, Standing
from core.roles.short import hold_once

__all__ = [
    "DaemonRegister",
    "Deaths",
    "Host",
    "Role",
    "RoleKeeper",
    "RoleLostError",
    "RoleState",
    "Standing",
    "boot_time",
    "hold_once",
]
