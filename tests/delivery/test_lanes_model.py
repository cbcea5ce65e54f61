"""
The whole store of the queue against a model: whatever is done in whatever order, the lanes' counts
say what the rows say, order is kept, nothing waits for nobody, and nothing unfinished is lost.

On SQLite, in this process; the statements are those of both engines.
"""

import asyncio
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database
from config_store.own.claims import PRIORITIES, Claimed
from config_store.own.enqueuing import NewDelivery
from config_store.own.json_rows import moment
from config_store.own.notices import NewNotice
from config_store.own.settling import Settlement
from config_store.own.tables import OwnTables
from config_store.panel.tables import PanelTables
from core.clock import SiteClock
from core.delivery.after_restore import AfterRestore
from core.delivery.assembly import QueueTables, queue_tables
from core.delivery.deleted_accounts import DeletedAccounts
from core.delivery.model import RETRIABLE, UNFINISHED, State
from core.delivery.overdue import Overdue
from core.delivery.removal import Removal
from core.delivery.upkeep import Upkeep
from core.delivery.worker import _messages
from tests.delivery.far_side import Role

T = TypeVar("T")

PLATFORM = "telegram"
RECIPIENTS = ("1", "-100")
ACCOUNTS = (1, 2, 3)
RETENTION = timedelta(days=3)
ENDS = (State.SENT, State.FAILED, State.EXPIRED, State.SET_ASIDE)


def make_site() -> Path:
    """An SQLite file with the panel's tables, our own, and some accounts."""
    path = Path(tempfile.mkdtemp(prefix="im-model-")) / "panel.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    PanelTables().metadata.create_all(engine)
    OwnTables().metadata.create_all(engine)
    engine.dispose()
    return path


