"""
`/start`: the greeting, with the main menu or how to bind. It ends whatever dialogue was going on.

What stands behind it is what a link to the bot carried: a code from the site, or a word that only
led here (`menu`).
"""

from collections.abc import Sequence
from dataclasses import replace

from core.chat.asking import Answer, Question
from core.chat.conversations import Conversations
from core.chat.feature import Command, Feature
from core.chat.features.binding.site_code import SiteCodeWay
from core.chat.features.main_menu import MainMenu
from core.chat.features.unbound import UnboundPeople
from core.texts import help as help_texts
from core.texts import menu


class Start(Feature):
    """Greets."""

    def __init__(
        self,
        *,
        main_menu: MainMenu,
        unbound: UnboundPeople,
        site_codes: SiteCodeWay,
        conversations: Conversations,
    ) -> None:
        self._main_menu = main_menu
        self._unbound = unbound
        self._site_codes = site_codes
        self._conversations = conversations

    def commands(self) -> Sequence[Command]:
        return (Command(name="start", summary=help_texts.start_summary, answer=self._answer),)

    async def _answer(self, question: Question, argument: str) -> Answer:
        if not question.is_private:
            url = question.chat.private_chat_url
            return Answer(message=menu.group_greeting(question.words, url))
        is_code = self._site_codes.is_code(argument)
        if question.account is None and not is_code:
            return await self._unbound.answer(question)
        if question.conversation is not None:
            await self._conversations.end(question)
            question = replace(question, conversation=None)
        if is_code:
            return await self._site_codes.redeem(question, argument)
        return Answer(message=self._main_menu.greeting(question))
