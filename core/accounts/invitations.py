"""
Inviting: what it brings by the site's settings, the account's own address for it, and what it has
brought so far.

The address holds a code that is made at first use; the database decides which one holds if two ask
at the same moment.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from secrets import token_hex
from urllib.parse import quote

from config_store.catalogue import SiteSettings
from config_store.database import Database
from config_store.panel.invites import CodeTakenError, InviteTable
from core.accounts.drawing import use_new

_REGISTRATION = "/auth/register?code="
_CODE_LENGTH = 10  # hexadecimal characters, as the panel makes them


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitePlan:
    """
    What inviting brings; what is 0 is not part of it.

    `traffic_gb`: to who invites, for each registration; `money_yuan`: to who registers;
    `rebate_share`: of what an invited one pays, to who invited.
    """

    traffic_gb: int
    money_yuan: int
    rebate_share: Decimal

    @property
    def is_empty(self) -> bool:
        return not (self.traffic_gb or self.money_yuan or self.rebate_share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """
    An account's own address for inviting, None if the site's is not known, and its rebates so far.
    """

    url: str | None
    rebates: int
    earned: Decimal


def plan_of(settings: SiteSettings) -> InvitePlan:
    """What the site gives for inviting."""
    return InvitePlan(
        traffic_gb=settings.invite_reg_traffic_reward,
        money_yuan=settings.invite_reg_money_reward,
        rebate_share=settings.invite_reward_rate,
    )


def new_code() -> str:
    """A random code."""
    return token_hex(_CODE_LENGTH // 2)


class Invitations:
    """Gives accounts their addresses for inviting. `site_url`: None if it is not known."""

    def __init__(
        self,
        *,
        database: Database,
        table: InviteTable,
        site_url: str | None,
        make_code: Callable[[], str] = new_code,
    ) -> None:
        self._database = database
        self._table = table
        self._base = None if site_url is None else f"{site_url.rstrip('/')}{_REGISTRATION}"
        self._make_code = make_code

    async def get(self, account_id: int) -> Invitation:
        """
        An account's invitation, in one statement; the first time makes its code as well.

        Raises:
            AccountGoneError: the panel has deleted the account.
        """
        record = await self._database.run(
            lambda connection: self._table.get_record(connection, account_id)
        )
        url = None
        if self._base is not None:
            code = record.code or await self._add_code(account_id)
            url = f"{self._base}{quote(code, safe='')}"
        return Invitation(url=url, rebates=record.rebates, earned=record.earned)

    async def _add_code(self, account_id: int) -> str:
        return await use_new(
            self._make_code,
            lambda code: self._database.run(
                lambda connection: self._table.add_code(connection, account_id, code)
            ),
            taken=CodeTakenError,
        )
