"""
What the owner of an account must hear of: who is bound to it, and what was changed through a chat.

Told within the transaction of the change: by mail, and in the chats that the account has besides
the one it was done in, so that whoever takes an account over cannot do so unseen.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.live_settings import LiveSettings
from config_store.own.bindings import BindingTable, OwnBinding
from core.accounts.binding.judging import still_holds
from core.accounts.binding.people import PersonKey
from core.delivery.content import WordedContent
from core.delivery.mail import has_mail
from core.delivery.model import ToChat, ToUser
from core.delivery.notifier import Audience, NoSuchAccountError, Notifier
from core.platform import PlatformName

BOUND = "security.bound"
UNBOUND = "security.unbound"
DISPLACED = "security.displaced"
FAILED_TRIES = "security.failed_tries"
SUBSCRIPTION_RESET = "security.subscription_reset"
PASSWORD_CHANGED = "security.password_changed"  # noqa: S105 - a message id


class SecurityNotices:
    """Tells owners of accounts."""

    def __init__(
        self, *, notifier: Notifier, bindings: BindingTable, settings: LiveSettings
    ) -> None:
        self._notifier = notifier
        self._bindings = bindings
        self._settings = settings

    async def bound(self, tx: AsyncConnection, account_id: int, person: PersonKey) -> None:
        """A person has bound the account in chat."""
        await self._tell(tx, account_id, BOUND, by=person)

    async def unbound(self, tx: AsyncConnection, account_id: int, person: PersonKey) -> None:
        """A person's binding was ended in chat; he is told as well, wherever it was done."""
        await self._tell(tx, account_id, UNBOUND, by=person)

    async def displaced(self, tx: AsyncConnection, account_id: int, previous: OwnBinding) -> None:
        """The panel has ended a binding; the previous one is told as well."""
        person = PersonKey(PlatformName(previous.platform), previous.platform_user)
        await self._accept(
            tx, ToChat(person.platform, person.id, account_id), DISPLACED, account_id, person
        )
        await self._tell(tx, account_id, DISPLACED, by=person)

    async def failed_tries(self, tx: AsyncConnection, account_id: int, by: PersonKey) -> None:
        """Somebody has used up his tries to prove the account."""
        await self._tell(tx, account_id, FAILED_TRIES, by=by)

    async def subscription_reset(self, tx: AsyncConnection, account_id: int, by: PersonKey) -> None:
        """The subscription's address was changed in chat."""
        await self._tell(tx, account_id, SUBSCRIPTION_RESET, by=by)

    async def password_changed(self, tx: AsyncConnection, account_id: int, by: PersonKey) -> None:
        """The connection's password was changed in chat."""
        await self._tell(tx, account_id, PASSWORD_CHANGED, by=by)

    async def _tell(
        self, tx: AsyncConnection, account_id: int, message_id: str, *, by: PersonKey
    ) -> None:
        settings = self._settings.current
        if settings is not None and has_mail(settings):
            await self._accept(tx, ToUser(account_id, by_email=True), message_id, account_id, by)
        for other in await self._chats_of(tx, account_id):
            if other != by:
                chat = ToChat(other.platform, other.id, account_id)
                await self._accept(tx, chat, message_id, account_id, by)

    async def _chats_of(self, tx: AsyncConnection, account_id: int) -> list[PersonKey]:
        """Who has the account now, by both sides: never who had it before."""
        in_panel = await self._bindings.find_in_panel(tx, account_id)
        if in_panel is None:
            return []
        kept = await self._bindings.lock_of_account(tx, account_id)
        chats = {(own.platform, own.platform_user) for own in kept if still_holds(own, in_panel)}
        if in_panel.platform is not None and in_panel.platform_user is not None:
            chats.add((in_panel.platform, in_panel.platform_user))
        return [PersonKey(PlatformName(platform), user) for platform, user in sorted(chats)]

    async def _accept(
        self,
        tx: AsyncConnection,
        audience: Audience,
        message_id: str,
        account_id: int,
        by: PersonKey,
    ) -> None:
        values = {
            "account_id": str(account_id),
            "platform": by.platform.value,
            "user": by.id,
            "for": "mail" if isinstance(audience, ToUser) else "chat",
        }
        content = WordedContent(message_id=message_id, values=values)
        try:
            await self._notifier.accept(audience, content, tx=tx)
        except NoSuchAccountError:  # deleted meanwhile: nobody is left to be told
            return
