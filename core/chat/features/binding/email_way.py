"""
Binding by e-mail: the address, then the code that the site mails to it, typed or tapped.

What is shown after an address is the same whether or not it belongs to an account. An address that
is sent in private begins this way at any time.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from config_store.own.conversations import Conversation
from core.accounts.binding.email_codes import EmailCodes, MailWording
from core.accounts.binding.methods import BindingMethod
from core.accounts.binding.outcomes import (
    Bound,
    NotAnAddress,
    Outdated,
    ProofSpent,
    TooManyMails,
    TooManyTries,
    WrongProof,
)
from core.accounts.binding.reading import read_email_code
from core.actions import BindByEmail, SendCodeAgain
from core.chat.asking import Answer, Question
from core.chat.feature import Feature, Press, StepAnswer
from core.chat.features.binding.dialogue import ADDRESS, EMAIL_CODE, BindingDialogue
from core.chat.features.binding.outcomes import BindingOutcomes
from core.chat.features.unbound import UnboundPeople
from core.texts import binding, binding_email, binding_outcomes
from core.texts.layout import sentence
from core.texts.words import Words


def looks_like_address(text: str) -> bool:
    """Whether somebody means to give an e-mail address, right or wrong."""
    return "@" in text and "://" not in text


class EmailWay(Feature):
    """Asks for the address and for the code."""

    def __init__(
        self,
        *,
        codes: EmailCodes,
        dialogue: BindingDialogue,
        outcomes: BindingOutcomes,
        unbound: UnboundPeople,
        site_name: str,
    ) -> None:
        self._codes = codes
        self._dialogue = dialogue
        self._outcomes = outcomes
        self._unbound = unbound
        self._site_name = site_name

    def presses(self) -> Sequence[Press[Any]]:
        return (
            Press(action=BindByEmail, answer=self._ask_address),
            Press(action=SendCodeAgain, answer=self._send_again),
        )

    def steps(self) -> Mapping[str, StepAnswer]:
        return {ADDRESS: self._answer_address, EMAIL_CODE: self._answer_code}

    def takes(self, question: Question, text: str | None) -> bool:
        """Whether a text of an unbound person begins this way, whatever he was asked for."""
        return (
            text is not None
            and looks_like_address(text)
            and self._unbound.offers(question, BindingMethod.EMAIL)
        )

    async def send_to(self, question: Question, email: str) -> Answer:
        """Have a code mailed to an address, and ask for it."""
        words = question.words
        sent = await self._send(question, email)
        match sent:
            case Conversation():
                return Answer(message=self._dialogue.pad(question, sent))
            case NotAnAddress():
                remark = binding_email.not_an_address(words)
                return await self._dialogue.standing(question, remark=remark)
            case _:
                return Answer(message=sentence(_wait(words, sent), binding.back_row(words)))

    async def prove(
        self, question: Question, conversation: Conversation, code: str, *, replaces: bool = False
    ) -> Answer:
        """Bind the account whose address the code was mailed to, or say why not."""
        words = question.words
        outcome = await self._codes.prove(conversation, code)
        match outcome:
            case Bound():
                return self._outcomes.bound(question, outcome, replaces=replaces)
            case WrongProof(tries_left):
                remark = binding_email.wrong_code(words, tries_left)
            case Outdated():
                remark = binding.moved_on(words)
            case TooManyTries():
                remark = _wait(words, outcome)
                if replaces:  # the pad stays as it is, with the digits that it shows
                    return Answer(notice=remark, is_alert=True)
            case ProofSpent():
                spent = binding_outcomes.email_code_spent(words)
                return Answer(message=spent, replaces=replaces)
            case _:
                return self._outcomes.refused(question, outcome, replaces=replaces)
        now = await self._dialogue.read_again(question)
        if replaces and now.account is not None:  # the winner's answer is to stay in sight
            return Answer(notice=binding_outcomes.already_bound_notice(words))
        return await self._dialogue.standing(now, replaces=replaces, remark=remark)

    async def _ask_address(self, question: Question, action: BindByEmail) -> Answer:
        return await self._dialogue.begin(question, ADDRESS)

    async def _send_again(self, question: Question, action: SendCodeAgain) -> Answer:
        words = question.words
        conversation = self._dialogue.current(question, EMAIL_CODE)
        if conversation is None or question.account is not None:
            return await self._dialogue.standing(question, replaces=True)
        if not self._unbound.offers(question, BindingMethod.EMAIL):
            return await self._dialogue.begin(question, ADDRESS)
        sent = await self._send(question, str(conversation.details["email"]))
        match sent:
            case Conversation():
                pad = self._dialogue.pad(question, sent)
                again = binding_email.sent_again(words)
                return Answer(message=binding.remarked(pad, again), replaces=True)
            case NotAnAddress():
                return await self._dialogue.begin(question, ADDRESS)
            case _:
                return Answer(notice=_wait(words, sent), is_alert=True)

    async def _answer_address(self, question: Question, text: str | None) -> Answer:
        if question.account is not None:
            return await self._dialogue.already_bound(question)
        if text is None:
            return await self._remark(question, binding.only_text(question.words))
        if not self._unbound.offers(question, BindingMethod.EMAIL):
            return await self._unbound.answer(question)
        return await self.send_to(question, text)

    async def _answer_code(self, question: Question, text: str | None) -> Answer:
        conversation = question.conversation
        if question.account is not None or conversation is None:
            return await self._dialogue.standing(question)
        if text is None:
            return await self._remark(question, binding.only_text(question.words))
        if self.takes(question, text):
            return await self.send_to(question, text)
        code = read_email_code(text)
        if code is None:
            return await self._remark(question, binding_email.code_expected(question.words))
        return await self.prove(question, conversation, code)

    async def _send(
        self, question: Question, email: str
    ) -> Conversation | NotAnAddress | TooManyMails | TooManyTries:
        return await self._codes.send(
            person=question.asker.key,
            target=question.chat.target,
            email=email,
            wording=_wording(question.words, self._site_name),
        )

    async def _remark(self, question: Question, remark: str) -> Answer:
        return await self._dialogue.standing(question, remark=remark)


def _wait(words: Words, refusal: TooManyMails | TooManyTries) -> str:
    if isinstance(refusal, TooManyMails):
        return binding_outcomes.too_many_mails(words, refusal.until)
    return binding_outcomes.too_many_tries(words, refusal.until)


def _wording(words: Words, site_name: str) -> MailWording:
    return MailWording(
        subject=binding_email.mail_subject(words, site_name=site_name),
        valid_until=lambda at: binding_email.valid_until(words, at),
    )
