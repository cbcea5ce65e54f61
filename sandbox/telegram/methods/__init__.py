"""
The Bot API's methods, one file a subject. Each takes a `Context` and gives the `result`.

There are those that this project's bot has a use for; any other name is answered as an unknown
method is. Their parameters are written down with them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from sandbox.telegram.context import Method
from sandbox.telegram.methods import (
    editing,
    files,
    inviting,
    looking,
    members,
    profile,
    receiving,
    sending,
    tidying_up,
)

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.name.lower(): method
        for module in (
            receiving,
            files,
            sending,
            editing,
            tidying_up,
            profile,
            looking,
            members,
            inviting,
        )
        for method in module.METHODS
    }
)
"""By lower-case name: the platform does not tell upper from lower case in names of methods."""
