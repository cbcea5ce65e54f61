"""
The account services put together over the panel's tables and our own: what the chat, the HTTP API
and the parts that run share.
"""

from random import Random

from config_store.bootstrap.settings import BootstrapSettings
from config_store.database import Database
from config_store.live_settings import LiveSettings
from config_store.own.bindings import BindingTable
from config_store.own.conversations import ConversationTable
from config_store.own.people import PeopleTable
from config_store.own.tables import OwnTables
from config_store.panel.accounts import AccountTable
from config_store.panel.connections import ConnectionTable
from config_store.panel.contact import ContactTable
from config_store.panel.invites import InviteTable
from config_store.panel.records import RecordTable
from config_store.panel.subscriptions import SubscriptionTable
from config_store.panel.tables import PanelTables
from core.accounts.binding.assembly import BindingWays
from core.accounts.binding.bindings import Bindings
from core.accounts.binding.following import PanelFollower
from core.accounts.binding.ledger import BindingLedger
from core.accounts.binding.security import SecurityNotices
from core.accounts.check_in import CheckIns
from core.accounts.connection import Connections
from core.accounts.contact import ContactChoices
from core.accounts.invitations import Invitations
from core.accounts.languages import ChosenLanguages
from core.accounts.overview import AccountOverviews
from core.accounts.records import AccountRecords
from core.accounts.subscriptions import Subscriptions
from core.clock import SiteClock
from core.delivery.notifier import Notifier


class AccountServices:
    """The services of a site. `follower` runs. `random` draws the check-in rewards."""

    def __init__(
        self,
        *,
        bootstrap: BootstrapSettings,
        database: Database,
        tables: PanelTables,
        own: OwnTables,
        settings: LiveSettings,
        notifier: Notifier,
        clock: SiteClock,
        random: Random,
    ) -> None:
        accounts = AccountTable(tables, zone=clock.zone)
        bindings = BindingTable(own, tables)
        self.security = SecurityNotices(notifier=notifier, bindings=bindings, settings=settings)
        ledger = BindingLedger(bindings=bindings, notices=self.security, clock=clock)
        self.follower = PanelFollower(database=database, ledger=ledger)
        self.bindings = Bindings(
            database=database,
            accounts=accounts,
            bindings=bindings,
            ledger=ledger,
            follow=self.follower.follow,
        )
        self.conversations = ConversationTable(own, database.dialect)
        self.ways = BindingWays(
            database=database,
            tables=tables,
            own=own,
            conversations=self.conversations,
            bindings=self.bindings,
            subscription_url=bootstrap.subscription_url,
            clock=clock,
        )
        self.overviews = AccountOverviews(database=database, accounts=accounts)
        self.check_ins = CheckIns(database=database, accounts=accounts, clock=clock, random=random)
        self.subscriptions = Subscriptions(
            database=database,
            table=SubscriptionTable(tables),
            notices=self.security,
            subscription_url=bootstrap.subscription_url,
            token_length=bootstrap.subscription_token_length,
        )
        self.connections = Connections(
            database=database, table=ConnectionTable(tables), notices=self.security
        )
        self.records = AccountRecords(database=database, table=RecordTable(tables), clock=clock)
        self.invitations = Invitations(
            database=database, table=InviteTable(tables), site_url=bootstrap.site_url
        )
        self.languages = ChosenLanguages(
            database=database, people=PeopleTable(own, database.dialect)
        )
        self.contacts = ContactChoices(database=database, table=ContactTable(tables))
