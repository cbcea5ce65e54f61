"""
Codes for binding over HTTP: what a button on the site asks for.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from config_store.bootstrap import BootstrapSettings
from config_store.live_settings import LiveSettings, SiteSettings
from config_store.own.tables import OwnTables
from config_store.panel.tables import PanelTables
from core.accounts.assembly import AccountServices
from core.accounts.binding.assembly import BindingWays
from core.accounts.binding.outcomes import Bound
from core.accounts.binding.people import PersonKey
from core.clock import SiteClock
from core.http.bind_codes import BindCodeRoutes, telegram_chat_url
from core.platform import PlatformName
from tests.conftest import AddAccount, LogLines
from tests.delivery.conftest import House
from tests.http.conftest import Caller, Serve


@pytest.fixture
def ways(
    house: House, site: LiveSettings, tables: PanelTables, own_tables: OwnTables
) -> BindingWays:
    """
    The ways of binding of the house's site.
    """
    services = AccountServices(
        bootstrap=BootstrapSettings.model_validate({"database_url": "sqlite:////unused.sqlite"}),
        database=house.database,
        tables=tables,
        own=own_tables,
        settings=site,
        notifier=house.notifier,
        clock=SiteClock(ZoneInfo("Asia/Shanghai"), house.time),
        random=Random(1),
    )
    return services.ways


@pytest.fixture
async def site_program(house: House, serve: Serve, ways: BindingWays) -> AsyncIterator[Caller]:
    """
    A program of the site whose bot is called our_bot.
    """
    routes = BindCodeRoutes(codes=ways.bind_codes, chat_url=lambda: "https://t.me/our_bot")
    async with serve(house, more_routes=[routes]) as caller:
        yield caller


async def test_a_code_is_made_that_binds(
    site_program: Caller, ways: BindingWays, add_account: AddAccount
):
    """
    201 with the code, the link that opens the chat with it, and until when it holds.
    """
    account = await add_account()

    answer = await site_program.post("/bind-codes", body={"user_id": account})

    code, until = answer.body["code"], datetime.fromisoformat(answer.body["expires_at"])
    assert answer.status == 201
    assert answer.body == {
        "code": code,
        "url": f"https://t.me/our_bot?start={code}",
        "expires_at": answer.body["expires_at"],
    }
    left = until - datetime.now(UTC)
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    mei = PersonKey(PlatformName.TELEGRAM, "7001")
    outcome = await ways.bind_codes.redeem(person=mei, target="7001", code=code)
    assert isinstance(outcome, Bound)
    assert outcome.account_id == account


async def test_nobody_keeps_the_answer(site_program: Caller, add_account: AddAccount):
    """
    Neither a proxy nor the log.
    """
    answer = await site_program.post("/bind-codes", body={"user_id": await add_account()})

    assert answer.headers["Cache-Control"] == "no-store"


async def test_the_code_is_not_in_the_log(
    site_program: Caller, add_account: AddAccount, log_lines: LogLines
):
    """
    That one was made is, with the account.
    """
    account = await add_account()

    answer = await site_program.post("/bind-codes", body={"user_id": account})

    lines = list(log_lines)
    assert [line["account"] for line in lines if line["event"] == "bind code made"] == [account]
    assert answer.body["code"] not in str(lines)


@pytest.mark.parametrize("body", [{}, {"user_id": "7"}, {"user_id": 0}, {"user_id": 2**63}])
async def test_bad_input_names_the_field(site_program: Caller, body: dict[str, object]):
    """
    400, and no code is made.
    """
    answer = await site_program.post("/bind-codes", body=body)

    assert (answer.status, answer.error["field"]) == (400, "user_id")
    assert await site_program.house.rows("SELECT 1 FROM im_bind_codes") == []


async def test_an_account_that_there_is_not_is_bad_input(site_program: Caller):
    """
    As in the other routes.
    """
    answer = await site_program.post("/bind-codes", body={"user_id": 4711})

    assert (answer.status, answer.error["field"]) == (400, "user_id")
    assert "4711" in answer.error["message"]


async def test_a_field_that_is_not_known_is_refused(site_program: Caller):
    """
    Nothing is guessed.
    """
    answer = await site_program.post("/bind-codes", body={"user_id": 7, "lasts": 60})

    assert (answer.status, answer.error["field"]) == (400, "lasts")


async def test_without_a_bots_name_there_is_no_link(
    house: House, serve: Serve, ways: BindingWays, add_account: AddAccount
):
    """
    The code can be typed all the same.
    """
    routes = BindCodeRoutes(codes=ways.bind_codes, chat_url=lambda: None)
    async with serve(house, more_routes=[routes]) as caller:
        answer = await caller.post("/bind-codes", body={"user_id": await add_account()})

    assert (answer.status, answer.body["url"]) == (201, None)


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (None, None),
        (SiteSettings(), None),
        (SiteSettings(telegram_bot=""), None),
        (SiteSettings(telegram_bot="our_bot"), "https://t.me/our_bot"),
    ],
)
def test_the_bots_name_is_the_panels(settings: SiteSettings | None, url: str | None):
    """
    A new install of the panel has one that is none.
    """
    assert telegram_chat_url(settings) == url
