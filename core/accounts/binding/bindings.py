"""
Bindings: found, made, ended, and kept in step with the panel.

Who a person is costs one statement; what the panel has changed about it is taken over soon after
(`following`). Making and ending a binding is one transaction, and what else belongs to it is in the
same one: the code that was used, the notices, the removal from the group. What is decided there
stands in `ledger`.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import CommitUnknownError, Database
from config_store.own.bindings import BindingTable
from config_store.panel.accounts import AccountTable
from core.accounts.binding.judging import judge
from core.accounts.binding.ledger import BindingLedger
from core.accounts.binding.outcomes import Bound, Refusal
from core.accounts.binding.people import KnownPerson, PersonKey

log = structlog.get_logger(__name__)

T = TypeVar("T")
InTransaction = Callable[[AsyncConnection], Awaitable[None]]

_RACES = 5  # times that somebody else may bind the same person or account meanwhile


class UnbindingRefusedError(Exception):
    """Nothing was unbound."""


class BindingChangedError(UnbindingRefusedError):
    """The account is no longer bound to this person: it was changed meanwhile."""


class WrongEmailError(UnbindingRefusedError):
    """The address is not the account's."""


class Bindings:
    """Finds the account of a person, gives him one, and takes it away."""

    def __init__(
        self,
        *,
        database: Database,
        accounts: AccountTable,
        bindings: BindingTable,
        ledger: BindingLedger,
        follow: Callable[[PersonKey, int | None], None],
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._bindings = bindings
        self._ledger = ledger
        self._follow = follow

    async def look_up(
        self, person: PersonKey, target: str, *, in_step: bool = False
    ) -> KnownPerson:
        """
        What is known of a person who does something in a chat: one statement.

        Raises:
            AmbiguousBindingError: two accounts are bound to him; neither is served.
        """
        seen = await self._database.run(
            lambda connection: self._bindings.look_up(
                connection, person.platform.value, person.id, target
            ),
            in_step=in_step,
        )
        verdict = judge(person, seen)
        if verdict.differs:
            account_id = None if verdict.account is None else verdict.account.id
            self._follow(person, account_id)
        return KnownPerson(
            account=verdict.account, language=seen.language, conversation=seen.conversation
        )

    async def transact(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """
        A transaction in which something is bound: it is run again also when somebody else has bound
        the same person or account at that moment.

        Raises:
            DatabaseUnavailableError: as `Database.transact`.
        """
        for _ in range(_RACES):
            try:
                return await self._database.transact(work)
            except IntegrityError:  # the winner's rows are there now, and are obeyed
                continue
        return await self._database.transact(work)

    async def bind_in(
        self, tx: AsyncConnection, account_id: int, person: PersonKey
    ) -> Bound | Refusal:
        """
        Bind a person to an account that he has proved to be his, within a `transact`.

        Everything but `Bound` has written nothing.
        """
        outcome = await self._ledger.bind(tx, account_id, person)
        if isinstance(outcome, Bound) and outcome.is_new:
            log.info("bound", account=account_id, platform=person.platform.value, user=person.id)
        return outcome

    async def unbind(
        self, account_id: int, person: PersonKey, *, also: InTransaction | None = None
    ) -> None:
        """
        End a binding. `also`: what else happens in the same transaction.

        Raises:
            BindingChangedError: there is no such binding any more.
        """

        async def work(tx: AsyncConnection) -> None:
            if not await self._ledger.unbind(tx, account_id, person):
                raise BindingChangedError
            if also is not None:
                await also(tx)

        try:
            await self.transact(work)
        except CommitUnknownError:
            known = await self.look_up(person, "", in_step=True)
            if known.account is not None and known.account.id == account_id:
                raise
        log.info("unbound", account=account_id, platform=person.platform.value, user=person.id)

    async def unbind_by_email(
        self,
        account_id: int,
        person: PersonKey,
        email: str,
        *,
        also: InTransaction | None = None,
    ) -> None:
        """
        End a binding, confirmed by the account's e-mail address.

        Raises:
            WrongEmailError: the address is another; nothing is changed.
            BindingChangedError: there is no such binding any more.
        """
        is_right = await self._database.run(
            lambda connection: self._accounts.has_email(connection, account_id, email)
        )
        if not is_right:
            raise WrongEmailError
        await self.unbind(account_id, person, also=also)