class Store(RuleBasedStateMachine):
    """
    Puts in, claims, settles, holds up, retries, cancels and clears up.
    """

    def __init__(self) -> None:
        super().__init__()
        self.path = make_site()
        self.loop = asyncio.Runner()
        self.reader = sqlite3.connect(self.path)
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.claimed: list[list[Claimed]] = []
        self.made: Counter[int] = Counter()
        self.next_token = 1

    @initialize()
    def open(self) -> None:
        panel = PanelTables()
        self.database = Database(f"sqlite+aiosqlite:///{self.path}", pool_size=1)
        self.tables: QueueTables = queue_tables(OwnTables(), panel, self.database)
        clock = SiteClock(ZoneInfo("UTC"), lambda: self.now)
        common = {"database": self.database, "clearing": self.tables.clearing, "clock": clock}
        settled = {**common, "settling": self.tables.settling}
        self.role = Role()
        self.upkeep = Upkeep(
            after_restore=AfterRestore(
                role=self.role, platform=PLATFORM, pauses_notices=True, **settled
            ),
            overdue=Overdue(platforms=[PLATFORM], **settled),
            removal=Removal(retention=RETENTION, folding=self.tables.folding, **common),
            deleted_accounts=DeletedAccounts(**settled),
            pause=0,
        )
        for account in ACCOUNTS:
            self.execute(
                "INSERT INTO user (id, email, pass, passwd, uuid, port, api_token)"
                " VALUES (:id, :id, '', :id, :id, 1, :id)",
                id=account,
            )

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.loop.run(self.database.close())
        self.loop.close()
        self.reader.close()
        shutil.rmtree(self.path.parent)

    def run(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        return self.loop.run(self.database.transact(work))

    def execute(self, statement: str, **values: Any) -> list[Any]:
        """A statement past the store, on a connection of the test's own."""
        found = self.reader.execute(statement, values)
        names = [column[0] for column in found.description or ()]
        rows = [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in found]
        self.reader.commit()
        return rows

    def ids(self, *states: State) -> list[int]:
        listed = ", ".join(f"'{state}'" for state in states)
        rows = self.execute(f"SELECT id FROM im_deliveries WHERE state IN ({listed}) ORDER BY id")
        return [row.id for row in rows]

    # What is done.

    @rule(
        recipients=st.lists(st.sampled_from(RECIPIENTS), min_size=1, max_size=4),
        priority=st.sampled_from(PRIORITIES[1:]),
        lasts=st.sampled_from([1, 24, 100]),
        joins=st.booleans(),
    )
    def accept(self, recipients: list[str], priority: str, lasts: int, *, joins: bool) -> None:
        """A notice and its deliveries, several of them to one recipient."""
        is_to_all = priority == "broadcast"

        async def work(tx: AsyncConnection) -> int:
            notice, _ = await self.tables.notices.add(
                tx,
                NewNotice(
                    kind="custom",
                    audience="everyone" if is_to_all else "group",
                    audience_details="{}",
                    content="{}",
                    dedupe_key=f"{len(self.made)}",
                    state="expanded",
                    priority=priority,
                    is_silent=False,
                    accepted_at=self.now,
                    expires_at=self.now + timedelta(hours=lasts),
                ),
            )
            await self.tables.enqueuing.add(
                tx,
                [
                    NewDelivery(
                        platform=PLATFORM,
                        target=recipient,
                        priority=priority,
                        not_before=self.now,
                        expires_at=self.now + timedelta(hours=lasts),
                        notice_id=notice,
                        account_id=ACCOUNTS[number % len(ACCOUNTS)],
                        way=number,
                        joins_others=joins and not is_to_all,
                    )
                    for number, recipient in enumerate(recipients)
                ],
                now=self.now,
            )
            return notice

        self.made[self.run(work)] += len(recipients)

    @rule(due=st.integers(0, 48), recipient=st.none() | st.sampled_from(RECIPIENTS))
    def schedule(self, due: int, recipient: str | None) -> None:
        """A deferred action."""
        at = self.now + timedelta(hours=due)

        async def work(tx: AsyncConnection) -> None:
            action = NewDelivery(
                platform=PLATFORM,
                target="1",
                priority="action",
                not_before=at,
                expires_at=at + timedelta(hours=24),
                action="delete_message",
                arguments="{}",
                recipient=recipient,
            )
            await self.tables.enqueuing.add(tx, [action], now=self.now)

        self.run(work)

    @rule(priorities=st.permutations(PRIORITIES), count=st.integers(1, 5))
    def claim(self, priorities: list[str], count: int) -> None:
        """As a worker does; those of one lane that go together are one message."""
        token, self.next_token = self.next_token, self.next_token + 1

        async def work(tx: AsyncConnection) -> list[Claimed]:
            for priority in priorities:
                ids = await self.tables.claims.take(
                    tx, platform=PLATFORM, priority=priority, count=count, token=token, now=self.now
                )
                if ids:
                    return await self.tables.claims.read(tx, ids, token)
            return []

        messages = list(_messages(self.run(work)))
        for members in messages:
            self.ensure_together(members)
        self.claimed += messages

    def ensure_together(self, members: list[Claimed]) -> None:
        """What is one message is a head and those that joined just this one."""
        listed = ", ".join(str(each.id) for each in members)
        rows = self.execute(
            f"SELECT id, joined_to FROM im_deliveries WHERE id IN ({listed}) ORDER BY seq"
        )
        assert len(members) == 1 or len({row.joined_to for row in rows}) == 1
        assert [each.id for each in members] == [row.id for row in rows]

    @precondition(lambda self: self.claimed)
    @rule(which=st.integers(0, 20), end=st.sampled_from(ENDS))
    def end_claimed(self, which: int, end: State) -> None:
        """All of a message come to one end."""
        members = self.claimed.pop(which % len(self.claimed))
        self.settle([self.settlement(each, end) for each in members])

    @precondition(lambda self: self.claimed)
    @rule(which=st.integers(0, 20), passes=st.booleans(), ends=st.integers(0, 3))
    def fail_claimed(self, which: int, ends: int, *, passes: bool) -> None:
        """A message waits for another try; the first of its deliveries may have expired."""
        members = self.claimed.pop(which % len(self.claimed))
        again_at = self.now + timedelta(minutes=1)
        self.settle(
            [
                self.settlement(each, State.EXPIRED)
                if number < min(ends, len(members) - 1)
                else self.settlement(each, State.WAITING, not_before=again_at, let_pass=passes)
                for number, each in enumerate(members)
            ]
        )

    def settlement(self, claimed: Claimed, state: State, **more: Any) -> Settlement:
        return Settlement(id=claimed.id, token=claimed.token, state=state, error="x", **more)

    def settle(self, settlements: list[Settlement]) -> None:
        settled = self.run(lambda tx: self.tables.settling.settle(tx, settlements, now=self.now))
        assert settled == {each.id for each in settlements}

    @precondition(lambda self: self.claimed)
    @rule()
    def crash(self) -> None:
        """Whoever has claims is gone, and they are freed."""
        lost = [(each.id, each.token) for members in self.claimed for each in members]
        assert self.run(lambda tx: self.tables.claims.free(tx, lost)) == len(lost)
        self.claimed = []

    @rule(which=st.lists(st.integers(0, 30), min_size=1, max_size=3), data=st.data())
    def cancel(self, which: list[int], data: st.DataObject) -> None:
        """An operator cancels."""
        waiting = self.ids(State.WAITING, State.QUEUED, State.PAUSED)
        if not waiting:
            return
        ids = {waiting[number % len(waiting)] for number in which}
        ended = self.run(
            lambda tx: self.tables.settling.end_unclaimed(
                tx, ids, state=State.CANCELLED, error=None, now=self.now
            )
        )
        assert ended == len(ids)

    @rule(which=st.integers(0, 30))
    def retry(self, which: int) -> None:
        """An operator has something sent again."""
        if not (ended := self.ids(*RETRIABLE)):
            return
        assert self.run(
            lambda tx: self.tables.enqueuing.requeue(
                tx,
                ended[which % len(ended)],
                former=list(RETRIABLE),
                now=self.now,
                expires_at=self.now + timedelta(hours=24),
            )
        )

    @rule(which=st.lists(st.integers(0, 30), min_size=1, max_size=4))
    def hold_up(self, which: list[int]) -> None:
        """A broadcast is paused."""
        rows = self.execute(
            "SELECT id FROM im_deliveries WHERE priority = 'broadcast'"
            " AND state IN ('waiting', 'queued') ORDER BY id"
        )
        if rows:
            ids = {rows[number % len(rows)].id for number in which}
            assert self.run(lambda tx: self.tables.settling.pause(tx, ids)) == len(ids)

    @rule(which=st.lists(st.integers(0, 30), min_size=1, max_size=4))
    def go_on(self, which: list[int]) -> None:
        """And goes on."""
        if not (paused := self.ids(State.PAUSED)):
            return
        ids = {paused[number % len(paused)] for number in which}
        until = self.now + timedelta(hours=24)
        resumed = self.run(lambda tx: self.tables.settling.resume(tx, ids, expires_at=until))
        assert resumed == len(ids)

    @rule(hours=st.sampled_from([0.1, 1, 13, 25, 80]))
    def wait(self, hours: float) -> None:
        self.now += timedelta(hours=hours)

    @rule(account=st.sampled_from(ACCOUNTS))
    def delete_account(self, account: int) -> None:
        self.execute("DELETE FROM user WHERE id = :id", id=account)

    @rule()
    def clear_up(self) -> None:
        """Nothing that has not ended goes, but for what is overdue or nobody's."""
        there = {row.id for row in self.execute("SELECT id FROM user")}
        kept = {
            row.id
            for row in self.unfinished()
            if row.state == State.SENDING
            or (
                (row.account_id in there or row.account_id is None)
                and (row.state == State.PAUSED or row.expires_at > moment(self.now))
            )
        }

        async def make_all() -> None:
            await self.upkeep._after_restore.check()
            await self.upkeep.make_all()

        self.loop.run(make_all())

        left = {row.id for row in self.unfinished()}
        assert kept <= left
        lanes = self.execute("SELECT used_at FROM im_lanes WHERE unfinished = 0")
        yesterday = moment(self.now - timedelta(days=1))
        assert all(row.used_at >= yesterday for row in lanes)

    @rule()
    def restore(self) -> None:
        """A daemon finds that nobody has beaten for hours."""
        self.now += timedelta(hours=3)
        self.claimed = []
        self.role.epoch += 1
        self.role.vacant_since = self.now - timedelta(hours=2)
        self.loop.run(self.upkeep._after_restore.check())
        assert self.ids(State.WAITING, State.QUEUED, State.SENDING) == []

    # What always holds.

    def unfinished(self) -> list[Any]:
        listed = ", ".join(f"'{state}'" for state in UNFINISHED)
        return self.execute(
            f"SELECT * FROM im_deliveries WHERE state IN ({listed}) ORDER BY lane_id, seq"
        )

    @invariant()
    def lanes_say_what_rows_say(self) -> None:
        if not hasattr(self, "tables"):
            return
        rows = self.unfinished()
        lanes = {row.id: row for row in self.execute("SELECT * FROM im_lanes")}
        assert {row.lane_id for row in rows} <= lanes.keys()
        for lane in lanes.values():
            members = [row for row in rows if row.lane_id == lane.id]
            assert lane.unfinished == len(members)
            assert lane.passed == sum(bool(row.let_pass) for row in members)
            self.ensure_order(members)

    def ensure_order(self, members: list[Any]) -> None:
        """One that keeps the others waiting at most, and none waits for nobody."""
        behind = [row for row in members if row.behind_lane is not None]
        ahead = [row for row in members if row.behind_lane is None]
        assert all(row.state in (State.QUEUED, State.SENDING) for row in behind)
        assert all(row.state in (State.WAITING, State.SENDING, State.PAUSED) for row in ahead)
        assert all(row.behind_lane == row.lane_id for row in behind)
        heads = [row for row in ahead if not row.let_pass]
        assert len(heads) <= 1
        waiting_their_turn = [row for row in behind if not row.let_pass]
        if waiting_their_turn:
            assert heads
        if any(row.let_pass for row in behind):
            assert [row for row in ahead if row.state != State.PAUSED]

    @invariant()
    def nothing_is_lost(self) -> None:
        """What was accepted is there, row or counter, until its notice is removed."""
        if not hasattr(self, "tables"):
            return
        notices = {row.id: row.accepted_at for row in self.execute("SELECT * FROM im_notices")}
        retained = moment(self.now - RETENTION)
        for notice in self.made.keys() - notices.keys():
            rows = self.execute("SELECT 1 FROM im_deliveries WHERE notice_id = :id", id=notice)
            assert rows == []

        async def count(connection: AsyncConnection) -> dict[int, int]:
            return {
                notice: sum((await self.tables.folding.count(connection, notice)).values())
                for notice in notices
            }

        for notice, number in self.loop.run(self.database.run(count)).items():
            assert number <= self.made[notice]
            if notices[notice] > retained:
                assert number == self.made[notice]


TestStore = Store.TestCase
TestStore.settings = settings(
    max_examples=30,
    stateful_step_count=50,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store()
    store.open()
    yield store
    store.teardown()


def fail_for_long(store: Store, *, expired: int = 0) -> None:
    """Three that became one message fail until later ones need not wait for them any more."""
    store.accept(["-100", "-100", "-100"], "notice", 24, joins=True)
    store.claim([*PRIORITIES], 1)
    store.accept(["-100", "-100"], "notice", 24, joins=True)
    store.fail_claimed(0, expired, passes=True)


def test_later_ones_pass_a_message_of_several(store: Store):
    """
    Fifty nodes that went down at once and cannot be told hold up the group's other notices for ten
    minutes at most.
    """
    fail_for_long(store)

    store.lanes_say_what_rows_say()
    store.claim([*PRIORITIES], 5)
    assert sorted(len(members) for members in store.claimed) == [2]


def test_a_message_outlives_its_first_delivery(store: Store):
    """
    When the first of several that are one message expires, the others still go, and go together.
    """
    fail_for_long(store, expired=1)
    store.lanes_say_what_rows_say()
    store.wait(1)

    store.claim([*PRIORITIES], 5)
    store.end_claimed(0, State.SENT)
    store.lanes_say_what_rows_say()
    store.claim([*PRIORITIES], 5)

    assert [len(members) for members in store.claimed] == [2]
    assert store.claimed[0][0].attempts == 1


def test_those_of_two_messages_are_not_mixed(store: Store):
    """
    A message that is tried again is claimed with what it was made of, beside the next message.
    """
    fail_for_long(store)
    store.wait(1)

    store.claim([*PRIORITIES], 5)

    assert sorted(len(members) for members in store.claimed) == [2, 3]
