"""
What failures of platform, recipient, text or token come to.
"""

import asyncio
from datetime import timedelta

import pytest

from core.delivery.content import LiteralContent
from core.delivery.model import Kind, ToChat
from core.delivery.notifier import NoSuchAccountError
from core.pacing import Limit, PaceRules
from core.platform import (
    ContentRefusedError,
    Covers,
    CredentialsRefusedError,
    PlatformName,
    PlatformUnreachableError,
)
from tests.conftest import AddAccount
from tests.delivery.conftest import House
from tests.delivery.far_side import FarSide

TELEGRAM = PlatformName.TELEGRAM


def chat(number: int) -> ToChat:
    return ToChat(TELEGRAM, str(number))


async def test_an_unknown_account_is_refused(house: House):
    """
    Nothing is accepted for an account that the panel does not have.
    """
    with pytest.raises(NoSuchAccountError, match="no account 7"):
        await house.notifier.notify_user(7, "Title", "Text")

    assert await house.rows("SELECT 1 FROM im_notices") == []


async def test_the_same_key_is_one_notice(house: House):
    """
    A caller who repeats himself, also at the same moment, gets the first notice's id.
    """
    accepted = await asyncio.gather(
        *(
            house.notifier.accept(chat(1), LiteralContent(text="x"), dedupe_key="once")
            for _ in range(8)
        )
    )

    assert len({each.id for each in accepted}) == 1
    assert [each.is_new for each in accepted].count(True) == 1
    assert len(await house.rows("SELECT 1 FROM im_deliveries")) == 1


async def test_a_recipient_who_fails_delays_nobody(house: House):
    """
    While one chat is tried again, the others get theirs.
    """
    house.far_side.answers["1"].extend(PlatformUnreachableError("no") for _ in range(3))

    async with house.running():
        for number in (1, 2, 3):
            await house.notifier.accept(chat(number), LiteralContent(text="x"))
        await house.until(lambda: len(house.far_side.received) == 2)

    assert [each.target for each in house.far_side.received] == ["2", "3"]


async def test_a_platform_that_hangs_delays_no_other(open_house):
    """
    Slack hangs; Telegram's deliveries go at once.
    """
    slack = FarSide(PlatformName.SLACK, hangs=True)
    telegram = FarSide()
    house = open_house(telegram, slack)

    async with house.running():
        for number in range(30):
            await house.notifier.accept(
                ToChat(PlatformName.SLACK, f"C{number:03}"), LiteralContent(text="x")
            )
            await house.notifier.accept(chat(number), LiteralContent(text="x"))
        await house.until(lambda: len(telegram.received) == 30, seconds=8.0)
        answered_by_slack = len(slack.received)
        slack.hangs = False

    assert answered_by_slack == 0


async def test_a_pause_is_kept_exactly(house: House):
    """
    After a 429 the same chat is written to when its time is over, and not much later.
    """
    house.far_side.answers["1"].append(
        PlatformUnreachableError("429", retry_after=2.0, covers=Covers.TARGET)
    )
    loop = asyncio.get_running_loop()

    async with house.running():
        refused_at: list[float] = []
        house.far_side.on_send = lambda _: refused_at.append(loop.time())
        await house.notifier.accept(chat(1), LiteralContent(text="x"))
        await house.until_done()

    waited = house.far_side.received[0].at - refused_at[0]
    assert 2.0 <= waited < 3.0
    (row,) = await house.rows("SELECT * FROM im_deliveries")
    assert not row.may_be_double


async def test_a_pause_of_the_bot_holds_up_everybody(house: House):
    """
    After a 429 that covers the bot nothing at all is sent until its time is over.
    """
    loop = asyncio.get_running_loop()
    house.far_side.answers["1"].append(
        PlatformUnreachableError("429", retry_after=1.5, covers=Covers.BOT)
    )

    async with house.running():
        await house.notifier.accept(chat(1), LiteralContent(text="x"))
        await house.until(lambda: house.rows("SELECT 1 FROM im_deliveries WHERE attempts = 1"))
        refused_at = loop.time()
        for number in range(2, 8):
            await house.notifier.accept(chat(number), LiteralContent(text="x"))
        await house.until_done()

    assert min(each.at for each in house.far_side.received) - refused_at > 1.2


async def test_a_refused_token_is_no_recipients_fault(house: House, add_account: AddAccount):
    """
    While the token is refused everything waits, and nobody gets mail instead.
    """
    account = await add_account(im_type=4, im_value="1", contact_method=2)
    house.far_side.answers["1"].append(CredentialsRefusedError("revoked"))

    async with house.running():
        await house.notifier.notify_user(account, "Title", "Text")
        await house.until(lambda: house.duties["telegram"].refused)
        await house.until(lambda: house.rows("SELECT 1 FROM im_deliveries WHERE attempts = 0"))
        await asyncio.sleep(0.5)
        (row,) = await house.rows("SELECT * FROM im_deliveries")
        assert (row.platform, row.state, row.last_error) == ("telegram", "waiting", "revoked")
        house.duties["telegram"].bot = house.far_side
        await house.until_done()

    assert house.far_side.texts() == ["Title\nText"]


