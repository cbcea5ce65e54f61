"""
The page of the connection: port, password and encryption method, and how they are changed.

In private only. The password is hidden until it is asked for, and again after a while.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from config_store.own.shown_passwords import ShownPassword
from config_store.panel.accounts import Account
from core.accounts.connection import ConnectionChangedError, Connections
from core.actions import (
    AskNewPassword,
    ChangeMethod,
    ChangePassword,
    ChooseMethod,
    HidePassword,
    Page,
    ShowPassword,
)
from core.chat.asking import Answer, Question
from core.chat.feature import Feature, MenuPage, Press
from core.chat.features.main_menu import MainMenu
from core.chat.features.owned import OwnersPresses
from core.chat.shown_passwords import SHOWN_FOR, ShownPasswords
from core.message import Message
from core.texts import connection as texts


class MyConnection(Feature):
    """
    Shows people their connections and changes them, in two statements with finding the account; a
    password that is shown or changed takes a transaction.

    `account_page`: what a banned account's owner is shown instead.
    """

    def __init__(
        self,
        *,
        connections: Connections,
        shown_passwords: ShownPasswords,
        main_menu: MainMenu,
        owners: OwnersPresses,
        account_page: MenuPage,
    ) -> None:
        self._connections = connections
        self._shown_passwords = shown_passwords
        self._main_menu = main_menu
        self._owners = owners
        self._account_page = account_page

    def pages(self) -> Mapping[Page, MenuPage]:
        return {Page.CONNECTION: self._open}

    def presses(self) -> Sequence[Press[Any]]:
        return (
            self._owners.press(ShowPassword, self._show_password),
            self._owners.press(HidePassword, self._hide_password),
            self._owners.press(ChooseMethod, self._choose_method),
            self._owners.press(ChangeMethod, self._change_method),
            self._owners.press(AskNewPassword, self._ask_new_password),
            self._owners.press(ChangePassword, self._change_password),
        )

    async def _open(self, question: Question, account: Account) -> Message:
        if account.is_banned:
            return await self._account_page(question, account)
        return texts.page(question.words, await self._connections.get(account.id))

    async def _show_password(
        self, question: Question, account: Account, action: ShowPassword
    ) -> Answer:
        words, shown = question.words, _shown(question)
        if shown is None:
            return Answer(notice=texts.cannot_show(words), is_alert=True)
        connection = await self._connections.get_with(
            account.id,
            lambda tx: self._shown_passwords.hide_later(
                tx, shown, account_id=account.id, language=words.language
            ),
        )
        message = texts.page_with_password(words, connection, seconds=SHOWN_FOR.seconds)
        return Answer(message=message, replaces=True)

    async def _hide_password(
        self, question: Question, account: Account, action: HidePassword
    ) -> Answer:
        if action.page is Page.HOME:
            message = self._main_menu.home(question)
        else:
            message = texts.page(question.words, await self._connections.get(account.id))
        shown = _shown(question)
        if shown is not None:
            await self._shown_passwords.is_hidden(shown)
        return Answer(message=message, replaces=True)

    async def _choose_method(
        self, question: Question, account: Account, action: ChooseMethod
    ) -> Answer:
        connection = await self._connections.get(account.id)
        return _methods(question, account, connection.method)

    async def _change_method(
        self, question: Question, account: Account, action: ChangeMethod
    ) -> Answer:
        try:
            await self._connections.change_method(account.id, action.method, by=question.asker.key)
        except ConnectionChangedError:
            return Answer(notice=texts.changed(question.words), is_alert=True)
        return _methods(
            question,
            account,
            action.method,
            notice=texts.method_changed(question.words, action.method),
        )

    async def _ask_new_password(
        self, question: Question, account: Account, action: AskNewPassword
    ) -> Answer:
        connection = await self._connections.get(account.id)
        asked = texts.password_question(
            question.words, account_id=account.id, fingerprint=connection.fingerprint
        )
        return Answer(message=asked, replaces=True)

    async def _change_password(
        self, question: Question, account: Account, action: ChangePassword
    ) -> Answer:
        try:
            connection = await self._connections.change_password(
                account.id, action.fingerprint, by=question.asker.key
            )
        except ConnectionChangedError:
            return Answer(notice=texts.changed(question.words), is_alert=True)
        message = texts.page(question.words, connection, has_new_password=True)
        return Answer(message=message, replaces=True)


def _methods(
    question: Question, account: Account, current: str, *, notice: str | None = None
) -> Answer:
    message = texts.methods(question.words, account_id=account.id, current=current)
    return Answer(message=message, replaces=True, notice=notice)


def _shown(question: Question) -> ShownPassword | None:
    """The message that bears the pressed button, where the platform says which one that is."""
    chat = question.chat
    if chat.message_id is None:
        return None
    return ShownPassword(
        platform=question.asker.platform.value, target=chat.target, message_id=chat.message_id
    )
