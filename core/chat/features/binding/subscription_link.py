"""
Binding with the subscription link, which is as good as a password: what was sent is deleted.

People share these links, so the account's address is told, masked, to who came by one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.accounts.binding.methods import BindingMethod
from core.accounts.binding.outcomes import Bound, TooManyTries, WrongProof
from core.accounts.binding.subscription_links import SubscriptionLinks
from core.actions import BindByLink
from core.chat.asking import Answer, Question
from core.chat.feature import Feature, Press, StepAnswer
from core.chat.features.binding.dialogue import LINK, BindingDialogue
from core.chat.features.binding.email_way import EmailWay
from core.chat.features.binding.outcomes import BindingOutcomes
from core.chat.features.unbound import UnboundPeople
from core.texts import binding, binding_outcomes, binding_proofs
from core.texts.layout import sentence


class SubscriptionLinkWay(Feature):
    """Takes subscription links."""

    def __init__(
        self,
        *,
        links: SubscriptionLinks,
        dialogue: BindingDialogue,
        outcomes: BindingOutcomes,
        unbound: UnboundPeople,
        email_way: EmailWay,
    ) -> None:
        self._links = links
        self._dialogue = dialogue
        self._outcomes = outcomes
        self._unbound = unbound
        self._email_way = email_way

    def presses(self) -> Sequence[Press[Any]]:
        return (Press(action=BindByLink, answer=self._ask),)

    def steps(self) -> Mapping[str, StepAnswer]:
        return {LINK: self._answer}

    async def _ask(self, question: Question, action: BindByLink) -> Answer:
        return await self._dialogue.begin(question, LINK)

    async def _answer(self, question: Question, text: str | None) -> Answer:
        if text is None:
            remark = binding.only_text(question.words)
            return await self._dialogue.standing(question, remark=remark)
        if question.account is None and self._email_way.takes(question, text):
            return await self._email_way.send_to(question, text)
        return replace(await self._prove(question, text), deletes_asked=True)

    async def _prove(self, question: Question, text: str) -> Answer:
        if question.account is not None:
            return await self._dialogue.already_bound(question)
        if not self._unbound.offers(question, BindingMethod.SUBSCRIPTION):
            return await self._unbound.answer(question)
        outcome = await self._links.prove(
            person=question.asker.key, target=question.chat.target, text=text
        )
        words = question.words
        match outcome:
            case Bound():
                return self._outcomes.bound(question, outcome, shows_email=True)
            case WrongProof():
                remark = binding_proofs.wrong_link(words)
                return await self._dialogue.standing(question, remark=remark)
            case TooManyTries(until):
                told = binding_outcomes.too_many_tries(words, until)
                return Answer(message=sentence(told, binding.back_row(words)))
            case _:
                return self._outcomes.refused(question, outcome)
