"""`/start`: the greeting, with the main menu or how to bind."""

from collections.abc import Sequence

from core.chat.asking import Answer, Question
from core.chat.feature import Command, Feature
from core.chat.features.main_menu import MainMenu
from core.chat.features.unbound import UnboundPeople
from core.texts import help as help_texts
from core.texts import menu


class Start(Feature):
    """Greets."""

    def __init__(self, *, main_menu: MainMenu, unbound: UnboundPeople) -> None:
        self._main_menu = main_menu
        self._unbound = unbound

    def commands(self) -> Sequence[Command]:
        return (Command(name="start", summary=help_texts.start_summary, answer=self._answer),)

    async def _answer(self, question: Question, argument: str) -> Answer:
        if not question.is_private:
            url = question.chat.private_chat_url
            return Answer(message=menu.group_greeting(question.words, url))
        if question.account is None:
            return self._unbound.answer(question)
        return Answer(message=self._main_menu.greeting(question))
