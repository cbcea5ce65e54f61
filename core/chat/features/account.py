"""
`/my` and the page of the account.

Secrets are for the private chat: in the group it shows the asker's traffic, and a check-in button
that only the asker may press.
"""

from collections.abc import Mapping, Sequence

from config_store.panel.accounts import Account
from core.accounts.overview import AccountOverviews
from core.accounts.subscriptions import SubscriptionAddress, Subscriptions
from core.actions import Page
from core.chat.asking import Answer, Question
from core.chat.feature import Command, Feature, MenuPage
from core.chat.features.unbound import UnboundPeople
from core.clock import SiteClock
from core.message import Message
from core.texts import account as account_texts
from core.texts import help as help_texts
from core.texts.account import AccountFacts


class MyAccount(Feature):
    """Shows people their accounts, in three statements at most with finding them."""

    def __init__(
        self,
        *,
        overviews: AccountOverviews,
        subscriptions: Subscriptions,
        clock: SiteClock,
        unbound: UnboundPeople,
    ) -> None:
        self._overviews = overviews
        self._subscriptions = subscriptions
        self._clock = clock
        self._unbound = unbound

    def commands(self) -> Sequence[Command]:
        return (
            Command(
                name="my",
                summary=help_texts.my_summary,
                answer=self._answer,
                is_listed_in_groups=True,
            ),
        )

    def pages(self) -> Mapping[Page, MenuPage]:
        return {Page.ACCOUNT: self.page}

    async def _answer(self, question: Question, argument: str) -> Answer:
        account = question.account
        if account is None:
            return await self._unbound.answer(question)
        if question.is_private:
            return Answer(message=await self.page(question, account))
        return Answer(message=await self._group_page(question, account))

    async def page(self, question: Question, account: Account) -> Message:
        """All of an account, for its owner; of one that is banned, that it is so."""
        overview = await self._overviews.get(account.id)
        addresses: Sequence[SubscriptionAddress] = ()
        if not account.is_banned:
            addresses = await self._subscriptions.get_addresses(overview, question.settings)
        facts = AccountFacts(
            overview=overview,
            addresses=addresses,
            is_banned=account.is_banned,
            banned_reason=account.banned_reason,
            reader=question.asker.id,
            has_check_in=question.settings.enable_checkin,
            now=self._clock.now(),
        )
        return account_texts.page(question.words, facts)

    async def _group_page(self, question: Question, account: Account) -> Message:
        owner = question.asker.id if question.settings.enable_checkin else None
        return account_texts.group_page(
            question.words,
            await self._overviews.get(account.id),
            name=question.asker.name,
            check_in_owner=owner,
            private_chat_url=question.chat.private_chat_url,
        )
