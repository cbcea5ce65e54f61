"""
Deferred actions: what has to be done later, surely and in the platform's pace, but is no message.

They are rows like deliveries, with the same claims, pace and outcomes: a kind, a target, when it is
due, and arguments as JSON. A kind that is done twice must do no harm.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.claims import Claimed
from config_store.own.enqueuing import ARGUMENTS_LENGTH, Enqueuing, NewDelivery
from core.clock import SiteClock
from core.delivery.content import UnreadableContentError
from core.delivery.model import QueuePriority
from core.platform import Bot, MembershipUnavailableError, PlatformName, TargetError

log = structlog.get_logger(__name__)

WORTH_DOING_FOR = timedelta(hours=24)
DELETE_MESSAGE = "delete_message"
REMOVE_MEMBER = "remove_member"
HIDE_PASSWORD = "hide_password"  # noqa: S105 - a kind, done by `core.chat.shown_passwords`

Act = Callable[[Bot, str, Mapping[str, Any]], Awaitable[None]]
"""Does an action with a bot, at a target, with its arguments."""


IsBound = Callable[[PlatformName, str], Awaitable[bool]]
"""Whether a user of a platform has an account."""


async def _delete_message(bot: Bot, target: str, arguments: Mapping[str, Any]) -> None:
    await bot.delete(target, arguments["message_id"])


STANDARD_ACTIONS: Mapping[str, Act] = {DELETE_MESSAGE: _delete_message}


def removing_members(is_bound: IsBound) -> Act:
    """
    What does `REMOVE_MEMBER`: a member who has given up his binding leaves the group.

    Whoever is bound again by then stays. What the bot may not do fails with its mend, and can be
    retried once that is mended.
    """

    async def remove(bot: Bot, target: str, arguments: Mapping[str, Any]) -> None:
        user_id, platform = arguments["user_id"], PlatformName(arguments["platform"])
        if bot.members is None or await is_bound(platform, user_id):
            return
        try:
            await bot.members.remove(target, user_id)
        except MembershipUnavailableError as error:
            log.warning("member not removed", group=target, user=user_id, mend=str(error))
            raise TargetError(str(error)) from error

    return remove


class DeferredActions:
    """Schedules actions, and does those that are due. `kinds`: what does each."""

    def __init__(self, *, enqueuing: Enqueuing, clock: SiteClock, kinds: Mapping[str, Act]) -> None:
        self._enqueuing = enqueuing
        self._clock = clock
        self._kinds = dict(kinds)

    def add(self, kind: str, act: Act) -> None:
        """Have a further kind done by `act`: by what is made after the queue, and needs it."""
        self._kinds[kind] = act

    async def schedule(
        self,
        tx: AsyncConnection,
        kind: str,
        *,
        platform: PlatformName,
        target: str,
        due: datetime,
        arguments: Mapping[str, Any],
        recipient: str | None = None,
    ) -> None:
        """
        Have something done at `due`, within the caller's transaction.

        `recipient`: what names the same one is done one after the other; an action without waits
        for no other, however much later that one is due.

        Raises:
            ValueError: the arguments take more than `ARGUMENTS_LENGTH` characters.
        """
        written = json.dumps(arguments, ensure_ascii=False)
        if len(written) > ARGUMENTS_LENGTH:
            raise ValueError(f"the arguments of {kind} take {len(written)} characters")
        await self._enqueuing.add(
            tx,
            [
                NewDelivery(
                    platform=platform.value,
                    target=target,
                    priority=QueuePriority.ACTION,
                    not_before=due,
                    expires_at=due + WORTH_DOING_FOR,
                    action=kind,
                    arguments=written,
                    recipient=recipient or f"{target[:100]}#{token_hex(8)}",
                )
            ],
            now=self._clock.now(),
        )

    async def do(self, claimed: Claimed, target: str, bot: Bot) -> None:
        """
        Do a claimed action.

        Raises:
            PlatformError: the subclass that says what to do next.
            UnreadableContentError: this version does not know it.
        """
        act = self._kinds.get(claimed.action or "")
        if act is None:
            raise UnreadableContentError("an action that this version does not know: upgrade")
        await act(bot, target, json.loads(claimed.arguments or "{}"))
