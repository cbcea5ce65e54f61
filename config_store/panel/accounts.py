"""
Accounts: rows of the panel's `user`, found, shown and narrowly changed.

Traffic is in bytes, money a `Decimal`, each instant aware UTC: what the panel keeps as local time
of the site is converted here, where an hour that occurs twice counts as its earlier one. Each
function is one statement; what is written is one conditional UPDATE of the columns concerned, so
that whoever writes at the same moment, the panel included, loses nothing. That a site day is paid
once is kept by `grant_check_in` alone.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import is_rerun
from config_store.panel.tables import NO_DATE, PanelTables

IM_TYPES = {"slack": 1, "discord": 2, "telegram": 4}  # `user.im_type`
PLATFORMS_OF_IM_TYPES = {number: name for name, number in IM_TYPES.items()}
CONTACT_BY_EMAIL = 1  # `user.contact_method`
CONTACT_BY_CHAT = 2  # `user.contact_method`
_AMBIGUOUS_SHOWN = 10  # account ids that an ambiguous binding names at most


class AccountGoneError(Exception):
    """The panel has deleted the account meanwhile."""

    def __init__(self, account_id: int) -> None:
        super().__init__(f"there is no account {account_id} in the panel")
        self.account_id = account_id


class AmbiguousBindingError(Exception):
    """Two or more accounts of the panel hold the same platform user: none of them is served."""

    def __init__(self, platform: str, account_ids: tuple[int, ...]) -> None:
        ids = ", ".join(map(str, account_ids[:_AMBIGUOUS_SHOWN]))
        super().__init__(
            f"accounts {ids} are bound to the same {platform} user; clear im_value of all but one"
        )
        self.account_ids = account_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who a platform user is in the panel, and whether he may be served."""

    id: int
    locale: str
    is_banned: bool
    banned_reason: str
    is_shadow_banned: bool
    is_admin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOverview:
    """
    What an account's owner is shown. Traffic in bytes.

    `level_expires_at`: None if the level never ends. `speed_limit_mbps`: 0 for none.
    `subscription_token`: None until one is made at first use; a secret.
    """

    id: int
    user_name: str
    level: int
    level_expires_at: datetime | None
    balance: Decimal
    speed_limit_mbps: int
    last_used_at: datetime | None
    upload_bytes: int
    download_bytes: int
    used_today_bytes: int
    allowance_bytes: int
    subscription_token: str | None = field(repr=False)

    @property
    def used_bytes(self) -> int:
        """Used in this period, up and down."""
        return self.upload_bytes + self.download_bytes

    @property
    def used_before_today_bytes(self) -> int:
        """Used in this period until midnight; never negative, also right after a reset."""
        return max(0, self.used_bytes - self.used_today_bytes)

    @property
    def left_bytes(self) -> int:
        """What may still be used; never negative."""
        return max(0, self.allowance_bytes - self.used_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInRecord:
    """An account as the check-in sees it. `last_check_in_at`: None for never."""

    allowance_bytes: int
    used_bytes: int
    last_check_in_at: datetime | None
    is_banned: bool
    is_shadow_banned: bool


class AccountTable:
    """Statements on `user`, built once. `zone`: the site's time zone."""

    def __init__(self, tables: PanelTables, *, zone: ZoneInfo) -> None:
        self._zone = zone
        user, link = tables.user.c, tables.link.c
        its_row = user.id == bindparam("account_id")
        self._overview = (
            select(
                user.id,
                user.user_name,
                user["class"].label("level"),
                user.class_expire,
                user.money,
                user.node_speedlimit,
                user.last_use_time,
                user.u,
                user.d,
                user.transfer_today,
                user.transfer_enable,
                link.token,
            )
            .select_from(tables.user.outerjoin(tables.link, link.userid == user.id))
            .where(its_row)
        )
        self._check_in = select(
            user.transfer_enable,
            (user.u + user.d).label("used"),
            user.last_check_in_time,
            user.is_banned,
            user.is_shadow_banned,
        ).where(its_row)
        self._grant = (
            update(tables.user)
            .where(its_row)
            .where(user.is_banned == 0)
            .where(user.is_shadow_banned == 0)
            .where(
                or_(
                    user.last_check_in_time.is_(None),
                    user.last_check_in_time < bindparam("since"),
                )
            )
            .values(
                transfer_enable=user.transfer_enable + bindparam("reward"),
                last_check_in_time=bindparam("at"),
            )
        )
        self._email = select(user.email).where(its_row)

    async def get_overview(self, connection: AsyncConnection, account_id: int) -> AccountOverview:
        """
        What the account's owner is shown.

        Raises:
            AccountGoneError: the panel has deleted it.
        """
        row = await self._get_row(connection, self._overview, account_id)
        return AccountOverview(
            id=row.id,
            user_name=row.user_name,
            level=row.level,
            level_expires_at=self._level_end(row.level, row.class_expire),
            balance=row.money,
            speed_limit_mbps=row.node_speedlimit,
            last_used_at=_instant(row.last_use_time),
            upload_bytes=row.u,
            download_bytes=row.d,
            used_today_bytes=row.transfer_today,
            allowance_bytes=row.transfer_enable,
            subscription_token=row.token or None,
        )

    async def grant_check_in(
        self,
        connection: AsyncConnection,
        account_id: int,
        reward_bytes: int,
        *,
        at: datetime,
        since: datetime,
    ) -> bool:
        """
        Add a reward to the allowance unless the account was paid at or after `since`.

        Whatever comes at once pays once: condition and payment are one UPDATE. Banned and
        shadow-banned accounts are never paid. `at`: the instant that is written as paid.

        Raises:
            ValueError: `at` is before `since`, so that the day could be paid twice.
        """
        if at < since:
            raise ValueError("a check-in cannot be paid before its day begins")
        paid_at = int(at.timestamp())
        done = await connection.execute(
            self._grant,
            {
                "account_id": account_id,
                "reward": reward_bytes,
                "at": paid_at,
                "since": int(since.timestamp()),
            },
        )
        if _changed_one(done):
            return True
        if not is_rerun(connection):
            return False
        # The first run broke off after it was sent. If its time stands in the row, it was paid.
        record = await self.get_check_in(connection, account_id)
        return record.last_check_in_at == datetime.fromtimestamp(paid_at, UTC)

    async def get_check_in(self, connection: AsyncConnection, account_id: int) -> CheckInRecord:
        """
        The account as the check-in sees it.

        Raises:
            AccountGoneError: the panel has deleted it.
        """
        row = await self._get_row(connection, self._check_in, account_id)
        return CheckInRecord(
            allowance_bytes=row.transfer_enable,
            used_bytes=row.used,
            last_check_in_at=_instant(row.last_check_in_time),
            is_banned=bool(row.is_banned),
            is_shadow_banned=bool(row.is_shadow_banned),
        )

    async def has_email(self, connection: AsyncConnection, account_id: int, email: str) -> bool:
        """
        Whether `email` is the account's address; case and surrounding blanks do not matter.

        Raises:
            AccountGoneError: the panel has deleted it.
        """
        row = await self._get_row(connection, self._email, account_id)
        asked = email.strip().casefold()
        return bool(asked) and asked == row.email.strip().casefold()

    async def _get_row(self, connection: AsyncConnection, statement: Any, account_id: int) -> Any:
        row = (await connection.execute(statement, {"account_id": account_id})).first()
        if row is None:
            raise AccountGoneError(account_id)
        return row

    def _level_end(self, level: int, local: object) -> datetime | None:
        """
        When a level ends. `class` 0 and the panel's default date mean never.

        A date that is none (MariaDB's 0000-00-00 comes as text) counts as the default one.
        """
        if level == 0 or not isinstance(local, datetime) or local == NO_DATE:
            return None
        try:
            return local.replace(tzinfo=self._zone).astimezone(UTC)
        except OverflowError:  # 9999-12-31 in a zone west of Greenwich
            return None


def _instant(seconds: int | None) -> datetime | None:
    """The instant of the panel's unix seconds, which say 0 or NULL for never."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _changed_one(done: CursorResult[Any]) -> bool:
    return done.rowcount == 1
