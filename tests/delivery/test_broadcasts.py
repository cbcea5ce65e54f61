"""
Broadcasts: whom they reach, and what pausing, going on and ending does, however it falls.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from config_store.database import Database
from config_store.panel.tables import NO_DATE, PanelTables
from core.delivery.audience import AudienceFilter, Expiry
from core.delivery.broadcasts import BroadcastStateError, Draft, NoSuchBroadcastError
from core.delivery.content import LiteralContent
from core.delivery.model import Kind, NoticeState, ToChat
from core.message import Message
from core.pacing import Limit, PaceRules
from core.platform import PlatformName, PlatformUnreachableError, TargetError
from tests.conftest import AddAccount
from tests.delivery.conftest import House
from tests.delivery.far_side import FarSide, text_of

AddMany = Callable[..., Awaitable[None]]

NEWS = LiteralContent(title="News", text="All is well.")
DAY = timedelta(days=1)


@pytest.fixture
def add_many(database: Database, tables: PanelTables) -> AddMany:
    """
    Makes accounts bound to Telegram users 1, 2, 3 and so on, in few statements.
    """
    numbers = itertools.count(1)

    async def add(count: int, **columns: Any) -> None:
        rows = [
            {
                "email": f"many{number}@example.com",
                "pass": "",
                "passwd": f"many{number}",
                "uuid": f"00000000-0000-0000-0000-{number:012d}",
                "port": 1,
                "im_type": 4,
                "im_value": str(number),
                "contact_method": 2,
                "api_token": f"many{number}",
                **columns,
            }
            for number in itertools.islice(numbers, count)
        ]
        await database.transact(lambda tx: tx.execute(insert(tables.user), rows), timeout=30.0)

    return add


@asynccontextmanager
async def running(house: House) -> AsyncIterator[None]:
    """All parts run, the one that has deliveries follow their notices as well."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks, house.running():
        tasks.create_task(house.queue.orders(lambda: True).run(stop))
        try:
            yield
        finally:
            stop.set()


def draft(**more: Any) -> Draft:
    return Draft(content=NEWS, **more)


async def send(house: House, **more: Any) -> int:
    return (await house.queue.broadcasts.send(draft(**more))).id


async def told(house: House, only: AudienceFilter, **more: Any) -> list[str]:
    """Who gets a broadcast to this audience, in the order of their ids."""
    async with running(house):
        await send(house, only=only, **more)
        await house.until_done()
    return sorted(each.target for each in house.far_side.received)


async def lanes(house: House) -> set[tuple[int, int]]:
    return {
        (row.unfinished, row.passed)
        for row in await house.rows("SELECT unfinished, passed FROM im_lanes")
    }


def told_twice(house: House) -> list[str]:
    counted = Counter(each.target for each in house.far_side.received)
    return [target for target, number in counted.items() if number > 1]


