"""
Leaving the site's group with one's binding, where the operator wants that.

Whoever unbinds on a platform with such a group is removed from it: as a deferred action that is
written together with the unbinding, so that neither happens without the other.
"""

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.live_settings import SiteSettings
from core.accounts.binding.people import PersonKey
from core.accounts.member_group import member_group
from core.clock import SiteClock
from core.delivery.actions import REMOVE_MEMBER, DeferredActions
from core.delivery.model import CLOCKS_DIFFER
from core.platform import PlatformName


class LeavingGroup:
    """Has people removed who unbind."""

    def __init__(self, *, actions: DeferredActions, clock: SiteClock) -> None:
        self._actions = actions
        self._clock = clock

    def with_unbinding(
        self, settings: SiteSettings, person: PersonKey
    ) -> Callable[[AsyncConnection], Awaitable[None]] | None:
        """
        What belongs into the transaction that ends a person's binding.

        None if nobody is removed for that.
        """
        group = _group(settings, person.platform)
        if group is None:
            return None

        async def schedule(tx: AsyncConnection) -> None:
            await self._actions.schedule(
                tx,
                REMOVE_MEMBER,
                platform=person.platform,
                target=group,
                due=self._clock.now() - CLOCKS_DIFFER,
                arguments={"platform": person.platform.value, "user_id": person.id},
            )

        return schedule


def _group(settings: SiteSettings, platform: PlatformName) -> str | None:
    """The group to be left, None if nobody has to."""
    return member_group(settings, platform) if settings.telegram_unbind_kick_member else None
