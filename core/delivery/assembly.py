"""
The queue put together: what accepts notices, and the parts that run.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random
from typing import Protocol

import structlog
from sqlalchemy import ColumnElement

from config_store.bootstrap.settings import BootstrapSettings
from config_store.database import Database
from config_store.live_settings import LiveSettings
from config_store.own.broadcasts import BroadcastTable
from config_store.own.claims import Claims
from config_store.own.clearing import Clearing
from config_store.own.enqueuing import Enqueuing
from config_store.own.folding import Folding
from config_store.own.learned import LearnedTargets
from config_store.own.looking import Looking
from config_store.own.notices import Notice, NoticeTable
from config_store.own.settling import Settling
from config_store.own.tables import OwnTables
from config_store.panel.audience import AudienceTable
from config_store.panel.mail_queue import MailQueue
from config_store.panel.recipients import RecipientTable
from config_store.panel.tables import PanelTables
from core.clock import SiteClock
from core.delivery.actions import STANDARD_ACTIONS, DeferredActions
from core.delivery.after_restore import AfterRestore, VacantRole
from core.delivery.audience import only_of
from core.delivery.broadcasts import Broadcasts
from core.delivery.census import CensusKeeper, Counting
from core.delivery.content import Speaker
from core.delivery.counting import CountsOf, counts_nothing
from core.delivery.deleted_accounts import DeletedAccounts
from core.delivery.detours import Detours
from core.delivery.expansion import Expansion
from core.delivery.judging import Judge
from core.delivery.mail import MailHandover
from core.delivery.model import EMAIL
from core.delivery.moves import MovedTargets
from core.delivery.notifier import Notifier
from core.delivery.orders import NoticeOrders, OrderKeeper
from core.delivery.outages import Outage
from core.delivery.outcomes import OutcomeWriter
from core.delivery.overdue import Overdue
from core.delivery.oversight import QueueOversight
from core.delivery.previews import Previews
from core.delivery.queue import DeliveryQueue
from core.delivery.reading import Reading
from core.delivery.removal import Removal
from core.delivery.sending import Sending
from core.delivery.upkeep import Chore, Upkeep
from core.delivery.wakening import Wakening
from core.delivery.ways import Ways
from core.delivery.worker import BotOnDuty, DeliveryWorker
from core.platform import Bot, CredentialsRefusedError, Platform, PlatformName
from core.texts.catalogues import Catalogues

log = structlog.get_logger(__name__)


class Duty(BotOnDuty, Protocol):
    """Whoever runs a platform's bot, and stops it when its token is refused."""

    def refuse_token(self, error: CredentialsRefusedError, *, bot: Bot | None = None) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTables:
    """The statements of the queue."""

    own: OwnTables
    claims: Claims
    settling: Settling
    enqueuing: Enqueuing
    learned: LearnedTargets
    notices: NoticeTable
    recipients: RecipientTable
    audience: AudienceTable
    broadcasts: BroadcastTable
    clearing: Clearing
    folding: Folding
    mails: MailQueue


def queue_tables(own: OwnTables, panel: PanelTables, database: Database) -> QueueTables:
    """The statements for a database, built once."""
    dialect = database.dialect
    return QueueTables(
        own=own,
        claims=Claims(own, panel.user.name, dialect),
        settling=Settling(own, dialect),
        enqueuing=Enqueuing(own, dialect),
        learned=LearnedTargets(own, panel.config.name, dialect),
        notices=NoticeTable(own),
        recipients=RecipientTable(panel, own.deliveries),
        audience=AudienceTable(panel),
        broadcasts=BroadcastTable(own),
        clearing=Clearing(own, panel.user.name, dialect),
        folding=Folding(own, dialect),
        mails=MailQueue(panel),
    )


