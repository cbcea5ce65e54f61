"""
`/menu` and the turning of its pages, each in place of the one before.

A page is its feature's: `pages` gives it under its name, and the main menu leads there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from core.actions import OpenPage, Page
from core.chat.asking import Answer, Question
from core.chat.feature import Command, Feature, MenuPage, Press
from core.chat.features.main_menu import MainMenu
from core.chat.features.unbound import UnboundPeople
from core.texts import help as help_texts
from core.texts import trouble


class Menu(Feature):
    """Opens the pages of `features`."""

    def __init__(
        self, *, main_menu: MainMenu, unbound: UnboundPeople, features: Sequence[Feature]
    ) -> None:
        self._main_menu = main_menu
        self._unbound = unbound
        self._pages: Mapping[Page, MenuPage] = {
            page: make for feature in features for page, make in feature.pages().items()
        }

    def commands(self) -> Sequence[Command]:
        return (Command(name="menu", summary=help_texts.menu_summary, answer=self._answer),)

    def presses(self) -> Sequence[Press[Any]]:
        return (Press(action=OpenPage, answer=self._open),)

    async def _answer(self, question: Question, argument: str) -> Answer:
        if not question.is_private:
            url = question.chat.private_chat_url
            return Answer(message=trouble.private_only_message(question.words, url))
        if question.account is None:
            return await self._unbound.answer(question)
        return Answer(message=self._main_menu.home(question))

    async def _open(self, question: Question, action: OpenPage) -> Answer:
        account = question.account
        if account is None:
            return await self._unbound.answer(question, replaces=True)
        if action.page is Page.HOME:
            return Answer(message=self._main_menu.home(question), replaces=True)
        make = self._pages.get(action.page)
        if make is None:
            return Answer(notice=trouble.stale_button(question.words), is_alert=True)
        return Answer(message=await make(question, account), replaces=True)
