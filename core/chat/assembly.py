"""
The desk put together: features over the account services.

A new feature is made here and added to one of the two lists; help and the menu find its commands
and pages by themselves.
"""

from collections.abc import Callable, Sequence

from config_store.bootstrap import BootstrapSettings
from config_store.database import Database
from config_store.live_settings import LiveSettings
from config_store.own.shown_passwords import ShownPasswordTable
from config_store.own.tables import OwnTables
from config_store.panel.accounts import AmbiguousBindingError
from core.accounts.assembly import AccountServices
from core.accounts.binding.people import PersonKey
from core.accounts.leaving_group import LeavingGroup
from core.chat.conversations import Conversations
from core.chat.desk import ChatDesk
from core.chat.feature import Feature
from core.chat.features.account import MyAccount
from core.chat.features.binding.assembly import build_binding_chat
from core.chat.features.check_in import DailyCheckIn
from core.chat.features.connection import MyConnection
from core.chat.features.group import GroupPage
from core.chat.features.help import Help
from core.chat.features.invite import Invite
from core.chat.features.language import LanguageChoice
from core.chat.features.leaked_secret import LeakedSecrets
from core.chat.features.main_menu import MainMenu
from core.chat.features.menu import Menu
from core.chat.features.not_me import NotMe
from core.chat.features.notification_settings import NotificationSettings
from core.chat.features.owned import OwnersPresses
from core.chat.features.ping import Ping
from core.chat.features.records import Records
from core.chat.features.subscription import MySubscription
from core.chat.features.unbind import Unbinding
from core.chat.features.unbound import UnboundPeople
from core.chat.shown_passwords import PasswordHiding, ShownPasswords
from core.clock import SiteClock
from core.delivery.actions import (
    HIDE_PASSWORD,
    REMOVE_MEMBER,
    DeferredActions,
    removing_members,
)
from core.delivery.notifier import Notifier
from core.platform import Bot, PlatformName
from core.qr import QrCodes
from core.texts.catalogues import Catalogues


class ChatOffice:
    """
    The desk of a site, and what it has done later.

    `running`: a platform's bot while this daemon runs it.
    """

    def __init__(
        self,
        *,
        bootstrap: BootstrapSettings,
        database: Database,
        own: OwnTables,
        services: AccountServices,
        settings: LiveSettings,
        catalogues: Catalogues,
        notifier: Notifier,
        actions: DeferredActions,
        running: Callable[[PlatformName], Bot | None],
        clock: SiteClock,
    ) -> None:
        self._bootstrap = bootstrap
        self._database = database
        self._services = services
        self._catalogues = catalogues
        self._actions = actions
        self._running = running
        self._clock = clock
        self._passwords = ShownPasswordTable(own, database.dialect)
        self._conversations = Conversations(
            database=database, conversations=services.conversations, clock=clock
        )
        self._main_menu = MainMenu(site_name=bootstrap.site_name, site_url=bootstrap.site_url)
        self._unbound = UnboundPeople(
            site_name=bootstrap.site_name,
            site_url=bootstrap.site_url,
            main_menu=self._main_menu,
            binding_methods=bootstrap.binding_methods,
            conversations=self._conversations,
        )
        binding = build_binding_chat(
            ways=services.ways,
            bindings=services.bindings,
            conversations=self._conversations,
            unbound=self._unbound,
            main_menu=self._main_menu,
            clock=clock,
            site_name=bootstrap.site_name,
            site_url=bootstrap.site_url,
        )
        of_accounts = self._features_of_accounts()
        of_the_house = (
            binding.start,
            Menu(main_menu=self._main_menu, unbound=self._unbound, features=of_accounts),
            *of_accounts,
            self._unbound,
            *binding.features,
            Ping(),
        )
        helper = Help(features=of_the_house)
        secrets = LeakedSecrets(
            subscription_url=bootstrap.subscription_url,
            bindings=services.bindings,
            notifier=notifier,
            clock=clock,
        )
        self.desk = ChatDesk(
            settings=settings,
            bindings=services.bindings,
            catalogues=catalogues,
            features=(*of_the_house, helper),
            text=binding.small_talk.answer,
            group_text=secrets.answer,
            unknown_command=helper.answer_unknown,
            clock=clock,
            site_locale=bootstrap.locale,
        )
        self._do_later()

    def _features_of_accounts(self) -> Sequence[Feature]:
        services = self._services
        leaving = LeavingGroup(actions=self._actions, clock=self._clock)
        account = MyAccount(
            overviews=services.overviews,
            subscriptions=services.subscriptions,
            clock=self._clock,
            unbound=self._unbound,
        )
        owners = OwnersPresses(unbound=self._unbound, account_page=account.page)
        shown_passwords = ShownPasswords(
            database=self._database,
            table=self._passwords,
            actions=self._actions,
            clock=self._clock,
        )
        return (
            account,
            DailyCheckIn(check_ins=services.check_ins, unbound=self._unbound),
            MySubscription(
                subscriptions=services.subscriptions,
                qr_codes=QrCodes(),
                owners=owners,
                account_page=account.page,
            ),
            MyConnection(
                connections=services.connections,
                shown_passwords=shown_passwords,
                main_menu=self._main_menu,
                owners=owners,
                account_page=account.page,
            ),
            Records(records=services.records),
            Invite(invitations=services.invitations, site_name=self._bootstrap.site_name),
            GroupPage(running=self._running, clock=self._clock),
            LanguageChoice(
                languages=services.languages,
                catalogues=self._catalogues,
                site_locale=self._bootstrap.locale,
            ),
            NotificationSettings(contacts=services.contacts),
            Unbinding(bindings=services.bindings, overviews=services.overviews, leaving=leaving),
            NotMe(bindings=services.bindings, leaving=leaving),
        )

    def _do_later(self) -> None:
        """Have the queue do what was put off."""
        hiding = PasswordHiding(
            database=self._database,
            table=self._passwords,
            connections=self._services.connections,
            catalogues=self._catalogues,
        )
        self._actions.add(HIDE_PASSWORD, hiding.act)
        self._actions.add(REMOVE_MEMBER, removing_members(self._is_bound))

    async def _is_bound(self, platform: PlatformName, user_id: str) -> bool:
        person = PersonKey(platform, user_id)
        try:
            known = await self._services.bindings.look_up(person, user_id, in_step=True)
        except AmbiguousBindingError:  # he has one too many: that is the operator's to settle
            return True
        return known.account is not None
