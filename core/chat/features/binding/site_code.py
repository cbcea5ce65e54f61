"""Binding with a code from the site: behind `/start`, as the site's link gives it, or typed."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.accounts.binding.bind_codes import BindCodes
from core.accounts.binding.methods import BindingMethod
from core.accounts.binding.outcomes import Bound, ProofSpent, TooManyTries, WrongProof
from core.accounts.binding.reading import read_bind_code
from core.actions import BindByCode
from core.chat.asking import Answer, Question
from core.chat.feature import Feature, Press, StepAnswer
from core.chat.features.binding.dialogue import SITE_CODE, BindingDialogue
from core.chat.features.binding.email_way import EmailWay
from core.chat.features.binding.outcomes import BindingOutcomes
from core.chat.features.unbound import UnboundPeople
from core.texts import binding, binding_outcomes, binding_proofs
from core.texts.layout import sentence


class SiteCodeWay(Feature):
    """Takes codes that the site has handed out."""

    def __init__(
        self,
        *,
        codes: BindCodes,
        dialogue: BindingDialogue,
        outcomes: BindingOutcomes,
        unbound: UnboundPeople,
        email_way: EmailWay,
    ) -> None:
        self._codes = codes
        self._dialogue = dialogue
        self._outcomes = outcomes
        self._unbound = unbound
        self._email_way = email_way

    def presses(self) -> Sequence[Press[Any]]:
        return (Press(action=BindByCode, answer=self._ask),)

    def steps(self) -> Mapping[str, StepAnswer]:
        return {SITE_CODE: self._answer}

    def is_code(self, text: str) -> bool:
        """Whether a text has the shape of a code; it may be one of long ago, or made up."""
        return read_bind_code(text) is not None

    async def redeem(self, question: Question, code: str) -> Answer:
        """Bind the account that a code was made for, or say why not."""
        if question.account is not None:
            return await self._dialogue.already_bound(question)
        if not self._unbound.offers(question, BindingMethod.CODE):
            return await self._unbound.answer(question)
        return await self._redeem(question, code)

    async def _redeem(self, question: Question, code: str) -> Answer:
        outcome = await self._codes.redeem(
            person=question.asker.key, target=question.chat.target, code=code
        )
        words = question.words
        match outcome:
            case Bound():
                return self._outcomes.bound(question, outcome)
            case WrongProof():
                return await self._ask_again(question)
            case ProofSpent():
                return Answer(message=binding_outcomes.site_code_spent(words))
            case TooManyTries(until):
                told = binding_outcomes.too_many_tries(words, until)
                return Answer(message=sentence(told, binding.back_row(words)))
            case _:
                return self._outcomes.refused(question, outcome)

    async def _ask_again(self, question: Question) -> Answer:
        wrong = binding_proofs.wrong_site_code(question.words)
        if self._dialogue.current(question, SITE_CODE) is not None:
            return await self._dialogue.standing(question, remark=wrong)
        return Answer(
            message=binding_outcomes.begin_again(question.words, wrong, BindingMethod.CODE)
        )

    async def _ask(self, question: Question, action: BindByCode) -> Answer:
        return await self._dialogue.begin(question, SITE_CODE)

    async def _answer(self, question: Question, text: str | None) -> Answer:
        if question.account is not None:
            return await self._dialogue.already_bound(question)
        if text is None:
            remark = binding.only_text(question.words)
            return await self._dialogue.standing(question, remark=remark)
        if self._email_way.takes(question, text):
            return await self._email_way.send_to(question, text)
        return await self.redeem(question, text)
