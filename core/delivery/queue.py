"""
The queue as a worker uses it: claim, write what came of it, free what was lost.

A claim is believed only when its rows are read by its token after COMMIT, which also answers a
COMMIT that was not answered. Whatever could not be learned stays claimed by a token that nobody
knows, and is freed by the next look for lost claims.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from secrets import randbits

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import CommitUnknownError, Database
from config_store.own.claims import Claimed, Claims
from config_store.own.learned import LearnedTargets
from core.clock import SiteClock

Fence = Callable[[AsyncConnection], Awaitable[None]]
"""Writes the role's lease row within a transaction, or raises if the role is another's."""

_TIMEOUT = 10.0  # seconds; a cluster that loses a node answers nobody for seven


class DeliveryQueue:
    """Deliveries of one platform, as its worker takes them."""

    def __init__(
        self,
        *,
        database: Database,
        claims: Claims,
        learned: LearnedTargets,
        platform: str,
        clock: SiteClock,
    ) -> None:
        self._database = database
        self._claims = claims
        self._learned = learned
        self._platform = platform
        self._clock = clock

    async def find_moves(self) -> Mapping[str, str]:
        """The targets that have another id now, and which."""
        return await self._database.run(
            lambda connection: self._learned.find_moves(connection, self._platform)
        )

    async def next_due(self) -> Sequence[tuple[str, datetime]]:
        """The priorities in which something waits, and since or until when."""
        return await self._database.run(
            lambda connection: self._claims.next_due(connection, self._platform)
        )

    async def claim(self, priority: str, count: int) -> list[Claimed]:
        """
        Up to `count` due deliveries and what joins them, ours from now on.

        Raises:
            DatabaseUnavailableError: nothing is known to be ours.
        """
        token = randbits(62)
        taken: list[int] = []

        async def take(connection: AsyncConnection) -> None:
            taken[:] = await self._claims.take(
                connection,
                platform=self._platform,
                priority=priority,
                count=count,
                token=token,
                now=self._clock.now(),
            )

        with suppress(CommitUnknownError):  # what is found by the token below was done
            await self._database.transact(take, timeout=_TIMEOUT)
        claimed = await self._read(taken, token)
        if len(claimed) < len(taken):  # COMMIT not answered, or a node that lags behind
            claimed = await self._read(taken, token, in_step=True)
        return claimed

    async def _read(
        self, ids: Collection[int], token: int, *, in_step: bool = False
    ) -> list[Claimed]:
        return await self._database.run(
            lambda connection: self._claims.read(connection, ids, token),
            timeout=_TIMEOUT,
            in_step=in_step,
        )

    async def mark(self, claimed: Claimed) -> bool:
        """
        Write down that a suspicious delivery is being sent now; whether it is still ours.

        One that took a daemon with it may do so again: only what was marked each time is set aside.
        """
        return await self._database.run(
            lambda connection: self._claims.mark(connection, [claimed.id], claimed.token)
        )

    async def free_lost(self, known: Collection[int], fence: Fence) -> int:
        """
        Give back the claims that are not among `known`; how many there were.

        Raises:
            RoleLostError: the platform is another daemon's by now.
        """
        sending = await self._database.run(
            lambda connection: self._claims.find_sending(connection, self._platform)
        )
        lost = [(id_, token) for id_, token in sending if id_ not in known]
        if not lost:
            return 0

        async def free(connection: AsyncConnection) -> int:
            await fence(connection)
            return await self._claims.free(connection, lost)

        return await self._database.transact(free, timeout=_TIMEOUT)
