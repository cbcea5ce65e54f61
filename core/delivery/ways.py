"""
How a recipient is reached: the bound platform, the next one, or the panel's mail.

An account that asked for mail, or is bound to nothing, is reached by mail; so is one whose platform
is switched off. A platform that only refuses its token at the moment is still the way: what is for
it waits.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from config_store.bootstrap.routes import RouteName, RouteTarget
from config_store.catalogue import SiteSettings
from config_store.panel.recipients import Recipient
from core.delivery.model import EMAIL, SWITCHES, Kind
from core.platform import Credentials, Platform

TARGET_LENGTH = 128  # characters of a target in the queue; the panel's columns hold more


@dataclass(frozen=True, slots=True)
class Way:
    """A platform, or `email`, and a target there."""

    platform: str
    target: str


class Ways:
    """Knows the site's platforms and routes."""

    def __init__(
        self,
        *,
        platforms: Sequence[Platform],
        routes: Mapping[RouteName, Sequence[RouteTarget]],
    ) -> None:
        self._platforms = platforms
        self._routes = routes

    def to_account(self, recipient: Recipient, settings: SiteSettings) -> list[Way]:
        """The ways to an account, the first one to be tried first."""
        return list(self._to_account(recipient, settings))

    def first_to_account(
        self, recipient: Recipient, settings: SiteSettings, *, by_email: bool
    ) -> Way | None:
        """The way to be tried first, None if there is none. `by_email`: mail is one as well."""
        first = next(self._to_account(recipient, settings), None)
        return None if first is None or (first.platform == EMAIL and not by_email) else first

    def by_email(self, recipient: Recipient) -> list[Way]:
        """The way by mail; none without an address."""
        # Whoever hands the mail over reads the whole address again.
        return [Way(EMAIL, recipient.email[:TARGET_LENGTH])] if recipient.email else []

    def to_group(self, kind: Kind, settings: SiteSettings) -> list[Way]:
        """
        Where a group notice goes: to the chats that its kind is routed to, else to the site's
        group on each platform where such notices are switched on.
        """
        switch = SWITCHES.get(kind)
        if switch is not None and not getattr(settings, switch):
            return []
        if routed := self._routed(kind.value):
            return routed
        targets = [
            (platform.name.value, platform.group_target(settings)) for platform in self._platforms
        ]
        return [Way(name, target) for name, target in targets if target is not None]

    def to_admins(self) -> list[Way]:
        """The chats that the administrators' notices are routed to; none if to themselves."""
        return self._routed("admins")

    def _routed(self, name: RouteName) -> list[Way]:
        return [Way(each.platform, each.target) for each in self._routes.get(name, ())]

    def _to_account(self, recipient: Recipient, settings: SiteSettings) -> Iterator[Way]:
        if (
            recipient.platform is not None
            and recipient.platform_user is not None
            and len(recipient.platform_user) <= TARGET_LENGTH
            and not recipient.prefers_email
            and recipient.platform in self.in_use(settings)
        ):
            yield Way(recipient.platform, recipient.platform_user)
        yield from self.by_email(recipient)

    def in_use(self, settings: SiteSettings) -> Collection[str]:
        """The platforms whose bots are switched on."""
        return {
            platform.name.value
            for platform in self._platforms
            if isinstance(platform.wanted(settings), Credentials)
        }
