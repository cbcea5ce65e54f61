"""
Presses that concern the presser's own account: who has none, is banned, or presses a button that is
about another account gets the answer for that, and nothing is done.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from config_store.panel.accounts import Account
from core.actions import Action
from core.chat.asking import Answer, Question
from core.chat.feature import MenuPage, Press
from core.chat.features.unbound import UnboundPeople
from core.texts import ownership

A = TypeVar("A", bound=Action)
OwnersAnswer = Callable[[Question, Account, A], Awaitable[Answer]]


class OwnersPresses:
    """Makes presses for owners. `account_page`: what a banned account's owner is shown."""

    def __init__(self, *, unbound: UnboundPeople, account_page: MenuPage) -> None:
        self._unbound = unbound
        self._account_page = account_page

    def press(self, action: type[A], answer: OwnersAnswer[A]) -> Press[A]:
        """
        A press that is answered by `answer`. If the action says in `account_id` whose account it is
        about, it is no other's.
        """

        async def answer_owner(question: Question, pressed: A) -> Answer:
            account = question.account
            if account is None:
                return await self._unbound.answer(question, replaces=True)
            if getattr(pressed, "account_id", account.id) != account.id:
                return Answer(notice=ownership.other_account(question.words), is_alert=True)
            if account.is_banned:
                return Answer(message=await self._account_page(question, account), replaces=True)
            return await answer(question, account, pressed)

        return Press(action=action, answer=answer_owner)
