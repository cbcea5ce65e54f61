"""The page for inviting others."""

from collections.abc import Mapping

from config_store.panel.accounts import Account
from core.accounts.invitations import Invitations, plan_of
from core.actions import Page
from core.chat.asking import Question
from core.chat.feature import Feature, MenuPage
from core.message import Message
from core.texts import invite as invite_texts


class Invite(Feature):
    """Shows people what inviting brings and their own address for it."""

    def __init__(self, *, invitations: Invitations, site_name: str) -> None:
        self._invitations = invitations
        self._site_name = site_name

    def pages(self) -> Mapping[Page, MenuPage]:
        return {Page.INVITE: self._page}

    async def _page(self, question: Question, account: Account) -> Message:
        if account.is_banned:
            return invite_texts.banned(question.words)
        return invite_texts.page(
            question.words,
            plan_of(question.settings),
            await self._invitations.get(account.id),
            site_name=self._site_name,
        )
