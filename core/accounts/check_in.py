"""
The daily check-in: bonus traffic for an account, at most once a site day.

Traffic is in bytes and in units of 1024, as the panel counts; a site day turns at midnight in
the site's time zone. That a day is paid once is kept by the database, inside the one UPDATE of
`AccountTable.grant_check_in`, and not here: two daemons may be asked at the same moment.
"""

from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.catalogue import SiteSettings
from config_store.database import Database
from config_store.panel.accounts import AccountTable, CheckInRecord
from core.clock import SiteClock

MB = 1024**2  # bytes


class CheckInRefusedError(Exception):
    """There is no reward now."""


class CheckInOffError(CheckInRefusedError):
    """The site has no check-in: `enable_checkin` is off."""


class NotEligibleError(CheckInRefusedError):
    """This account gets no rewards: it is banned, openly or not."""


class AlreadyCheckedInError(CheckInRefusedError):
    """The account was paid in this site day. `again_at`: when the next one begins."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(f"already checked in, possible again at {again_at.isoformat()}")
        self.again_at = again_at


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedIn:
    """What a check-in gave, and the account's allowance and what is left of it afterwards."""

    reward_bytes: int
    allowance_bytes: int
    left_bytes: int


class CheckIns:
    """Pays check-in rewards, each uniform between `checkin_min` and `checkin_max` MB."""

    def __init__(
        self, *, database: Database, accounts: AccountTable, clock: SiteClock, random: Random
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._clock = clock
        self._random = random

    async def pay(self, account_id: int, settings: SiteSettings) -> CheckedIn:
        """
        Add today's reward to an account's allowance, in two statements. 0 uses the day as well.

        Raises:
            CheckInOffError: `enable_checkin` is off.
            NotEligibleError: the account is banned or shadow-banned.
            AlreadyCheckedInError: the account was paid since midnight, site time.
        """
        if not settings.enable_checkin:
            raise CheckInOffError
        now = self._clock.now()
        reward_bytes = self._random.randint(settings.checkin_min, settings.checkin_max) * MB

        async def grant(connection: AsyncConnection) -> bool:
            return await self._accounts.grant_check_in(
                connection, account_id, reward_bytes, at=now, since=self._clock.midnight(now)
            )

        async def look(connection: AsyncConnection) -> CheckInRecord:
            return await self._accounts.get_check_in(connection, account_id)

        is_granted = await self._database.run(grant)
        record = await self._database.run(look)
        if not is_granted:
            raise self._refusal(record, now)
        return CheckedIn(
            reward_bytes=reward_bytes,
            allowance_bytes=record.allowance_bytes,
            left_bytes=max(record.allowance_bytes - record.used_bytes, 0),
        )

    def _refusal(self, record: CheckInRecord, now: datetime) -> CheckInRefusedError:
        if record.is_banned or record.is_shadow_banned:
            return NotEligibleError()
        return AlreadyCheckedInError(self._clock.next_midnight(now))
