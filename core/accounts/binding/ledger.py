"""
What is decided and written about bindings within a transaction.

Everything about an account is decided under the lock of its row, which is always taken first. The
panel's columns and our rows are written together. That one account has one user of a platform at
most, and the other way round, is kept by the unique keys: who comes second at the same moment gets
an `IntegrityError`, and reads the winner's rows when he is run again.
"""

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.bindings import BindingTable, LockedAccount, OwnBinding
from core.accounts.binding.judging import still_holds
from core.accounts.binding.masking import masked_email
from core.accounts.binding.outcomes import (
    AccountBanned,
    AccountBoundElsewhere,
    AccountGone,
    Bound,
    PersonBoundElsewhere,
    Refusal,
)
from core.accounts.binding.people import PersonKey
from core.accounts.binding.security import SecurityNotices
from core.clock import SiteClock

log = structlog.get_logger(__name__)


class BindingLedger:
    """Binds, unbinds and follows the panel, each in a transaction of the caller's."""

    def __init__(
        self, *, bindings: BindingTable, notices: SecurityNotices, clock: SiteClock
    ) -> None:
        self._bindings = bindings
        self._notices = notices
        self._clock = clock

    async def bind(
        self, tx: AsyncConnection, account_id: int, person: PersonKey
    ) -> Bound | Refusal:
        """
        Give a person the account that he has proved. Everything but `Bound` has written nothing.

        Raises:
            IntegrityError: somebody else has bound the person or the account at this moment.
        """
        account = await self._bindings.lock_account(tx, account_id)
        if account is None:
            return AccountGone()
        kept = await self._bindings.lock_of_account(tx, account_id)
        valid = [own for own in kept if still_holds(own, account.in_panel)]
        of_person = await self._bindings.lock_of_person(tx, person.platform.value, person.id)
        holders = await self._bindings.find_holders(tx, person.platform.value, person.id)
        if holders == [account_id] or (not holders and of_person in valid):
            return _bound(account, is_new=False)
        if holders or await self._is_of_another(tx, of_person, account_id):
            return PersonBoundElsewhere()
        if refusal := _refusal(account, valid, person):
            return refusal
        stale = [own for own in kept if own not in valid]
        if of_person is not None and of_person not in stale:
            stale.append(of_person)
        await self._add(tx, account, person, instead_of=stale)
        await self._notices.bound(tx, account_id, person)
        return _bound(account, is_new=True)

    async def unbind(self, tx: AsyncConnection, account_id: int, person: PersonKey) -> bool:
        """End a person's binding to an account; False if there is none, and nothing is written."""
        account = await self._bindings.lock_account(tx, account_id)
        if account is None:
            return False
        kept = await self._bindings.lock_of_account(tx, account_id)
        others = [
            own for own in kept if still_holds(own, account.in_panel) and not _is_of(own, person)
        ]
        is_in_panel = _names(account, person)
        is_kept = any(_is_of(own, person) and still_holds(own, account.in_panel) for own in kept)
        if not (is_in_panel or is_kept):
            return False
        await self._bindings.remove(tx, person.platform.value, person.id)
        if is_in_panel:
            await self._hand_primary_on(tx, account_id, others)
        await self._notices.unbound(tx, account_id, person)
        return True

    async def follow_panel(
        self, tx: AsyncConnection, person: PersonKey, account_id: int | None
    ) -> None:
        """
        Have our rows say what the panel's columns say of a person. `account_id`: whose they name
        him, None if none does; looked at again here, under the lock.
        """
        if account_id is None:
            await self._end_what_panel_ended(tx, person)
        else:
            await self._take_over(tx, person, account_id)

    async def _take_over(self, tx: AsyncConnection, person: PersonKey, account_id: int) -> None:
        account = await self._bindings.lock_account(tx, account_id)
        if account is None or not _names(account, person):
            return
        platform = person.platform.value
        kept = await self._bindings.lock_of_account(tx, account_id)
        if any(own.is_primary and _is_of(own, person) for own in kept):
            return
        ended = [
            own
            for own in kept
            if not _is_of(own, person) and not still_holds(own, account.in_panel)
        ]
        await self._bindings.remove(tx, platform, person.id)
        for own in ended:
            await self._bindings.remove(tx, own.platform, own.platform_user)
        await self._keep(tx, account_id, person, is_primary=True)
        for own in ended:
            await self._notices.displaced(tx, account_id, own)
        log.info("bound by the panel", account=account_id, platform=platform, user=person.id)

    async def _end_what_panel_ended(self, tx: AsyncConnection, person: PersonKey) -> None:
        platform = person.platform.value
        own = await self._bindings.lock_of_person(tx, platform, person.id)
        if own is None:
            return
        in_panel = await self._bindings.find_in_panel(tx, own.account_id)
        if in_panel is not None and still_holds(own, in_panel):
            return
        await self._bindings.remove(tx, platform, person.id)
        if in_panel is not None:
            await self._notices.displaced(tx, own.account_id, own)
        log.info("unbound by the panel", account=own.account_id, platform=platform, user=person.id)

    async def _is_of_another(
        self, tx: AsyncConnection, own: OwnBinding | None, account_id: int
    ) -> bool:
        if own is None or own.account_id == account_id:
            return False
        in_panel = await self._bindings.find_in_panel(tx, own.account_id)
        return in_panel is not None and still_holds(own, in_panel)

    async def _add(
        self,
        tx: AsyncConnection,
        account: LockedAccount,
        person: PersonKey,
        *,
        instead_of: list[OwnBinding],
    ) -> None:
        for own in instead_of:
            await self._bindings.remove(tx, own.platform, own.platform_user)
        is_primary = account.in_panel.platform is None
        await self._keep(tx, account.id, person, is_primary=is_primary)
        if is_primary:
            await self._bindings.write_panel(tx, account.id, person.platform.value, person.id)
        else:
            await self._bindings.prefer_chat(tx, account.id)

    async def _keep(
        self, tx: AsyncConnection, account_id: int, person: PersonKey, *, is_primary: bool
    ) -> None:
        await self._bindings.add(
            tx,
            platform=person.platform.value,
            platform_user=person.id,
            account_id=account_id,
            is_primary=is_primary,
            now=self._clock.now(),
        )

    async def _hand_primary_on(
        self, tx: AsyncConnection, account_id: int, others: list[OwnBinding]
    ) -> None:
        """Have the panel's columns hold another of the account's bindings, or none."""
        if not others:
            await self._bindings.clear_panel(tx, account_id)
            return
        heir = others[0]
        await self._bindings.mark_primary(tx, heir)
        await self._bindings.write_panel(tx, account_id, heir.platform, heir.platform_user)


def _refusal(account: LockedAccount, valid: list[OwnBinding], person: PersonKey) -> Refusal | None:
    if account.is_banned:
        return AccountBanned(account.banned_reason)
    if person.platform.value in {account.in_panel.platform, *(own.platform for own in valid)}:
        return AccountBoundElsewhere()
    return None


def _bound(account: LockedAccount, *, is_new: bool) -> Bound:
    return Bound(
        account_id=account.id,
        user_name=account.user_name,
        masked_email=masked_email(account.email),
        is_new=is_new,
    )


def _is_of(own: OwnBinding, person: PersonKey) -> bool:
    return (own.platform, own.platform_user) == (person.platform.value, person.id)


def _names(account: LockedAccount, person: PersonKey) -> bool:
    """Whether the panel's columns of an account name a person."""
    in_panel = account.in_panel
    return (in_panel.platform, in_panel.platform_user) == (person.platform.value, person.id)
