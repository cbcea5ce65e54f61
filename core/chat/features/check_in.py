"""`/checkin` and its button, for which it matters who presses: nobody checks in for another."""

from collections.abc import Sequence
from typing import Any

from config_store.panel.accounts import Account
from core.accounts.check_in import (
    AlreadyCheckedInError,
    CheckInOffError,
    CheckInRefusedError,
    CheckIns,
)
from core.actions import CheckIn
from core.chat.asking import Answer, Question
from core.chat.feature import Command, Feature, Press
from core.chat.features.unbound import UnboundPeople
from core.texts import binding
from core.texts import check_in as check_in_texts
from core.texts import help as help_texts
from core.texts.layout import home_button, sentence
from core.texts.words import Words


class DailyCheckIn(Feature):
    """Pays the daily reward, in three statements with finding the account."""

    def __init__(self, *, check_ins: CheckIns, unbound: UnboundPeople) -> None:
        self._check_ins = check_ins
        self._unbound = unbound

    def commands(self) -> Sequence[Command]:
        return (
            Command(
                name="checkin",
                summary=help_texts.check_in_summary,
                answer=self._answer,
                is_listed_in_groups=True,
            ),
        )

    def presses(self) -> Sequence[Press[Any]]:
        return (Press(action=CheckIn, answer=self._press, is_for_groups=True),)

    async def _answer(self, question: Question, argument: str) -> Answer:
        if question.account is None:
            return await self._unbound.answer(question)
        try:
            told = await self._pay(question, question.account)
        except CheckInRefusedError as refusal:
            told = _reason(question.words, refusal)
        return Answer(message=sentence(told))

    async def _press(self, question: Question, action: CheckIn) -> Answer:
        words, account = question.words, question.account
        if action.owner != question.asker.id:
            return Answer(notice=check_in_texts.foreign_button(words), is_alert=True)
        if account is None:
            return await self._press_of_unbound(question)
        try:
            told = await self._pay(question, account)
        except CheckInRefusedError as refusal:
            return Answer(notice=_reason(words, refusal), is_alert=True)
        # A group's messages are few: there the window of the press says it all.
        if not question.is_private:
            return Answer(notice=told, is_alert=True)
        return Answer(message=sentence(told, (home_button(words),)), replaces=True)

    async def _pay(self, question: Question, account: Account) -> str:
        paid = await self._check_ins.pay(account.id, question.settings)
        return check_in_texts.done(question.words, paid)

    async def _press_of_unbound(self, question: Question) -> Answer:
        if question.is_private:
            return await self._unbound.answer(question, replaces=True)
        return Answer(notice=binding.in_private(question.words), is_alert=True)


def _reason(words: Words, refusal: CheckInRefusedError) -> str:
    if isinstance(refusal, AlreadyCheckedInError):
        return check_in_texts.already(words, refusal.again_at)
    if isinstance(refusal, CheckInOffError):
        return check_in_texts.off(words)
    return check_in_texts.not_eligible(words)
