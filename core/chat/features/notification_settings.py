"""The page on which people say how they want to be told what concerns their account."""

from collections.abc import Mapping, Sequence
from typing import Any

from config_store.panel.accounts import Account
from core.accounts.contact import ContactChangedError, ContactChoices
from core.actions import NotifyByEmail, NotifyInChat, Page
from core.chat.asking import Answer, Question
from core.chat.feature import Feature, MenuPage, Press
from core.message import Message
from core.platform import PlatformName
from core.texts import notification_settings as texts
from core.texts import trouble


class NotificationSettings(Feature):
    """Shows and changes how an account's notices reach it."""

    def __init__(self, *, contacts: ContactChoices) -> None:
        self._contacts = contacts

    def pages(self) -> Mapping[Page, MenuPage]:
        return {Page.NOTIFICATIONS: self._page}

    def presses(self) -> Sequence[Press[Any]]:
        return (
            Press(action=NotifyByEmail, answer=self._by_email),
            Press(action=NotifyInChat, answer=self._in_chat),
        )

    async def _page(self, question: Question, account: Account) -> Message:
        way = await self._contacts.get(account.id, question.settings)
        return texts.page(question.words, way, asked_on=question.asker.platform)

    async def _by_email(self, question: Question, action: NotifyByEmail) -> Answer:
        return await self._choose(question, action.platform, by_email=True)

    async def _in_chat(self, question: Question, action: NotifyInChat) -> Answer:
        return await self._choose(question, action.platform, by_email=False)

    async def _choose(self, question: Question, platform: str, *, by_email: bool) -> Answer:
        words, account = question.words, question.account
        shown = next((each for each in PlatformName if each == platform), None)
        if account is None or shown is None:
            return Answer(notice=trouble.stale_button(words), is_alert=True)
        try:
            way = await self._contacts.choose(
                account.id, question.settings, by_email=by_email, platform=shown
            )
        except ContactChangedError:
            return Answer(notice=texts.changed(words), is_alert=True)
        message = texts.page(words, way, asked_on=question.asker.platform)
        return Answer(message=message, replaces=True)
