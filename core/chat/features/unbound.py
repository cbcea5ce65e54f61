"""
What a person without an account gets: the ways to bind in private, a hint in the group.

Showing the prompt ends whatever step of binding was going on. Where the site's way is offered it
begins a step of its own, by which who binds on the site is told unasked.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from core.accounts.binding.methods import BindingMethod, binding_page, offered_methods
from core.accounts.binding.site_watch import OFFERED
from core.actions import CheckBinding
from core.chat.asking import Answer, Question
from core.chat.conversations import Conversations
from core.chat.feature import Feature, Press
from core.chat.features.main_menu import MainMenu
from core.texts import binding
from core.texts.binding import PromptFacts

_LASTS = timedelta(minutes=30)


class UnboundPeople(Feature):
    """
    Answers people who are not bound.

    `site_url`: None if the site's address is not known. `binding_methods`: those that the operator
    allows, whether or not they can be offered just now.
    """

    def __init__(
        self,
        *,
        site_name: str,
        site_url: str | None,
        binding_methods: Collection[str],
        main_menu: MainMenu,
        conversations: Conversations,
    ) -> None:
        self._site_name = site_name
        self._site_url = site_url
        self._binding_url = binding_page(site_url)
        self._binding_methods = binding_methods
        self._main_menu = main_menu
        self._conversations = conversations

    def presses(self) -> Sequence[Press[Any]]:
        return (Press(action=CheckBinding, answer=self._check_again),)

    def offers(self, question: Question, method: BindingMethod) -> bool:
        """Whether a way of binding is open to people just now."""
        return method in self._offered(question)

    async def answer(
        self, question: Question, *, replaces: bool = False, remark: str | None = None
    ) -> Answer:
        """
        How to bind, in two statements with the look-up; `replaces`: in place of the message whose
        button was pressed; `remark`: what is to be said before.
        """
        words = question.words
        if not question.is_private:
            return Answer(message=binding.group_hint(words, question.chat.private_chat_url))
        offered = self._offered(question)
        if BindingMethod.SITE in offered:
            await self._conversations.begin(question, OFFERED, {}, lasts=_LASTS)
        elif question.conversation is not None:
            await self._conversations.end(question)
        facts = PromptFacts(
            site_name=self._site_name,
            has_check_in=question.settings.enable_checkin,
            has_email=BindingMethod.EMAIL in offered,
            binding_url=self._binding_url if BindingMethod.SITE in offered else None,
            has_code=BindingMethod.CODE in offered,
            has_link=BindingMethod.SUBSCRIPTION in offered,
        )
        prompt = binding.remarked(binding.prompt(words, facts), remark)
        return Answer(message=prompt, replaces=replaces)

    def _offered(self, question: Question) -> Sequence[BindingMethod]:
        return offered_methods(self._binding_methods, question.settings, self._site_url)

    async def _check_again(self, question: Question, action: CheckBinding) -> Answer:
        if question.account is not None:
            return Answer(message=self._main_menu.greeting(question), replaces=True)
        prompt = await self.answer(question, replaces=True)
        return replace(prompt, notice=binding.not_found(question.words), is_alert=True)