class TestAudience:
    """Which accounts a filter chooses."""

    async def test_levels(self, house: House, add_account: AddAccount):
        """
        A list of levels and a range of levels choose just those, banned accounts never.
        """
        for number, level in enumerate((0, 1, 2, 3, 5), start=1):
            await add_account(**bound(number), **{"class": level})
        await add_account(**bound(6), **{"class": 2}, is_banned=1)

        assert await chosen(house, levels=(1, 5)) == ["2", "5"]
        assert await chosen(house, lowest_level=2) == ["3", "4", "5"]
        assert await chosen(house, lowest_level=1, highest_level=3) == ["2", "3", "4"]
        assert await chosen(house) == ["1", "2", "3", "4", "5"]

    async def test_expiry_in_site_time(self, house: House, add_account: AddAccount):
        """
        Level 0 and the panel's default date have no end; other dates are the site's local time.
        """
        now = datetime.now(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None)
        ends = {
            "ended": (1, now - timedelta(hours=1)),
            "soon": (1, now + timedelta(hours=1)),
            "later": (2, now + 9 * DAY),
            "never": (1, NO_DATE),
            "free": (0, NO_DATE),
            "fallen back": (0, now - 3 * DAY),
        }
        for name, (level, end) in ends.items():
            await add_account(
                **bound(name), **{"class": level}, class_expire=end.replace(microsecond=0)
            )

        assert await chosen(house, expiry=Expiry.EXPIRED) == ["ended"]
        assert await chosen(house, expiry=Expiry.LAPSED) == ["fallen back"]
        assert await chosen(house, expires_within_days=1) == ["soon"]
        assert await chosen(house, expires_within_days=10) == ["later", "soon"]
        assert await chosen(house, expiry=Expiry.ACTIVE) == [
            "fallen back",
            "free",
            "later",
            "never",
            "soon",
        ]

    async def test_activity(self, house: House, add_account: AddAccount):
        """
        Use and logging in both count; who has only just registered was not inactive before.
        """
        now = datetime.now(UTC)
        long_ago, lately = (int((now - days * DAY).timestamp()) for days in (40, 2))
        registered = datetime.now(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None, microsecond=0)
        await add_account(**bound("uses"), last_use_time=lately, last_login_time=None)
        await add_account(**bound("logs in"), last_login_time=lately)
        await add_account(**bound("gone"), last_use_time=long_ago, last_login_time=long_ago)
        await add_account(**bound("never came"), last_login_time=None)
        await add_account(**bound("new"), reg_date=registered)

        assert await chosen(house, active_within_days=7) == ["logs in", "uses"]
        assert await chosen(house, inactive_for_days=7) == ["gone", "never came"]

    async def test_all_conditions_hold_at_once(self, house: House, add_account: AddAccount):
        """
        Conditions are put together with „and".
        """
        await add_account(**bound("both"), **{"class": 2}, last_use_time=2_000_000_000)
        await add_account(**bound("level alone"), **{"class": 2})
        await add_account(**bound("use alone"), last_use_time=2_000_000_000)

        assert await chosen(house, levels=(2,), active_within_days=1) == ["both"]

    async def test_who_is_told_is_who_was_counted(
        self, open_house: Callable[..., House], add_account: AddAccount
    ):
        """
        Deliveries are made for just the accounts that the preview counts, by the same ways.
        """
        discord = FarSide(name=PlatformName.DISCORD)
        house = open_house(FarSide(), discord)
        await add_account(**bound("1"), **{"class": 1})
        await add_account(im_type=2, im_value="2", contact_method=2, **{"class": 1})
        await add_account(im_type=2, im_value="3", contact_method=2)
        await add_account(im_type=4, im_value="4", contact_method=1, **{"class": 1})
        await add_account(im_type=0, im_value="", contact_method=2, email="", **{"class": 1})
        only = AudienceFilter(lowest_level=1)

        reach = (await house.queue.broadcasts.preview(draft(only=only))).reach
        async with running(house):
            await send(house, only=only)
            await house.until_done()

        assert reach.told == {"telegram": 1, "discord": 1}
        assert (reach.only_by_email, reach.out_of_reach, reach.accounts) == (1, 1, 4)
        assert [each.target for each in house.far_side.received] == ["1"]
        assert [each.target for each in discord.received] == ["2"]

    async def test_platform_and_mail(self, house: House, add_account: AddAccount):
        """
        Who is bound elsewhere is not chosen; mail goes only when it is asked for.
        """
        await add_account(**bound("1"))
        await add_account(im_type=2, im_value="2", contact_method=2)
        await add_account()

        only = AudienceFilter(platforms=(PlatformName.TELEGRAM,))
        by_platform = await house.queue.broadcasts.preview(draft(only=only))
        by_mail = await house.queue.broadcasts.preview(draft(by_email=True))

        assert by_platform.reach.told == {"telegram": 1}
        assert by_platform.reach.accounts == 1
        assert by_mail.reach.told == {"telegram": 1, "email": 2}

    async def test_an_audience_of_a_later_version_is_left_to_it(
        self, house: House, add_account: AddAccount, log_lines: Any
    ):
        """
        A filter that is not understood tells nobody, and holds nothing else up.
        """
        await add_account(**bound("1"))
        notice_id = await send(house)
        await house.rows(
            "UPDATE im_notices SET audience_details = :it", it='{"only": {"zodiac": "crab"}}'
        )

        async with running(house):
            other = await send(house, kind=Kind.MAINTENANCE)
            await house.until(lambda: house.far_side.received)

        (row,) = await house.rows("SELECT notice_id FROM im_deliveries")
        assert row.notice_id == other != notice_id
        assert [line["notice"] for line in log_lines if "audience" in line["event"]] == [notice_id]


def bound(user: object) -> dict[str, Any]:
    return {"im_type": 4, "im_value": str(user), "contact_method": 2}


