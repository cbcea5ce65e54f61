"""
The desk put together: services over the panel's tables, features over the services.

A new feature is made here and added to one of the two lists; help and the menu find its commands
and pages by themselves.
"""

from random import Random

from config_store.bootstrap import BootstrapSettings
from config_store.database import Database
from config_store.live_settings import LiveSettings
from config_store.panel.accounts import AccountTable
from config_store.panel.subscriptions import SubscriptionTable
from config_store.panel.tables import PanelTables
from core.accounts.binding import Bindings
from core.accounts.check_in import CheckIns
from core.accounts.overview import AccountOverviews
from core.accounts.subscriptions import Subscriptions
from core.chat.desk import ChatDesk
from core.chat.features.account import MyAccount
from core.chat.features.check_in import DailyCheckIn
from core.chat.features.help import Help
from core.chat.features.main_menu import MainMenu
from core.chat.features.menu import Menu
from core.chat.features.ping import Ping
from core.chat.features.small_talk import SmallTalk
from core.chat.features.start import Start
from core.chat.features.unbind import Unbinding
from core.chat.features.unbound import UnboundPeople
from core.clock import SiteClock
from core.texts.catalogues import Catalogues


def build_desk(
    *,
    bootstrap: BootstrapSettings,
    database: Database,
    tables: PanelTables,
    settings: LiveSettings,
    catalogues: Catalogues,
    clock: SiteClock,
    random: Random,
) -> ChatDesk:
    """The desk of a site. `random` draws the check-in rewards."""
    accounts = AccountTable(tables, zone=clock.zone)
    bindings = Bindings(database=database, accounts=accounts)
    overviews = AccountOverviews(database=database, accounts=accounts)
    subscriptions = Subscriptions(
        database=database,
        table=SubscriptionTable(tables),
        subscription_url=bootstrap.subscription_url,
        token_length=bootstrap.subscription_token_length,
    )
    check_ins = CheckIns(database=database, accounts=accounts, clock=clock, random=random)
    main_menu = MainMenu(site_name=bootstrap.site_name, site_url=bootstrap.site_url)
    unbound = UnboundPeople(
        site_name=bootstrap.site_name, site_url=bootstrap.site_url, main_menu=main_menu
    )
    of_accounts = (
        MyAccount(overviews=overviews, subscriptions=subscriptions, clock=clock, unbound=unbound),
        DailyCheckIn(check_ins=check_ins, unbound=unbound),
        Unbinding(bindings=bindings, overviews=overviews),
    )
    of_the_house = (
        Start(main_menu=main_menu, unbound=unbound),
        Menu(main_menu=main_menu, unbound=unbound, features=of_accounts),
        *of_accounts,
        unbound,
        Ping(),
    )
    helper = Help(features=of_the_house)
    return ChatDesk(
        settings=settings,
        bindings=bindings,
        catalogues=catalogues,
        features=(*of_the_house, helper),
        text=SmallTalk(unbound=unbound).answer,
        unknown_command=helper.answer_unknown,
        site_locale=bootstrap.locale,
    )
