"""`/unbind`: asks once more; with the account's e-mail address it is done at once."""

from collections.abc import Sequence
from typing import Any

from config_store.panel.accounts import Account
from core.accounts.binding import BindingChangedError, Bindings, WrongEmailError
from core.accounts.overview import AccountOverviews
from core.actions import AskUnbind, Unbind
from core.chat.asking import Answer, Question
from core.chat.feature import Command, Feature, Press
from core.message import Message
from core.texts import help as help_texts
from core.texts import trouble, unbinding
from core.texts.layout import sentence


class Unbinding(Feature):
    """Releases bindings, in private only."""

    def __init__(self, *, bindings: Bindings, overviews: AccountOverviews) -> None:
        self._bindings = bindings
        self._overviews = overviews

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
        asker, words = question.asker, question.words
        try:
            await self._bindings.unbind_by_email(account.id, asker.platform, asker.id, email)
        except WrongEmailError:
            return unbinding.wrong_email(words)
        except BindingChangedError:
            return sentence(unbinding.changed(words))
        return unbinding.done(words)

    async def _press_ask(self, question: Question, action: AskUnbind) -> Answer:
        if question.account is None:
            return Answer(notice=unbinding.not_bound(question.words), is_alert=True)
        return Answer(message=await self._ask(question, question.account), replaces=True)

    async def _press_confirm(self, question: Question, action: Unbind) -> Answer:
        asker, words, account = question.asker, question.words, question.account
        if account is None:
            return Answer(notice=unbinding.not_bound(words), is_alert=True)
        if action.account_id != account.id:
            return Answer(notice=unbinding.changed(words), is_alert=True)
        try:
            await self._bindings.unbind(account.id, asker.platform, asker.id)
        except BindingChangedError:
            return Answer(notice=unbinding.changed(words), is_alert=True)
        return Answer(message=unbinding.done(words), replaces=True)

    async def _ask(self, question: Question, account: Account) -> Message:
        overview = await self._overviews.get(account.id)
        return unbinding.question(
            question.words, account_id=account.id, user_name=overview.user_name
        )
