"""
The page of the subscription: its address in a format, as text and as a QR code, and its reset.

In private only: an address is as good as the account's password.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from config_store.panel.accounts import Account
from core.accounts.subscription_formats import SubscriptionFormat
from core.accounts.subscriptions import Subscription, SubscriptionChangedError, Subscriptions
from core.actions import (
    AskReset,
    CloseMessage,
    Page,
    ResetSubscription,
    ShowFormat,
    ShowQrCode,
)
from core.chat.asking import Answer, Question
from core.chat.feature import Feature, MenuPage, Press
from core.chat.features.owned import OwnersPresses
from core.message import Message
from core.qr import MOST_CHARACTERS, QrCodes
from core.texts import subscription as texts
from core.texts import trouble


class MySubscription(Feature):
    """
    Shows people their subscriptions, in two statements with finding the account.

    `account_page`: what a banned account's owner is shown instead.
    """

    def __init__(
        self,
        *,
        subscriptions: Subscriptions,
        qr_codes: QrCodes,
        owners: OwnersPresses,
        account_page: MenuPage,
    ) -> None:
        self._subscriptions = subscriptions
        self._qr_codes = qr_codes
        self._owners = owners
        self._account_page = account_page

    def pages(self) -> Mapping[Page, MenuPage]:
        return {Page.SUBSCRIPTION: self._open}

    def presses(self) -> Sequence[Press[Any]]:
        return (
            self._owners.press(ShowFormat, self._show_format),
            self._owners.press(ShowQrCode, self._show_qr_code),
            self._owners.press(AskReset, self._ask_reset),
            self._owners.press(ResetSubscription, self._reset),
            Press(action=CloseMessage, answer=self._close),
        )

    async def _open(self, question: Question, account: Account) -> Message:
        if account.is_banned:
            return await self._account_page(question, account)
        return _page(question, await self._get(question, account), None)

    async def _show_format(
        self, question: Question, account: Account, action: ShowFormat
    ) -> Answer:
        subscription = await self._get(question, account)
        return Answer(message=_page(question, subscription, action.format), replaces=True)

    async def _show_qr_code(
        self, question: Question, account: Account, action: ShowQrCode
    ) -> Answer:
        subscription = await self._get(question, account)
        shown = subscription.address(action.format)
        if shown is None or shown.format is not action.format or not _has_qr_code(shown.url):
            return Answer(notice=trouble.stale_button(question.words), is_alert=True)
        png = await self._qr_codes.draw(shown.url)
        return Answer(message=texts.qr_code(question.words, shown.format, png))

    async def _close(self, question: Question, action: CloseMessage) -> Answer:
        return Answer(deletes_asked=True)

    async def _ask_reset(self, question: Question, account: Account, action: AskReset) -> Answer:
        subscription = await self._get(question, account)
        asked = texts.reset_question(
            question.words,
            account_id=account.id,
            fingerprint=subscription.fingerprint,
            back_to=action.format,
        )
        return Answer(message=asked, replaces=True)

    async def _reset(
        self, question: Question, account: Account, action: ResetSubscription
    ) -> Answer:
        try:
            subscription = await self._subscriptions.reset(
                account.id,
                action.fingerprint,
                question.settings,
                by=question.asker.key,
            )
        except SubscriptionChangedError:
            return Answer(notice=texts.changed(question.words), is_alert=True)
        message = _page(question, subscription, action.format, is_new=True)
        return Answer(message=message, replaces=True)

    async def _get(self, question: Question, account: Account) -> Subscription:
        return await self._subscriptions.get(account.id, question.settings)


def _page(
    question: Question,
    subscription: Subscription,
    wanted: SubscriptionFormat | None,
    *,
    is_new: bool = False,
) -> Message:
    """The page in a format that the site may have ceased to offer meanwhile."""
    shown = subscription.address(wanted)
    if shown is None:
        return texts.unavailable(question.words)
    return texts.page(
        question.words,
        subscription,
        shown,
        has_qr_code=_has_qr_code(shown.url),
        is_new=is_new,
    )


def _has_qr_code(url: str) -> bool:
    return len(url) <= MOST_CHARACTERS