async def chosen(house: House, **conditions: Any) -> list[str]:
    """The Telegram users of the accounts that a filter chooses."""
    only = AudienceFilter(**conditions)
    selection = only.at(house.queue.broadcasts._clock.now(), ZoneInfo("Asia/Shanghai"))
    tables = house.queue.tables
    page, _ = await house.database.run(
        lambda connection: tables.recipients.find_page(
            connection,
            after=0,
            up_to=10**9,
            count=100,
            conditions=tables.audience.conditions(selection),
        )
    )
    return sorted(each.platform_user or "" for each in page)


class TestOrders:
    """Pausing, going on, ending."""

    async def test_nobody_is_missed_or_told_twice_over_pauses(
        self, open_house: Callable[..., House], add_many: AddMany
    ):
        """
        However often it is held up while pages are turned and workers send, each account of
        three pages is told once.
        """
        house = open_house(FarSide(latency=0.002))
        await add_many(2300)
        random = Random(7)

        async with running(house):
            notice_id = await send(house)
            for _ in range(8):
                await asyncio.sleep(random.uniform(0.0, 0.15))
                try:
                    await house.queue.broadcasts.pause(notice_id, seconds=random.choice([0, None]))
                except BroadcastStateError:
                    break
                await asyncio.sleep(random.uniform(0.0, 0.1))
                await house.queue.broadcasts.resume(notice_id, seconds=random.choice([0, None]))
            await house.until(lambda: is_over(house, notice_id), 40.0)

        assert not told_twice(house)
        assert len(house.far_side.received) == 2300
        assert await house.states() == {"sent": 2300}
        assert await lanes(house) == {(0, 0)}

    async def test_a_pause_holds_and_going_on_goes_on(
        self, open_house: Callable[..., House], add_many: AddMany
    ):
        """
        While it is held up nothing more is sent but what was on its way; then the rest is.
        """
        house = open_house(
            platforms=[(side := FarSide()).platform(rules=PaceRules(overall=Limit(20, 1.0)))]
        )
        house.far_side = side
        await add_many(60)

        async with running(house):
            notice_id = await send(house)
            await house.until(lambda: len(side.received) >= 3)
            assert await house.queue.broadcasts.pause(notice_id) is NoticeState.PAUSED
            await house.until(lambda: nothing_waits(house))
            before = len(side.received)
            await asyncio.sleep(0.5)
            held = len(side.received)
            progress = await house.queue.broadcasts.show(notice_id)
            await house.queue.broadcasts.resume(notice_id)
            await house.until(lambda: is_over(house, notice_id), 20.0)

        assert held == before < 60
        assert progress.by_state == {"sent": held, "paused": 60 - held}
        assert progress.left == 60 - held
        assert sorted(int(each.target) for each in side.received) == list(range(1, 61))

    async def test_others_of_the_same_lane_pass_a_paused_one(self, house: House, add_many: AddMany):
        """
        A broadcast that is held up holds up no other one to the same people, and takes its old
        place before those that still wait.
        """
        await add_many(3)
        first = await send(house)
        async with running(house):
            house.duties["telegram"].bot = None
            await house.until(lambda: all_made(house, 3))
            await house.queue.broadcasts.pause(first)
            second = (
                await house.queue.broadcasts.send(Draft(content=LiteralContent(text="second")))
            ).id
            await house.until(lambda: all_made(house, 6))
            third = (
                await house.queue.broadcasts.send(Draft(content=LiteralContent(text="third")))
            ).id
            await house.until(lambda: all_made(house, 9))
            assert await states_of(house, first, second, third) == ["paused", "waiting", "queued"]
            await house.queue.broadcasts.resume(first)
            assert await states_of(house, first, second, third) == ["queued", "waiting", "queued"]
            house.duties["telegram"].bot = house.far_side
            await house.until_done()

        for target in ("1", "2", "3"):
            assert house.far_side.texts(target) == ["second", "News\nAll is well.", "third"]
        assert await lanes(house) == {(0, 0)}

    async def test_two_accounts_of_one_person_go_on_one_after_the_other(
        self, house: House, add_account: AddAccount
    ):
        """
        Two deliveries that stood in one lane stand in it again, and neither stays behind.
        """
        for _ in range(2):
            await add_account(**bound(1))
        async with running(house):
            house.duties["telegram"].bot = None
            notice_id = await send(house)
            await house.until(lambda: all_made(house, 2))
            await house.queue.broadcasts.pause(notice_id)
            assert await house.states() == {"paused": 2}
            await house.queue.broadcasts.resume(notice_id)
            assert await house.states() == {"waiting": 1, "queued": 1}
            house.duties["telegram"].bot = house.far_side
            await house.until_done()

        assert await house.states() == {"sent": 2}
        assert await lanes(house) == {(0, 0)}

    async def test_an_end_lets_nothing_more_go(self, house: House, add_many: AddMany):
        """
        What waits is cancelled while workers send, what is on its way ends; nobody hears twice.
        """
        house.far_side.latency = 0.01
        await add_many(1200)

        async with running(house):
            notice_id = await send(house)
            await house.until(lambda: len(house.far_side.received) >= 20)
            assert await house.queue.broadcasts.cancel(notice_id) is NoticeState.CANCELLED
            await house.until(lambda: nothing_waits(house))
            sent = len(house.far_side.received)
            await asyncio.sleep(0.5)
            assert len(house.far_side.received) == sent

        states = await house.states()
        assert states.keys() == {"sent", "cancelled"}
        assert states["sent"] == sent < 1200
        assert await lanes(house) == {(0, 0)}
        assert not told_twice(house)

    async def test_what_comes_back_from_a_failed_try_follows_its_broadcast(
        self, house: House, add_many: AddMany
    ):
        """
        A delivery that was on its way when its broadcast was ended is not tried again.
        """
        house.far_side.hangs = True
        await add_many(1)

        async with running(house):
            notice_id = await send(house)
            await house.until(lambda: has_states(house, {"sending": 1}))
            house.far_side.answers["1"].append(PlatformUnreachableError("no"))
            await house.queue.broadcasts.cancel(notice_id)
            house.far_side.hangs = False
            await house.until(lambda: has_states(house, {"cancelled": 1}))

        assert not house.far_side.received

    async def test_another_daemon_carries_an_order_out(self, house: House, add_many: AddMany):
        """
        Whoever gives an order may end at once: the daemon on duty does what is left.
        """
        await add_many(700)
        async with house.running():
            house.duties["telegram"].bot = None
            notice_id = await send(house)
            await house.until(lambda: all_made(house, 700))
        await house.queue.broadcasts.pause(notice_id, seconds=0)

        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(house.queue.orders(lambda: True).run(stop))
            await house.until(lambda: has_states(house, {"paused": 700}))
            await house.queue.broadcasts.resume(notice_id, seconds=0)
            await house.until(lambda: has_states(house, {"waiting": 700}))
            stop.set()

    async def test_a_long_pause_does_not_make_it_too_late(self, house: House, add_many: AddMany):
        """
        What went on an hour before its end is still sent an hour after it.
        """
        await add_many(2)
        async with running(house):
            house.duties["telegram"].bot = None
            notice_id = await send(house)
            await house.until(lambda: all_made(house, 2))
            await house.queue.broadcasts.pause(notice_id)
            house.time.ahead = 7 * DAY - timedelta(hours=1)
            await house.queue.broadcasts.resume(notice_id)
            house.time.ahead = 7 * DAY + timedelta(hours=1)
            house.duties["telegram"].bot = house.far_side
            await house.until_done()

        assert await house.states() == {"sent": 2}

    async def test_a_pause_that_outlasts_it_ends_it(self, house: House, add_many: AddMany):
        """
        What nobody let go within its time expires instead of staying for ever.
        """
        await add_many(2)
        async with running(house):
            house.duties["telegram"].bot = None
            notice_id = await send(house)
            await house.until(lambda: all_made(house, 2))
            await house.queue.broadcasts.pause(notice_id)
            house.time.ahead = 8 * DAY
            with pytest.raises(BroadcastStateError, match="too late"):
                await house.queue.broadcasts.resume(notice_id)
            await house.until(lambda: has_states(house, {"expired": 2}))

        assert await lanes(house) == {(0, 0)}

    async def test_orders_that_do_not_fit_are_refused(self, house: House, add_many: AddMany):
        """
        What is over cannot be stopped, what was cancelled does not go on, a wrong id is said.
        """
        await add_many(1)
        broadcasts = house.queue.broadcasts
        async with running(house):
            notice_id = await send(house)
            await house.until(lambda: is_over(house, notice_id))
        to_admins = await house.notifier.notify_admins("Title", "Text")

        with pytest.raises(BroadcastStateError, match="over"):
            await broadcasts.pause(notice_id)
        with pytest.raises(BroadcastStateError, match="over"):
            await broadcasts.cancel(notice_id)
        for wrong in (to_admins, 999):
            with pytest.raises(NoSuchBroadcastError):
                await broadcasts.show(wrong)
        second = await send(house)
        await broadcasts.cancel(second)
        with pytest.raises(BroadcastStateError, match="cancelled"):
            await broadcasts.resume(second)
        assert await broadcasts.cancel(second) is NoticeState.CANCELLED


