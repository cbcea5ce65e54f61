"""The pages of the account's records, one statement each. A banned account may see them too."""

from collections.abc import Mapping

from config_store.panel.accounts import Account
from core.accounts.records import AccountRecords
from core.actions import Page
from core.chat.asking import Question
from core.chat.feature import Feature, MenuPage
from core.message import Message
from core.texts import records as record_texts


class Records(Feature):
    """Shows people what the site has recorded of their accounts."""

    def __init__(self, *, records: AccountRecords) -> None:
        self._records = records

    def pages(self) -> Mapping[Page, MenuPage]:
        return {
            Page.RECORDS: self._page,
            Page.LOGINS: self._logins,
            Page.ONLINE: self._online,
            Page.REBATES: self._rebates,
            Page.FETCHES: self._fetches,
        }

    async def _page(self, question: Question, account: Account) -> Message:
        return record_texts.page(question.words)

    async def _logins(self, question: Question, account: Account) -> Message:
        found = await self._records.find_logins(account.id, question.settings)
        return record_texts.logins(question.words, found)

    async def _online(self, question: Question, account: Account) -> Message:
        return record_texts.online(question.words, await self._records.find_online(account.id))

    async def _rebates(self, question: Question, account: Account) -> Message:
        return record_texts.rebates(question.words, await self._records.find_rebates(account.id))

    async def _fetches(self, question: Question, account: Account) -> Message:
        found = await self._records.find_fetches(account.id, question.settings)
        return record_texts.fetches(question.words, found)
