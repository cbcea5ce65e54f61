"""
The steps of binding: begun, shown again, over.

A person is at one step at most, also over several of its messages: whichever of them he presses,
what is shown is where he stands. A step that was left alone is told to be over once.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from config_store.own.conversations import Conversation
from core.accounts.binding import email_codes
from core.accounts.binding.bindings import Bindings
from core.accounts.binding.methods import BindingMethod
from core.chat.asking import Answer, Question
from core.chat.conversations import Conversations
from core.chat.features.unbound import UnboundPeople
from core.message import Message
from core.texts import binding, binding_email, binding_outcomes, binding_proofs
from core.texts.binding_email import PadFacts

ADDRESS = "binding_address"
EMAIL_CODE = email_codes.STEP
SITE_CODE = "binding_code"
LINK = "binding_link"
LASTS = timedelta(minutes=30)

_METHODS = {
    ADDRESS: BindingMethod.EMAIL,
    EMAIL_CODE: BindingMethod.EMAIL,
    SITE_CODE: BindingMethod.CODE,
    LINK: BindingMethod.SUBSCRIPTION,
}
"""The way of binding that a step belongs to."""


def typed_digits(conversation: Conversation) -> str:
    """The digits of the mailed code that have been tapped so far."""
    return str(conversation.details.get("typed", ""))


class BindingDialogue:
    """Where a person stands. `site_url`: None if the site's address is not known."""

    def __init__(
        self,
        *,
        bindings: Bindings,
        conversations: Conversations,
        unbound: UnboundPeople,
        site_url: str | None,
    ) -> None:
        self._bindings = bindings
        self._conversations = conversations
        self._unbound = unbound
        self._site_url = site_url

    def current(self, question: Question, step: str) -> Conversation | None:
        """The conversation if the person is at that step, None if it is another, over or none."""
        conversation = self._conversations.current(question)
        return conversation if conversation is not None and conversation.step == step else None

    def expired_step(self, question: Question) -> str | None:
        """The step of binding that was left alone for too long, None if there is none."""
        conversation = question.conversation
        if conversation is None or conversation.step not in _METHODS:
            return None
        return None if self._conversations.current(question) else conversation.step

    async def begin(self, question: Question, step: str) -> Answer:
        """Ask for what a step waits for, in place of the message whose button was pressed."""
        if question.account is not None:
            return await self.already_bound(question, replaces=True)
        if not self._unbound.offers(question, _METHODS[step]):
            refused = await self._unbound.answer(question, replaces=True)
            return replace(refused, notice=binding.not_offered(question.words), is_alert=True)
        conversation = await self._conversations.begin(question, step, {}, lasts=LASTS)
        return Answer(message=self._message(question, conversation), replaces=True)

    async def standing(
        self, question: Question, *, replaces: bool = False, remark: str | None = None
    ) -> Answer:
        """Where the person stands, below a remark about what he has just done."""
        if question.account is not None:
            return await self.already_bound(question, replaces=replaces)
        conversation = question.conversation
        if conversation is None or conversation.step not in _METHODS:
            return await self._unbound.answer(question, replaces=replaces, remark=remark)
        if self.expired_step(question) is not None:
            await self._conversations.end(question)
            over = binding_outcomes.expired(question.words, _METHODS[conversation.step])
            return Answer(message=over, replaces=replaces)
        shown = self._message(question, conversation)
        return Answer(message=binding.remarked(shown, remark), replaces=replaces)

    async def read_again(self, question: Question) -> Question:
        """The question as it stands by now: somebody else has answered its step meanwhile."""
        known = await self._bindings.look_up(question.asker.key, question.chat.target)
        return replace(question, account=known.account, conversation=known.conversation)

    async def already_bound(self, question: Question, *, replaces: bool = False) -> Answer:
        """For who has an account: whatever step of binding was left is over."""
        conversation = question.conversation
        if conversation is not None and conversation.step in _METHODS:
            await self._conversations.end(question)
        return Answer(message=binding_outcomes.already_bound(question.words), replaces=replaces)

    def pad(self, question: Question, conversation: Conversation) -> Message:
        """The number pad as it stands."""
        details: Any = conversation.details
        facts = PadFacts(
            email=str(details.get("email", "")),
            typed=typed_digits(conversation),
            valid_until=conversation.expires_at,
        )
        return binding_email.pad(question.words, facts)

    def _message(self, question: Question, conversation: Conversation) -> Message:
        if conversation.step == EMAIL_CODE:
            return self.pad(question, conversation)
        if conversation.step == SITE_CODE:
            return binding_proofs.ask_code(question.words, site_url=self._site_url)
        if conversation.step == LINK:
            return binding_proofs.ask_link(question.words)
        return binding_email.ask_address(question.words)
