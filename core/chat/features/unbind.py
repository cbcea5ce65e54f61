"""`/unbind`: asks once more; with the account's e-mail address it is done at once."""

from collections.abc import Sequence
from typing import Any

from config_store.panel.accounts import Account
from core.accounts.binding.bindings import BindingChangedError, Bindings, WrongEmailError
from core.accounts.leaving_group import LeavingGroup
from core.accounts.overview import AccountOverviews
from core.actions import AskUnbind, Unbind
from core.chat.asking import Answer, Question
from core.chat.feature import Command, Feature, Press
from core.delivery.mail import has_mail
from core.message import Message
from core.texts import help as help_texts
from core.texts import trouble, unbinding
from core.texts.layout import sentence
from core.texts.unbinding import UnbindingFacts


class Unbinding(Feature):
    """Releases bindings, in private only; with them may go the place in the site's group."""

    def __init__(
        self, *, bindings: Bindings, overviews: AccountOverviews, leaving: LeavingGroup
    ) -> None:
        self._bindings = bindings
        self._overviews = overviews
        self._leaving = leaving

    def commands(self) -> Sequence[Command]:
        return (Command(name="unbind", summary=help_texts.unbind_summary, answer=self._answer),)

    def presses(self) -> Sequence[Press[Any]]:
        return (
            Press(action=AskUnbind, answer=self._press_ask),
            Press(action=Unbind, answer=self._press_confirm),
        )

    async def _answer(self, question: Question, argument: str) -> Answer:
        words, account = question.words, question.account
        if not question.is_private:
            url = question.chat.private_chat_url
            return Answer(message=trouble.private_only_message(words, url))
        if account is None:
            return Answer(message=sentence(unbinding.not_bound(words)))
        if not argument:
            return Answer(message=await self._ask(question, account))
        return Answer(message=await self._unbind_by_email(question, account, argument))

    async def _unbind_by_email(self, question: Question, account: Account, email: str) -> Message:
        person, words = question.asker.key, question.words
        also = self._leaving.with_unbinding(question.settings, person)
        try:
            await self._bindings.unbind_by_email(account.id, person, email, also=also)
        except WrongEmailError:
            return unbinding.wrong_email(words)
        except BindingChangedError:
            return sentence(unbinding.changed(words))
        return unbinding.done(words, leaves_group=also is not None)

    async def _press_ask(self, question: Question, action: AskUnbind) -> Answer:
        if question.account is None:
            return Answer(notice=unbinding.not_bound(question.words), is_alert=True)
        return Answer(message=await self._ask(question, question.account), replaces=True)

    async def _press_confirm(self, question: Question, action: Unbind) -> Answer:
        person, words, account = question.asker.key, question.words, question.account
        if account is None:
            return Answer(notice=unbinding.not_bound(words), is_alert=True)
        if action.account_id != account.id:
            return Answer(notice=unbinding.changed(words), is_alert=True)
        also = self._leaving.with_unbinding(question.settings, person)
        try:
            await self._bindings.unbind(account.id, person, also=also)
        except BindingChangedError:
            return Answer(notice=unbinding.changed(words), is_alert=True)
        return Answer(message=unbinding.done(words, leaves_group=also is not None), replaces=True)

    async def _ask(self, question: Question, account: Account) -> Message:
        overview = await self._overviews.get(account.id)
        settings, leaving = question.settings, self._leaving
        return unbinding.question(
            question.words,
            UnbindingFacts(
                account_id=account.id,
                user_name=overview.user_name,
                leaves_group=leaving.with_unbinding(settings, question.asker.key) is not None,
                has_mail=has_mail(settings),
            ),
        )