async def test_refused_content_fails_with_its_reason(house: House):
    """
    A text that the platform does not take in any form is not tried for ever.
    """
    house.far_side.answers["1"].append(ContentRefusedError("too odd"))

    async with house.running():
        await house.notifier.accept(chat(1), LiteralContent(text="x"))
        await house.until_done()

    (row,) = await house.rows("SELECT * FROM im_deliveries")
    assert (row.state, row.last_error) == ("failed", "too odd")


async def test_what_lost_its_point_expires(house: House):
    """
    „Node offline" an hour ago is not told after an outage.
    """
    await house.notifier.accept(chat(1), LiteralContent(text="down"), kind=Kind.NODE_OFFLINE)
    await house.notifier.accept(chat(1), LiteralContent(text="news"), kind=Kind.CUSTOM)
    house.time.ahead = timedelta(minutes=61)

    async with house.running():
        await house.until_done()

    assert house.far_side.texts() == ["news"]
    assert await house.states() == {"expired": 1, "sent": 1}


async def test_trying_ends_when_the_notice_expires(house: House):
    """
    A platform that stays away for 24 hours is given up, with the last reason kept.
    """
    await house.notifier.accept(chat(1), LiteralContent(text="x"))
    house.far_side.answers["1"].append(PlatformUnreachableError("away"))
    house.time.ahead = timedelta(hours=23, minutes=59, seconds=59)

    async with house.running():
        await house.until_done()

    (row,) = await house.rows("SELECT * FROM im_deliveries")
    assert (row.state, row.last_error) == ("expired", "away")


async def test_a_crash_of_ours_is_tried_again(house: House, log_lines):
    """
    A fault of this program loses nothing: it is logged as an error and tried again.
    """
    house.far_side.answers["1"].append(ZeroDivisionError("fault"))

    async with house.running():
        await house.notifier.accept(chat(1), LiteralContent(text="x"))
        await house.until_done()

    assert house.far_side.texts() == ["x"]
    assert [line["event"] for line in log_lines if line["level"] == "error"] == ["delivery crashed"]


async def test_a_lane_that_is_blocked_for_ten_minutes_lets_later_ones_pass(house: House):
    """
    What comes after a delivery that has been tried for ten minutes does not wait for it.
    """
    house.far_side.answers["1"].extend(PlatformUnreachableError("no") for _ in range(2))
    await house.notifier.accept(chat(1), LiteralContent(text="blocked"))
    await house.notifier.accept(chat(1), LiteralContent(text="later"))

    async with house.running():
        await house.until(lambda: house.rows("SELECT 1 FROM im_deliveries WHERE attempts = 1"))
        house.time.ahead = timedelta(minutes=11)
        await house.until(lambda: house.far_side.texts() == ["later"])

    (lane,) = await house.rows("SELECT * FROM im_lanes")
    assert (lane.unfinished, lane.passed) == (1, 1)


async def test_a_group_that_fails_keeps_its_message_together(open_house):
    """
    What was put together is repeated as the very same message; what came later follows.
    """
    side = FarSide()
    house = open_house(side)
    side.answers["-100"].append(PlatformUnreachableError("no", may_have_arrived=True))
    keys: list[str | None] = []
    side.on_send = lambda posting: keys.append(posting.key)

    async with house.running():
        await house.notifier.notify_group("one")
        await house.notifier.notify_group("two")
        await house.until(lambda: house.rows("SELECT 1 FROM im_deliveries WHERE attempts = 1"))
        await house.notifier.notify_group("three")
        await house.until_done(12.0)

    assert side.texts() == ["one\ntwo", "three"]
    assert keys[0] == keys[1] != keys[2]


async def test_alerts_go_before_broadcasts(open_house, add_account: AddAccount):
    """
    In the middle of a broadcast an alert waits for about a message, not for all of them.
    """
    for number in range(1, 120):
        await add_account(im_type=4, im_value=str(number), contact_method=2)
    side = FarSide()
    house = open_house(
        side,
        platforms=[side.platform(rules=PaceRules(overall=Limit(20, 1.0)), in_flight=10)],
        routes={"admins": ["telegram:-7"]},
    )

    async with house.running():
        await house.notifier.notify_everyone("", "all")
        await house.until(lambda: len(side.received) > 10)
        before = len(side.received)
        await house.notifier.notify_admins("", "alert")
        await house.until(lambda: side.texts("-7"))

    assert len(side.received) - before < 25


async def test_an_outage_uses_up_nobodys_patience(house: House, log_lines):
    """
    While the platform is away what waits is hardly tried; once it is back all of it goes soon.
    """
    house.far_side.is_away = True

    async with house.running():
        for number in range(60):
            await house.notifier.accept(chat(number), LiteralContent(text="x"))
        await house.until(lambda: house.far_side.tries >= 9)
        await asyncio.sleep(2.0)
        tries = house.far_side.tries
        house.far_side.is_away = False
        await house.until_done(12.0)

    assert tries < 40
    assert len(house.far_side.received) == 60
    said = [line["event"] for line in log_lines if line["event"].startswith("platform ")]
    assert said == ["platform does not answer", "platform answers again"]
