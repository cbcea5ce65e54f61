"""
How the daemon is, as `/readyz` tells it and as `/metrics` counts it.

`ready`: everything that is switched on works. `degraded`: something does not, the rest does.
`unavailable`: nothing can be served, since the settings were never read.
"""

from collections.abc import Callable, Sequence
from typing import Literal, TypedDict

from config_store.live_settings import LiveSettings
from core.bot_guard import BotGuard
from core.delivery.census import QueueSummary
from core.platform import BotState
from core.roles import Role, RoleState


class BotReport(TypedDict):
    state: str
    detail: str


class Readiness(TypedDict):
    """The JSON of `/readyz`; ages in seconds."""

    status: Literal["ready", "degraded", "unavailable"]
    database: dict[str, str]
    settings: dict[str, str | float | None]
    bots: dict[str, BotReport]
    queue: QueueSummary
    roles: dict[str, str]


class Health:
    """
    Puts the states of all parts together. It asks nobody: every state is known already.

    `queue`: gives what was counted last.
    """

    def __init__(
        self,
        *,
        settings: LiveSettings,
        bots: Sequence[BotGuard],
        roles: Sequence[Role],
        queue: Callable[[], QueueSummary],
    ) -> None:
        self._settings = settings
        self._bots = bots
        self._roles = roles
        self._queue = queue

    def readiness(self) -> Readiness:
        age = self._settings.age_seconds
        return Readiness(
            status=self._status(),
            database={"state": "up" if self._settings.database_up else "down"},
            settings={
                "state": self._settings.state,
                "age_seconds": None if age is None else round(age, 1),
            },
            bots={
                bot.name.value: BotReport(state=bot.state.value, detail=bot.detail)
                for bot in self._bots
            },
            queue=self._queue(),
            roles={role.name: role.state.value for role in self._roles},
        )

    def _status(self) -> Literal["ready", "degraded", "unavailable"]:
        if self._settings.current is None:
            return "unavailable"
        failing = any(bot.state is BotState.FAILING for bot in self._bots)
        unsure = any(
            role.state is RoleState.UNSURE or role.trouble is not None for role in self._roles
        )
        if failing or unsure or not self._settings.database_up or self._settings.state != "live":
            return "degraded"
        return "ready"