def _tell_outage(platform: PlatformName, is_on: bool) -> None:  # noqa: FBT001 - called back by position
    if is_on:
        log.warning("platform does not answer", platform=platform.value, mend="deliveries wait")
    else:
        log.info("platform answers again", platform=platform.value)


class NoticeQueue:
    """
    The queue of one site. `notifier`, `broadcasts` and `actions` put into it; `worker`, `expansion`
    and `orders` run.

    `speaker`: what puts worded notices into words. `random` draws the jitter of pauses.
    """

    def __init__(
        self,
        *,
        bootstrap: BootstrapSettings,
        database: Database,
        tables: QueueTables,
        platforms: Sequence[Platform],
        settings: LiveSettings,
        catalogues: Catalogues,
        speaker: Speaker,
        clock: SiteClock,
        random: Random,
        counts_of: CountsOf = counts_nothing,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._random = random
        self._counts_of = counts_of
        self._site_name = bootstrap.site_name
        self._retention = timedelta(days=bootstrap.queue_retention_days)
        self._platforms = platforms
        self.tables = tables
        self.wakening = Wakening()
        self.ways = Ways(platforms=platforms, routes=bootstrap.routes)
        self.notifier = Notifier(
            database=database,
            notices=tables.notices,
            enqueuing=tables.enqueuing,
            recipients=tables.recipients,
            ways=self.ways,
            settings=settings,
            clock=clock,
            wakening=self.wakening,
        )
        self.actions = DeferredActions(
            enqueuing=tables.enqueuing, clock=clock, kinds=STANDARD_ACTIONS
        )
        looking = Looking(tables.own)
        counting = Counting(looking=looking, clock=clock)
        self.census = CensusKeeper(database=database, counting=counting, clock=clock)
        self.oversight = QueueOversight(
            database=database,
            looking=looking,
            counting=counting,
            notices=tables.notices,
            folding=tables.folding,
            enqueuing=tables.enqueuing,
            settling=tables.settling,
            wakening=self.wakening,
            clock=clock,
        )
        self._reading = Reading(
            database=database,
            notices=tables.notices,
            speaker=speaker,
            catalogues=catalogues,
            site_locale=bootstrap.locale,
        )

        self._orders = NoticeOrders(
            database=database,
            notices=tables.notices,
            broadcasts=tables.broadcasts,
            settling=tables.settling,
            clock=clock,
            made=self.wakening.wake,
        )
        is_paid = bootstrap.telegram_paid_broadcast
        self.broadcasts = Broadcasts(
            database=database,
            notices=tables.notices,
            broadcasts=tables.broadcasts,
            folding=tables.folding,
            notifier=self.notifier,
            previews=Previews(
                database=database,
                audience=tables.audience,
                ways=self.ways,
                platforms=platforms,
                speaker=speaker,
                catalogues=catalogues,
                site_locale=bootstrap.locale,
                settings=settings,
                paid_rate=bootstrap.telegram_rate if is_paid else None,
                clock=clock,
            ),
            orders=self._orders,
            wakening=self.wakening,
            clock=clock,
        )

    def _narrowing(self, notice: Notice) -> Sequence[ColumnElement[bool]]:
        """The accounts of a broadcast's audience, as it was when that was accepted."""
        only = only_of(notice.audience_details)
        return self.tables.audience.conditions(only.at(notice.accepted_at, self._clock.zone))

    def expansion(self, is_on_duty: Callable[[], bool]) -> Expansion:
        """The part that turns notices to many into deliveries, for the daemon on duty."""
        expansion = Expansion(
            database=self._database,
            notices=self.tables.notices,
            recipients=self.tables.recipients,
            enqueuing=self.tables.enqueuing,
            claims=self.tables.claims,
            ways=self.ways,
            narrowing=self._narrowing,
            settings=self._settings,
            clock=self._clock,
            is_on_duty=is_on_duty,
            made=self.wakening.wake,
        )
        self.wakening.add(expansion.wake)
        return expansion

    def orders(self, is_on_duty: Callable[[], bool]) -> OrderKeeper:
        """The part that has deliveries follow their broadcasts, for the daemon on duty."""
        return OrderKeeper(orders=self._orders, is_on_duty=is_on_duty)

    def upkeep(self, role: VacantRole, *, others: Sequence[Chore] = ()) -> Upkeep:
        """
        The part that clears up, for the daemon that has the role of the watchers.

        `is_on_duty` of it is what `expansion` and `mail` ask; `others` are passes that are not the
        queue's.
        """
        clearing, settling = self.tables.clearing, self.tables.settling
        names = [platform.name.value for platform in self._platforms]
        return Upkeep(
            after_restore=self._after_restore(role, EMAIL, pauses_notices=True),
            overdue=Overdue(
                platforms=[*names, EMAIL],
                database=self._database,
                clearing=clearing,
                settling=settling,
                clock=self._clock,
            ),
            removal=Removal(
                retention=self._retention,
                database=self._database,
                clearing=clearing,
                folding=self.tables.folding,
                clock=self._clock,
            ),
            deleted_accounts=DeletedAccounts(
                database=self._database, clearing=clearing, settling=settling, clock=self._clock
            ),
            others=others,
        )

    def mail(self, is_on_duty: Callable[[], bool]) -> MailHandover:
        """The part that hands mails over to the panel, for the daemon on duty."""
        mail = MailHandover(
            database=self._database,
            claims=self.tables.claims,
            settling=self.tables.settling,
            mails=self.tables.mails,
            reading=self._reading,
            settings=self._settings,
            site_name=self._site_name,
            clock=self._clock,
            is_on_duty=is_on_duty,
        )
        self.wakening.add(mail.wake)
        return mail

    def _after_restore(
        self, role: VacantRole, platform: str, *, pauses_notices: bool = False
    ) -> AfterRestore:
        return AfterRestore(
            role=role,
            platform=platform,
            pauses_notices=pauses_notices,
            database=self._database,
            clearing=self.tables.clearing,
            settling=self.tables.settling,
            clock=self._clock,
        )

    def worker(self, platform: Platform, *, role: VacantRole, duty: Duty) -> DeliveryWorker:
        """The part that sends the deliveries of a platform."""
        counts = self._counts_of(platform.name.value)
        queue = DeliveryQueue(
            database=self._database,
            claims=self.tables.claims,
            learned=self.tables.learned,
            platform=platform.name.value,
            clock=self._clock,
        )
        writer = OutcomeWriter(
            database=self._database,
            settling=self.tables.settling,
            detours=Detours(
                recipients=self.tables.recipients,
                enqueuing=self.tables.enqueuing,
                ways=self.ways,
                settings=self._settings,
            ),
            learned=self.tables.learned,
            clock=self._clock,
            made=self.wakening.wake,
            counts=counts,
        )
        moves = MovedTargets(platform.budget_of)
        outage = Outage(clock=time.monotonic, told=partial(_tell_outage, platform.name))
        sending = Sending(
            platform=platform,
            reading=self._reading,
            actions=self.actions,
            judge=Judge(random=self._random, repeats_known_for=platform.repeats_known_for),
            moves=moves,
            may_send=lambda: role.is_held and not writer.is_stuck,
            is_behind=lambda: writer.is_behind,
            mark=queue.mark,
            refuse_token=duty.refuse_token,
            outage=outage,
            clock=self._clock,
            counts=counts,
        )
        worker = DeliveryWorker(
            platform=platform.name.value,
            queue=queue,
            writer=writer,
            sending=sending,
            reading=self._reading,
            moves=moves,
            pacer=platform.pacer,
            role=role,
            first=self._after_restore(role, platform.name.value),
            duty=duty,
            outage=outage,
            in_flight=platform.in_flight,
            clock=self._clock,
            counts=counts,
        )
        self.wakening.add(worker.wake)
        return worker
