"""
Subscription addresses: by the site's switches, and secret.
"""

from zoneinfo import ZoneInfo

import pytest

from config_store.catalogue import SiteSettings
from config_store.database import Database
from config_store.panel.accounts import AccountTable
from config_store.panel.subscriptions import SubscriptionTable
from config_store.panel.tables import PanelTables
from core.accounts.subscriptions import (
    SubscriptionAddress,
    SubscriptionFormat,
    Subscriptions,
    new_token,
    offered_formats,
)
from tests.conftest import AddAccount


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


async def test_a_token_of_another_account_is_drawn_again(
    database: Database, tables: PanelTables, add_account: AddAccount
):
    """
    Two accounts never share an address, however short the site's tokens are.
    """
    tokens = iter(["aaaaaaaa", "aaaaaaaa", "aaaaaaaa", "bbbbbbbb"])
    accounts = AccountTable(tables, zone=ZoneInfo("UTC"))
    subscriptions = Subscriptions(
        database=database,
        table=SubscriptionTable(tables),
        subscription_url="https://sub.example/",
        token_length=8,
        make_token=lambda _: next(tokens),
    )

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
