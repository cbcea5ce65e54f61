"""
A subscription link that somebody has put into the site's group by mistake.

Whoever has read it can use the account's traffic. So the message is deleted, also where the bot
answers nothing else, and the person is told to reset the link: alone if he is bound, else in the
group if it may be answered there. All other talk of the group is passed over without a look into
the database.
"""

import asyncio
from datetime import datetime

import structlog

from config_store.database import DatabaseUnavailableError
from config_store.panel.accounts import Account, AmbiguousBindingError
from core.accounts.binding.bindings import Bindings
from core.accounts.binding.subscription_links import find_linked_token
from core.chat.asking import Answer, Question
from core.chat.places import is_quiet
from core.clock import SiteClock
from core.delivery.content import WordedContent
from core.delivery.model import ToUser
from core.delivery.notifier import NoSuchAccountError, Notifier
from core.texts import leaked_secret

log = structlog.get_logger(__name__)

_PATIENCE = 2.6  # seconds that the database may take


class LeakedSecrets:
    """Looks at what is written in the site's group."""

    def __init__(
        self,
        *,
        subscription_url: str | None,
        bindings: Bindings,
        notifier: Notifier,
        clock: SiteClock,
    ) -> None:
        self._subscription_url = subscription_url
        self._bindings = bindings
        self._notifier = notifier
        self._clock = clock

    async def answer(self, question: Question, text: str) -> Answer | None:
        """What is said of a text in the group, None for one without a secret."""
        if find_linked_token(text, self._subscription_url) is None:
            return None
        asker = question.asker
        log.warning("subscription link in the group", platform=asker.platform, user=asker.id)
        if await self._tell_alone(question) or is_quiet(asker.platform, question.settings):
            return Answer(deletes_asked=True)
        said = leaked_secret.in_group(
            question.words,
            name="" if asker.is_anonymous else asker.name,
            private_chat_url=question.chat.private_chat_url,
        )
        return Answer(message=said, deletes_asked=True)

    async def _tell_alone(self, question: Question) -> bool:
        """Tell the person through the queue, once an hour; whether he can be told so."""
        try:
            async with asyncio.timeout(_PATIENCE):
                account = await self._find_account(question)
                if account is None:
                    return False
                await self._notifier.accept(
                    ToUser(account.id),
                    WordedContent(message_id=leaked_secret.NOTICE),
                    dedupe_key=_key(account, self._clock.now()),
                )
        except (DatabaseUnavailableError, TimeoutError, NoSuchAccountError):
            return False
        return True

    async def _find_account(self, question: Question) -> Account | None:
        asker = question.asker
        if asker.is_anonymous:
            return None
        try:
            return (await self._bindings.look_up(asker.key, question.chat.target)).account
        except AmbiguousBindingError:
            return None


def _key(account: Account, now: datetime) -> str:
    return f"{leaked_secret.NOTICE}:{account.id}:{now:%Y%m%d%H}"
