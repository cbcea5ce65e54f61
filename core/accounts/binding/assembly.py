"""The ways of binding put together: what the chat and the HTTP API ask, and the parts that run."""

from collections.abc import Callable

from config_store.database import Database
from config_store.own.account_clearing import AccountClearing
from config_store.own.bind_codes import BindCodeTable
from config_store.own.conversations import ConversationTable
from config_store.own.offered import OfferedTable
from config_store.own.tables import OwnTables
from config_store.own.tries import TryTable
from config_store.panel.proofs import ProofTable
from config_store.panel.tables import PanelTables
from core.accounts.binding.bind_codes import BindCodes
from core.accounts.binding.bindings import Bindings
from core.accounts.binding.email_codes import EmailCodes
from core.accounts.binding.failed_series import FailedSeries, FailedSeriesTelling, OwnersNotices
from core.accounts.binding.limits import BindingLimits
from core.accounts.binding.people import PersonKey
from core.accounts.binding.site_watch import SiteWatch
from core.accounts.binding.subscription_links import SubscriptionLinks
from core.accounts.upkeep import AccountUpkeep
from core.clock import SiteClock
from core.delivery.notifier import Notifier


class BindingWays:
    """
    The ways of a site. `email_codes`, `bind_codes` and `subscription_links` prove accounts;
    `site_watch` and `failed_series` run, `upkeep` clears up.
    """

    def __init__(
        self,
        *,
        database: Database,
        tables: PanelTables,
        own: OwnTables,
        conversations: ConversationTable,
        bindings: Bindings,
        subscription_url: str | None,
        clock: SiteClock,
    ) -> None:
        self._database = database
        self._clock = clock
        self._conversations = conversations
        self._tries = TryTable(own, database.dialect)
        self._offered = OfferedTable(own, tables)
        proofs = ProofTable(tables)
        limits = BindingLimits(tries=self._tries, clock=clock)
        self.email_codes = EmailCodes(
            conversations=conversations,
            proofs=proofs,
            limits=limits,
            bindings=bindings,
            failed_series=FailedSeries(tries=self._tries, clock=clock),
            clock=clock,
        )
        self.bind_codes = BindCodes(
            database=database,
            codes=BindCodeTable(own, tables),
            conversations=conversations,
            limits=limits,
            bindings=bindings,
            clock=clock,
        )
        self.subscription_links = SubscriptionLinks(
            proofs=proofs,
            conversations=conversations,
            limits=limits,
            bindings=bindings,
            subscription_url=subscription_url,
        )
        self.upkeep = AccountUpkeep(
            database=database,
            clearing=AccountClearing(own, tables, database.dialect),
            clock=clock,
        )

    def site_watch(
        self,
        *,
        notifier: Notifier,
        follow: Callable[[PersonKey, int], None],
        is_on_duty: Callable[[], bool],
    ) -> SiteWatch:
        """The part that tells who was bound on the site. `follow`: as `SiteWatch` says."""
        return SiteWatch(
            database=self._database,
            offered=self._offered,
            conversations=self._conversations,
            notifier=notifier,
            follow=follow,
            clock=self._clock,
            is_on_duty=is_on_duty,
        )

    def failed_series(
        self, *, notices: OwnersNotices, is_on_duty: Callable[[], bool]
    ) -> FailedSeriesTelling:
        """The part that tells owners of tries at their accounts."""
        return FailedSeriesTelling(
            database=self._database, tries=self._tries, notices=notices, is_on_duty=is_on_duty
        )
