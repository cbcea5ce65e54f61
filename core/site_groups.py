"""
Which groups on Telegram the bot may stay in after somebody has added it.

While the site has no group it stays everywhere, so that an operator can ask it for the group's id.
A former group of the site is not left: an operator may change the setting back.
"""

import asyncio

from config_store.live_settings import LiveSettings
from core.supervision import first_of


class SiteGroups:
    """Knows the site's group, and those it had since this process began."""

    def __init__(self, *, settings: LiveSettings) -> None:
        self._settings = settings
        self._own: set[int] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Remember each group that becomes the site's, until `stop` is set."""
        while not stop.is_set():
            seen = self._settings.current
            if seen is not None and seen.telegram_group is not None:
                self._own.add(seen.telegram_group)
            await first_of(stop.wait(), self._settings.changed(seen))

    def may_stay(self, group_id: int) -> bool:
        """Whether the bot stays in a group that it was just added to."""
        settings = self._settings.current
        if settings is None or settings.telegram_group is None:
            return True
        return (
            settings.allow_to_join_new_groups
            or group_id in settings.group_id_allowed_to_join
            or group_id == settings.telegram_group
            or group_id in self._own
        )
