"""
Binding on the site: whoever was shown the way there is told, unasked, once the panel has bound him.

The prompt leaves a dialogue at the step `OFFERED`. The daemon on duty looks every two seconds at
all who wait so: one statement while nobody does, and else one more for each of their platforms.
Told is each once, by who ends his dialogue, in the transaction that accepts the notice; whoever
goes on in the chat meanwhile has moved on, and sees it for himself.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database
from config_store.own.conversations import Conversation, ConversationTable
from config_store.own.offered import BoundInPanel, OfferedTable
from core.accounts.binding.people import PersonKey
from core.accounts.binding.rounds import make_rounds
from core.clock import SiteClock
from core.delivery.content import WordedContent
from core.delivery.model import ToChat
from core.delivery.notifier import Notifier
from core.platform import PlatformName

log = structlog.get_logger(__name__)

OFFERED = "binding_offered"
"""The step of who was shown the site's page for binding."""
DONE_ON_SITE = "binding.done_on_site"
"""The message's id. Its values: `name`, the account's user name."""

_EVERY = 2.0  # seconds
_AT_ONCE = 500
_KNOWN = frozenset(name.value for name in PlatformName)
_FIRST = datetime.min.replace(tzinfo=UTC)


class SiteWatch:
    """
    The part that looks for them, while this daemon is on duty.

    `follow`: told of a person and his account, for our own rows to say so too.
    """

    def __init__(
        self,
        *,
        database: Database,
        offered: OfferedTable,
        conversations: ConversationTable,
        notifier: Notifier,
        follow: Callable[[PersonKey, int], None],
        clock: SiteClock,
        is_on_duty: Callable[[], bool],
        every: float = _EVERY,
        at_once: int = _AT_ONCE,
    ) -> None:
        self._database = database
        self._offered = offered
        self._conversations = conversations
        self._notifier = notifier
        self._follow = follow
        self._clock = clock
        self._is_on_duty = is_on_duty
        self._every = every
        self._at_once = at_once
        self._behind = _FIRST  # where the next page of a long list begins

    async def run(self, stop: asyncio.Event) -> None:
        """Look while this daemon is on duty, until `stop` is set."""
        await make_rounds(stop, self.look, every=self._every, is_on_duty=self._is_on_duty)

    async def look(self) -> None:
        """Look at those who wait, or at the next of them if they are many; tell who is bound."""
        behind = max(self._behind, self._clock.now())
        waiting = await self._database.run(
            lambda connection: self._offered.find_waiting(
                connection, OFFERED, behind=behind, count=self._at_once
            )
        )
        self._behind = waiting[-1].expires_at if len(waiting) == self._at_once else _FIRST
        by_platform: defaultdict[str, list[Conversation]] = defaultdict(list)
        for conversation in waiting:
            if conversation.platform in _KNOWN:  # a later version may know more
                by_platform[conversation.platform].append(conversation)
        for platform, conversations in by_platform.items():
            await self._look_at(platform, conversations)

    async def _look_at(self, platform: str, waiting: list[Conversation]) -> None:
        users = {conversation.person for conversation in waiting}
        bound = await self._database.run(
            lambda connection: self._offered.find_bound(connection, platform, users)
        )
        for conversation in waiting:
            if (account := bound.get(conversation.person)) is not None:
                await self._tell(conversation, account)

    async def _tell(self, conversation: Conversation, account: BoundInPanel) -> None:
        platform = PlatformName(conversation.platform)
        chat = ToChat(platform, conversation.target, account.account_id)
        content = WordedContent(message_id=DONE_ON_SITE, values={"name": account.user_name})

        async def tell(tx: AsyncConnection) -> bool:
            if not await self._conversations.end(tx, conversation):
                return False
            await self._notifier.accept(chat, content, tx=tx)
            return True

        if await self._database.transact(tell):
            self._follow(PersonKey(platform, conversation.person), account.account_id)
            log.info(
                "bound on the site",
                account=account.account_id,
                platform=platform.value,
                user=conversation.person,
            )
