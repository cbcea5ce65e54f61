"""
Subscription addresses: by the site's switches, and secret.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.catalogue import SiteSettings
from config_store.database import Database
from config_store.panel.accounts import AccountGoneError, AccountTable
from config_store.panel.subscriptions import SubscriptionTable
from config_store.panel.tables import PanelTables
from core.accounts.binding.people import PersonKey
from core.accounts.fingerprints import fingerprint
from core.accounts.subscription_formats import SubscriptionFormat, offered_formats
from core.accounts.subscriptions import (
    Subscription,
    SubscriptionAddress,
    SubscriptionChangedError,
    Subscriptions,
    new_token,
)
from core.actions import ResetSubscription, decode, encode
from core.platform import PlatformName
from tests.conftest import AddAccount

MEI = PersonKey(PlatformName.TELEGRAM, "7001")


@pytest.mark.parametrize(
    ("switched_off", "missing"),
    [
        ("enable_ss_sub", {"sip008", "sip002", "ss"}),
        ("enable_v2_sub", {"v2ray", "v2rayjson"}),
        ("enable_trojan_sub", {"trojan"}),
    ],
)
def test_a_switch_takes_its_formats_away(switched_off: str, missing: set[str]):
    """
    All others stay.
    """
    offered = offered_formats(SiteSettings(**{switched_off: False}))

    assert set(SubscriptionFormat) - set(offered) == missing


def test_some_formats_are_always_there():
    """
    Those that carry every kind of node.
    """
    nothing = SiteSettings(enable_ss_sub=False, enable_v2_sub=False, enable_trojan_sub=False)

    assert set(offered_formats(nothing)) == {"clash", "singbox", "json"}


@pytest.mark.parametrize(("asked", "given"), [(16, 16), (9, 9), (1, 8), (255, 255)])
def test_a_token_has_the_length_that_the_site_wants(asked: int, given: int):
    """
    Lower-case hexadecimal, eight characters at least, never the same.
    """
    token = new_token(asked)

    assert len(token) == given
    assert set(token) <= set("0123456789abcdef")
    assert token != new_token(asked)


def test_an_address_does_not_show_in_a_repr():
    """
    It would be in the log with the next error.
    """
    address = SubscriptionAddress(SubscriptionFormat.CLASH, "https://sub.example/sub/abc/clash")

    assert "abc" not in repr(address)


@dataclass
class Notices:
    """
    What owners are told of.
    """

    told: list[tuple[int, PersonKey]] = field(default_factory=list)

    async def subscription_reset(self, tx: AsyncConnection, account_id: int, by: PersonKey) -> None:
        self.told.append((account_id, by))


@pytest.fixture
def notices() -> Notices:
    return Notices()


@pytest.fixture
def subscriptions_with(database: Database, tables: PanelTables, notices: Notices) -> Any:
    """
    Makes the service, with the tokens that it draws if they matter.
    """

    def make(tokens: Iterator[str] | None = None) -> Subscriptions:
        return Subscriptions(
            database=database,
            table=SubscriptionTable(tables),
            notices=notices,
            subscription_url="https://sub.example/",
            token_length=8,
            make_token=new_token if tokens is None else lambda _: next(tokens),
        )

    return make


def url_of(subscription: Subscription) -> str:
    return subscription.addresses[0].url


async def test_a_token_of_another_account_is_drawn_again(
    database: Database, tables: PanelTables, add_account: AddAccount, subscriptions_with: Any
):
    """
    Two accounts never share an address, however short the site's tokens are.
    """
    subscriptions = subscriptions_with(iter(["aaaaaaaa", "aaaaaaaa", "aaaaaaaa", "bbbbbbbb"]))
    accounts = AccountTable(tables, zone=ZoneInfo("UTC"))

    urls: list[str] = []
    for _ in range(2):
        account = await add_account()
        overview = await database.run(
            lambda connection, account=account: accounts.get_overview(connection, account)
        )
        urls.append((await subscriptions.get_addresses(overview, SiteSettings()))[0].url)

    assert urls == [
        "https://sub.example/sub/aaaaaaaa/clash",
        "https://sub.example/sub/bbbbbbbb/clash",
    ]


async def test_a_reset_gives_new_addresses_once(
    add_account: AddAccount, subscriptions_with: Any, notices: Notices
):
    """
    What is asked about an address that is gone already changes nothing; the owner is told once.
    """
    subscriptions, account = subscriptions_with(), await add_account()
    before = await subscriptions.get(account, SiteSettings())

    after = await subscriptions.reset(account, before.fingerprint, SiteSettings(), by=MEI)

    with pytest.raises(SubscriptionChangedError):
        await subscriptions.reset(account, before.fingerprint, SiteSettings(), by=MEI)
    assert url_of(after) != url_of(before)
    assert await subscriptions.get(account, SiteSettings()) == after
    assert notices.told == [(account, MEI)]


async def test_of_many_resets_at_once_one_happens(
    add_account: AddAccount, subscriptions_with: Any, notices: Notices
):
    """
    A crowd of presses of one button makes one new address.
    """
    subscriptions, account = subscriptions_with(), await add_account()
    before = await subscriptions.get(account, SiteSettings())

    outcomes = await asyncio.gather(
        *(
            subscriptions.reset(account, before.fingerprint, SiteSettings(), by=MEI)
            for _ in range(20)
        ),
        return_exceptions=True,
    )

    done = [each for each in outcomes if isinstance(each, Subscription)]
    refused = [each for each in outcomes if isinstance(each, SubscriptionChangedError)]
    assert (len(done), len(refused)) == (1, 19)
    assert await subscriptions.get(account, SiteSettings()) == done[0]


async def test_a_reset_draws_again_what_is_taken(add_account: AddAccount, subscriptions_with: Any):
    """
    The token of another account is not shared, and the old one is not lost on the way.
    """
    subscriptions = subscriptions_with(iter(["aaaaaaaa", "bbbbbbbb", "aaaaaaaa", "cccccccc"]))
    other, account = await add_account(), await add_account()
    await subscriptions.get(other, SiteSettings())
    before = await subscriptions.get(account, SiteSettings())

    after = await subscriptions.reset(account, before.fingerprint, SiteSettings(), by=MEI)

    assert url_of(after) == "https://sub.example/sub/cccccccc/clash"


async def test_an_owner_who_cannot_be_told_keeps_his_address(
    add_account: AddAccount, subscriptions_with: Any, notices: Notices
):
    """
    Reset and notice are one transaction.
    """
    subscriptions, account = subscriptions_with(), await add_account()
    before = await subscriptions.get(account, SiteSettings())

    async def fail(tx: object, account_id: int, by: PersonKey) -> None:
        raise LookupError

    notices.subscription_reset = fail
    with pytest.raises(LookupError):
        await subscriptions.reset(account, before.fingerprint, SiteSettings(), by=MEI)

    assert await subscriptions.get(account, SiteSettings()) == before


async def test_a_deleted_account_has_no_subscription(subscriptions_with: Any):
    """
    It is said, and no token is left behind.
    """
    with pytest.raises(AccountGoneError):
        await subscriptions_with().get(404, SiteSettings())
    with pytest.raises(AccountGoneError):
        await subscriptions_with().reset(404, "00000000", SiteSettings(), by=MEI)


async def test_the_log_names_who_reset_and_no_secret(
    add_account: AddAccount, subscriptions_with: Any, log_lines: Any
):
    """
    One line a reset, without a token.
    """
    subscriptions = subscriptions_with(iter(["aaaaaaaa", "bbbbbbbb"]))
    account = await add_account()
    before = await subscriptions.get(account, SiteSettings())

    after = await subscriptions.reset(account, before.fingerprint, SiteSettings(), by=MEI)

    (line,) = log_lines
    assert (line["event"], line["account"], line["user"]) == ("subscription reset", account, "7001")
    for secret in ("aaaaaaaa", "bbbbbbbb"):
        assert secret not in str(list(log_lines))
        assert secret not in repr((before, after))


@given(account_id=st.integers(0, 2**63), secret=st.text())
def test_a_fingerprint_travels_in_a_button(account_id: int, secret: str):
    """
    The longest account's fits, and says nothing of the secret.
    """
    action = ResetSubscription(
        account_id, fingerprint(account_id, secret), SubscriptionFormat.V2RAY_JSON
    )

    assert decode(encode(action)) == action
    assert len(action.fingerprint) == 8
