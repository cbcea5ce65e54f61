"""
The check-in as a service: who is paid, how much, and when again.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from config_store.catalogue import SiteSettings
from config_store.database import Database
from config_store.panel.accounts import AccountGoneError, AccountTable
from config_store.panel.tables import PanelTables
from core.accounts.check_in import (
    MB,
    AlreadyCheckedInError,
    CheckedIn,
    CheckInOffError,
    CheckIns,
    NotEligibleError,
)
from core.clock import SiteClock
from tests.conftest import AddAccount

ON = SiteSettings(enable_checkin=True, checkin_min=5, checkin_max=7)
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass
class Hands:
    """A clock's hands, to be turned by a test."""

    at: datetime


@pytest.fixture
def hands() -> Hands:
    """
    23:59:58 in Shanghai.
    """
    return Hands(datetime(2026, 11, 24, 15, 59, 58, tzinfo=UTC))


@pytest.fixture
def check_ins(database: Database, tables: PanelTables, hands: Hands) -> CheckIns:
    return CheckIns(
        database=database,
        accounts=AccountTable(tables, zone=ZONE),
        clock=SiteClock(ZONE, lambda: hands.at),
        random=Random(7),
    )


async def test_a_reward_is_between_its_bounds_and_added(
    check_ins: CheckIns, add_account: AddAccount
):
    """
    Each whole number of MB from the lower to the upper one occurs.
    """
    rewards: set[int] = set()
    for _ in range(30):
        account = await add_account(transfer_enable=1000 * MB, u=100 * MB, d=1500 * MB)
        paid = await check_ins.pay(account, ON)
        assert paid == CheckedIn(
            reward_bytes=paid.reward_bytes,
            allowance_bytes=1000 * MB + paid.reward_bytes,
            left_bytes=0,
        )
        rewards.add(paid.reward_bytes)

    assert rewards == {5 * MB, 6 * MB, 7 * MB}


async def test_two_check_ins_at_once_pay_once(check_ins: CheckIns, add_account: AddAccount):
    """
    A double tap on the check-in button is rewarded once.
    """
    account = await add_account()

    both = await asyncio.gather(
        check_ins.pay(account, ON), check_ins.pay(account, ON), return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in both) == [
        "AlreadyCheckedInError",
        "CheckedIn",
    ]


async def test_a_new_day_begins_at_the_sites_midnight(
    check_ins: CheckIns, add_account: AddAccount, hands: Hands
):
    """
    Two seconds before midnight and at midnight are two days.
    """
    account = await add_account()
    await check_ins.pay(account, ON)

    with pytest.raises(AlreadyCheckedInError) as refusal:
        await check_ins.pay(account, ON)
    hands.at = refusal.value.again_at
    await check_ins.pay(account, ON)

    assert refusal.value.again_at == datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
    hands.at += timedelta(hours=23, minutes=59, seconds=59)
    with pytest.raises(AlreadyCheckedInError):
        await check_ins.pay(account, ON)


@pytest.mark.parametrize("column", ["is_banned", "is_shadow_banned"])
async def test_banned_accounts_get_none(check_ins: CheckIns, add_account: AddAccount, column: str):
    """
    Openly banned or not, the answer is the same.
    """
    account = await add_account(**{column: 1})

    with pytest.raises(NotEligibleError):
        await check_ins.pay(account, ON)


async def test_a_site_without_check_in_pays_none(check_ins: CheckIns, add_account: AddAccount):
    """
    `enable_checkin` off is off.
    """
    account = await add_account()

    with pytest.raises(CheckInOffError):
        await check_ins.pay(account, SiteSettings(enable_checkin=False))


async def test_a_deleted_account_is_told_apart(check_ins: CheckIns):
    """
    The panel may delete an account between two statements.
    """
    with pytest.raises(AccountGoneError):
        await check_ins.pay(424242, ON)
