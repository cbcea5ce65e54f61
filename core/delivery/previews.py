"""
What a broadcast would be: whom it reaches and how, how long that takes at the platforms' rates,
what it costs, and how each platform shows it.

Accounts are counted by one statement that reads their table once; who is reached how is decided as
it will be when the deliveries are made.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from config_store.bootstrap.settings import FREE_TELEGRAM_RATE
from config_store.catalogue import SiteSettings
from config_store.database import Database
from config_store.live_settings import LiveSettings
from config_store.panel.audience import AlikeAccounts, AudienceTable
from config_store.panel.recipients import Recipient
from core.clock import SiteClock
from core.delivery.audience import AudienceFilter
from core.delivery.content import LiteralContent, Speaker
from core.delivery.model import EMAIL
from core.delivery.ways import Ways
from core.platform import Platform, PlatformName
from core.texts.catalogues import Catalogues
from core.texts.languages import choose

STARS_A_MESSAGE = Decimal("0.1")  # above the free rate (Bot API, `allow_paid_broadcast`)
_PATIENCE = 30.0  # seconds for a count that reads the whole table of accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """
    An audience in numbers of accounts.

    `told`: by platform, `email` among them. `only_by_email`: would be told if mail was asked for.
    """

    told: Mapping[str, int]
    only_by_email: int
    out_of_reach: int

    @property
    def accounts(self) -> int:
        return sum(self.told.values()) + self.only_by_email + self.out_of_reach


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPlatform:
    """
    What a broadcast is on one platform: its parts as they would be sent, for how many accounts,
    and how long that takes if nothing else is sent.
    """

    platform: PlatformName
    accounts: int
    parts: tuple[str, ...]
    takes: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What Telegram takes from the bot's balance, in Stars: about, and at most."""

    about: Decimal
    most: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A broadcast before it is sent. `price`: None if it is free."""

    reach: Reach
    platforms: tuple[OnPlatform, ...]
    price: Price | None

    @property
    def takes(self) -> timedelta:
        """As long as the slowest platform; how fast mail goes is the panel's business."""
        return max((each.takes for each in self.platforms), default=timedelta(0))


class Previews:
    """
    Looks at broadcasts beforehand. `site_locale`: the language in which they are shown.

    `paid_rate`: messages a second that Telegram takes from this bot for money, None if it is not
    paid.
    """

    def __init__(
        self,
        *,
        database: Database,
        audience: AudienceTable,
        ways: Ways,
        platforms: Sequence[Platform],
        speaker: Speaker,
        catalogues: Catalogues,
        site_locale: str,
        settings: LiveSettings,
        paid_rate: int | None,
        clock: SiteClock,
    ) -> None:
        self._database = database
        self._audience = audience
        self._ways = ways
        self._platforms = platforms
        self._speaker = speaker
        self._words = catalogues.words(choose(None, None, None, site_locale))
        self._settings = settings
        self._paid_rate = paid_rate
        self._clock = clock

    async def count(
        self, only: AudienceFilter, *, by_email: bool, patience: float = _PATIENCE
    ) -> Reach:
        """
        How the accounts of an audience would be reached now. `patience`: seconds that it may take.

        Raises:
            DatabaseUnavailableError: as it says.
        """
        settings = self._settings.current or await self._settings.look()
        return await self._count(only, settings, by_email=by_email, patience=patience)

    async def preview(
        self, content: LiteralContent, *, only: AudienceFilter, by_email: bool
    ) -> Preview:
        """
        The whole of it.

        Raises:
            DatabaseUnavailableError: as it says.
        """
        settings = self._settings.current or await self._settings.look()
        reach = await self._count(only, settings, by_email=by_email, patience=_PATIENCE)
        message = self._speaker.speak(content, self._words)
        in_use = self._ways.in_use(settings)
        shown: list[OnPlatform] = []
        for platform in self._platforms:
            if platform.name.value in in_use:  # importing a library takes seconds: in a thread
                parts = await asyncio.to_thread(platform.preview, message)
                accounts = reach.told.get(platform.name.value, 0)
                shown.append(_on_platform(platform, accounts, tuple(parts)))
        return Preview(reach=reach, platforms=tuple(shown), price=self._price(shown))

    async def _count(
        self, only: AudienceFilter, settings: SiteSettings, *, by_email: bool, patience: float
    ) -> Reach:
        selection = only.at(self._clock.now(), self._clock.zone)
        alike = await self._database.run(
            lambda connection: self._audience.count(connection, selection), timeout=patience
        )
        return self._reach(alike, settings, by_email=by_email)

    def _reach(
        self, alike: Sequence[AlikeAccounts], settings: SiteSettings, *, by_email: bool
    ) -> Reach:
        told, only_by_email, out_of_reach = Counter[str](), 0, 0
        for accounts in alike:
            way = self._ways.first_to_account(_example(accounts), settings, by_email=True)
            if way is None:
                out_of_reach += accounts.number
            elif way.platform == EMAIL and not by_email:
                only_by_email += accounts.number
            else:
                told[way.platform] += accounts.number
        return Reach(told=told, only_by_email=only_by_email, out_of_reach=out_of_reach)

    def _price(self, shown: Sequence[OnPlatform]) -> Price | None:
        if self._paid_rate is None:
            return None
        messages = sum(_messages(shown))
        free_share = min(Decimal(1), Decimal(FREE_TELEGRAM_RATE) / self._paid_rate)
        most = messages * STARS_A_MESSAGE
        return Price(about=round(most * (1 - free_share), 1), most=most)


def _messages(shown: Sequence[OnPlatform]) -> Iterator[int]:
    for each in shown:
        if each.platform is PlatformName.TELEGRAM:
            yield each.accounts * max(1, len(each.parts))


def _on_platform(platform: Platform, accounts: int, parts: tuple[str, ...]) -> OnPlatform:
    overall = platform.pacer.rules.overall
    seconds = 0.0
    if overall is not None:
        seconds = accounts * max(1, len(parts)) * overall.seconds / overall.count
    return OnPlatform(
        platform=platform.name,
        accounts=accounts,
        parts=parts,
        takes=timedelta(seconds=round(seconds)),
    )


def _example(accounts: AlikeAccounts) -> Recipient:
    """One of these accounts, as far as it matters how it is reached."""
    return Recipient(
        id=0,
        email="somebody@example.com" if accounts.have_email else "",
        platform=accounts.platform,
        platform_user="somebody" if accounts.platform else None,
        prefers_email=accounts.prefer_email,
    )