class TestLooking:
    """Previews, tests, progress."""

    async def test_a_preview_shows_parts_times_and_price(
        self, open_house: Callable[..., House], add_many: AddMany
    ):
        """
        The duration follows from the platform's rate and the parts, the price from what is above
        the free rate.
        """
        side = FarSide()
        platform = side.platform(rules=PaceRules(overall=Limit(300, 1.0)))
        platform = replace(platform, preview=in_halves)
        house = open_house(platforms=[platform], telegram_rate=300, telegram_paid_broadcast=True)
        await add_many(600)

        preview = await house.queue.broadcasts.preview(draft())

        (shown,) = preview.platforms
        assert shown.parts == ("News\nAll", " is well.")
        assert (shown.accounts, shown.takes) == (600, timedelta(seconds=4))
        assert preview.price is not None
        assert (preview.price.about, preview.price.most) == (108, 120)

    async def test_a_test_is_the_same_message(self, house: House, add_account: AddAccount):
        """
        Administrators, or the target that is named, get just what everyone will.
        """
        await add_account(**bound("7"), is_admin=1)
        to = ToChat(PlatformName.TELEGRAM, "-100:5")

        async with running(house):
            await house.queue.broadcasts.test(draft(), [])
            await house.queue.broadcasts.test(draft(), [to])
            await house.until_done()

        assert sorted((each.target, each.text) for each in house.far_side.received) == [
            ("-100:5", "News\nAll is well."),
            ("7", "News\nAll is well."),
        ]

    async def test_progress_counts_by_state_and_reason(self, house: House, add_many: AddMany):
        """
        At the end stand what was sent and why the rest was not.
        """
        await add_many(10)
        for target in ("2", "5", "6"):
            house.far_side.answers[target].append(TargetError("blocked by the user"))

        async with running(house):
            notice_id = await send(house)
            await house.until(lambda: is_over(house, notice_id))
        progress = await house.queue.broadcasts.show(notice_id)

        assert progress.by_state == {"sent": 7, "failed": 3}
        assert [(each.said, each.number) for each in progress.reasons] == [
            ("blocked by the user", 3)
        ]
        assert progress.expected == {"telegram": 10}
        assert (progress.looked_through, progress.left, progress.is_over) == (1.0, 0, True)
        assert progress.rate > 0

    async def test_a_repeated_key_sends_once(self, house: House, add_many: AddMany):
        """
        Who does not know whether it was accepted offers it again.
        """
        await add_many(1)

        first = await house.queue.broadcasts.send(draft(), dedupe_key="june")
        second = await house.queue.broadcasts.send(draft(), dedupe_key="june")

        assert (first.is_new, second.is_new) == (True, False)
        assert first.id == second.id


def in_halves(message: Message) -> tuple[str, ...]:
    text = text_of(message)
    return (text[:8], text[8:])


async def is_over(house: House, notice_id: int) -> bool:
    return (await house.queue.broadcasts.show(notice_id)).is_over


async def has_states(house: House, wanted: dict[str, int]) -> bool:
    return await house.states() == wanted


async def nothing_waits(house: House) -> bool:
    return not (await house.states()).keys() & {"waiting", "queued", "sending"}


async def all_made(house: House, count: int) -> bool:
    expanding = await house.rows(
        "SELECT 1 FROM im_notices WHERE state IN ('expanding', 'sweeping')"
    )
    return not expanding and sum((await house.states()).values()) == count


async def states_of(house: House, *notices: int) -> list[str]:
    """The state that all deliveries of each notice are in."""
    found = await house.rows("SELECT DISTINCT notice_id, state FROM im_deliveries")
    by_notice = {row.notice_id: row.state for row in found}
    assert len(found) == len(by_notice)
    return [by_notice[notice] for notice in notices]
