"""
How often it may be tried: mails and wrong proofs, of a person, an address and the whole site.
"""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.tries import TryTable
from core.accounts.binding.limits import (
    BindingLimits,
    LimitReachedError,
    MailLimitReachedError,
    Reached,
    TryLimitReachedError,
)
from core.accounts.binding.people import PersonKey
from core.clock import SiteClock
from tests.binding.conftest import DAY, HOUR, MEI, MINUTE, Site, person

MOMENT = timedelta(milliseconds=1)


class Trier:
    """Tries against the limits alone, each in a transaction of its own."""

    def __init__(self, site: Site) -> None:
        clock = SiteClock(site.services.check_ins._clock.zone, site.time)
        tables = site.queue.tables.own
        self.site = site
        self.limits = BindingLimits(tries=TryTable(tables, site.database.dialect), clock=clock)

    async def mail(self, by: PersonKey, address: str) -> tuple[Reached, ...]:
        return await self.site.database.transact(lambda tx: self.limits.take_mail(tx, by, address))

    async def mails(self, by: PersonKey, address: str) -> bool:
        try:
            await self.mail(by, address)
        except MailLimitReachedError:
            return False
        return True

    async def wrong(self, by: PersonKey, address: str | None = None) -> tuple[Reached, ...]:
        async def work(tx: AsyncConnection) -> tuple[Reached, ...]:
            held = await self.limits.hold_try(tx, by, address=address)
            return await held.was_wrong(tx)

        return await self.site.database.transact(work)

    async def is_let_through(self, by: PersonKey, address: str | None = None) -> bool:
        try:
            await self.wrong(by, address)
        except TryLimitReachedError:
            return False
        return True

    async def right(self, by: PersonKey, address: str | None = None) -> None:
        async def work(tx: AsyncConnection) -> None:
            held = await self.limits.hold_try(tx, by, address=address)
            await held.was_right(tx)

        await self.site.database.transact(work)


@pytest.fixture
def trier(site: Site) -> Trier:
    return Trier(site)


@pytest.fixture
def other_trier(other_daemon: Site) -> Trier:
    return Trier(other_daemon)


async def test_an_address_gets_five_mails_an_hour_whoever_asks(trier: Trier):
    """
    The sixth is refused until an hour after the fifth; other addresses are not held up.
    """
    for number in range(5):
        assert await trier.mails(person(number), "mei@example.com")
        trier.site.later(10 * MINUTE)

    with pytest.raises(MailLimitReachedError) as refused:
        await trier.mail(person(9), "mei@example.com")

    assert refused.value.until == trier.site.time.at + 50 * MINUTE
    assert await trier.mails(person(9), "bob@example.com")
    trier.site.later(50 * MINUTE - MOMENT)
    assert not await trier.mails(person(10), "mei@example.com")
    trier.site.later(MOMENT)
    assert await trier.mails(person(10), "mei@example.com")


async def test_no_hour_sees_a_sixth_mail(trier: Trier):
    """
    Also not one that begins at any other minute than the first mail did.
    """
    sent: list[int] = []
    for minute in range(0, 200, 7):
        if await trier.mails(person(minute), "mei@example.com"):
            sent.append(minute)
        trier.site.later(7 * MINUTE)

    assert all(sum(at <= mail < at + 60 for mail in sent) <= 5 for at in range(200))


async def test_a_person_floods_nobody(trier: Trier):
    """
    Six mails to whatever addresses, then an hour of none.
    """
    sent = [await trier.mails(MEI, f"victim{number}@example.com") for number in range(8)]

    assert sent == [True] * 6 + [False] * 2
    trier.site.later(HOUR)
    assert await trier.mails(MEI, "victim9@example.com")


async def test_the_site_sends_a_hundred_mails_in_ten_minutes(trier: Trier):
    """
    All of a hundred, and no more until the ten minutes are over; the operator is told of it.
    """
    results = [await trier.mail(person(n), f"user{n}@example.com") for n in range(100)]

    assert [each for result in results[:99] for each in result] == []
    assert [each.limit for each in results[99]] == ["mail_site"]
    assert not await trier.mails(person(100), "user100@example.com")
    trier.site.later(10 * MINUTE)
    assert await trier.mails(person(100), "user100@example.com")


async def test_a_hundred_at_once_on_two_daemons_send_five(trier: Trier, other_trier: Trier):
    """
    However many ask for an address in the same moment, no more than allowed are let through.
    """
    sent = await asyncio.gather(
        *(
            (trier if number % 2 else other_trier).mails(person(number), "mei@example.com")
            for number in range(100)
        )
    )

    assert sum(sent) == 5


async def test_pauses_grow_with_each_wrong_proof(trier: Trier):
    """
    Five in a row, then a minute, doubled each time up to an hour.
    """
    pauses: list[float] = []
    for _ in range(12):
        reached = await trier.wrong(MEI)
        until = max((each.until for each in reached), default=trier.site.time.at)
        pauses.append((until - trier.site.time.at) / MINUTE)
        trier.site.time.at = until

    assert pauses == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]


async def test_during_a_pause_nothing_is_let_through(trier: Trier):
    """
    Neither a proof nor a mail, until it is over; what is refused makes it no longer.
    """
    for _ in range(5):
        await trier.wrong(MEI)

    with pytest.raises(TryLimitReachedError) as refused:
        await trier.wrong(MEI)
    with pytest.raises(TryLimitReachedError):
        await trier.mail(MEI, "mei@example.com")

    assert refused.value.until == trier.site.time.at + MINUTE
    trier.site.later(MINUTE)
    assert await trier.is_let_through(MEI)


async def test_a_hundred_wrong_proofs_at_once_are_five(trier: Trier, other_trier: Trier):
    """
    A person who presses on two daemons at once has no more tries than one who types.
    """
    let_through = await asyncio.gather(
        *((trier if number % 2 else other_trier).is_let_through(MEI) for number in range(100))
    )

    assert sum(let_through) == 5


async def test_a_right_proof_forgets_the_series_and_not_the_day(trier: Trier):
    """
    Who has an account of his own cannot buy more than thirty tries a day at others' with it.
    """
    wrong = 0
    for _ in range(12):
        for _ in range(4):
            wrong += await trier.is_let_through(MEI)
        try:
            await trier.right(MEI)
        except LimitReachedError:
            break

    assert wrong == 30
    trier.site.later(DAY)
    assert await trier.is_let_through(MEI)


async def test_a_quiet_day_forgets(trier: Trier):
    """
    After it there are five free tries again.
    """
    for _ in range(5):
        await trier.wrong(MEI)
    trier.site.later(DAY)

    let_through = [await trier.is_let_through(MEI) for _ in range(6)]

    assert let_through == [True] * 5 + [False]


async def test_an_address_is_paused_for_everybody(trier: Trier):
    """
    Ten wrong codes by whomever, then growing pauses; a right one does not forget them.
    """
    for number in range(9):
        await trier.wrong(person(number), "mei@example.com")
    await trier.right(person(20), "mei@example.com")

    reached = await trier.wrong(person(10), "mei@example.com")

    assert [(each.limit, each.is_first) for each in reached] == [("wrong_address", True)]
    assert not await trier.is_let_through(person(11), "mei@example.com")
    assert await trier.is_let_through(person(11), "bob@example.com")
    trier.site.later(MINUTE)
    (again,) = await trier.wrong(person(12), "mei@example.com")
    assert (again.until - trier.site.time.at, again.is_first) == (2 * MINUTE, False)


async def test_the_site_looks_at_five_hundred_wrong_proofs_in_ten_minutes(trier: Trier):
    """
    From as many people; then nobody's is looked at until the ten minutes are over.
    """
    wrong = [trier.is_let_through(person(number)) for number in range(500)]

    assert all(await asyncio.gather(*wrong))
    assert not await trier.is_let_through(person(501))
    trier.site.later(10 * MINUTE)
    assert await trier.is_let_through(person(501))


async def test_right_proofs_count_nowhere(trier: Trier):
    """
    Only wrong ones are tries: a thousand people who bind hold nobody up.
    """
    for number in range(30):
        await trier.right(person(number % 3), "mei@example.com")

    counted = await trier.site.rows("SELECT 1 FROM im_tries WHERE number > 0")
    assert counted == []


async def test_what_is_refused_leaves_nothing(trier: Trier):
    """
    Whoever is paused cannot fill the table with addresses.
    """
    for _ in range(5):
        await trier.wrong(MEI)
    before = await trier.site.rows("SELECT COUNT(*) FROM im_tries")

    for number in range(10):
        with pytest.raises(LimitReachedError):
            await trier.mail(MEI, f"victim{number}@example.com")

    assert await trier.site.rows("SELECT COUNT(*) FROM im_tries") == before


async def test_an_address_is_kept_as_a_hash(trier: Trier):
    """
    The table does not tell who was asked for.
    """
    await trier.mail(MEI, "mei@example.com")

    subjects = [row.subject for row in await trier.site.rows("SELECT subject FROM im_tries")]
    assert not any("mei" in subject for subject in subjects)


async def test_how_many_tries_a_guesser_has(trier: Trier):
    """
    A person who never waits longer than he must: 10 in the first hour, 30 in a day. An address,
    whoever tries: 15 in the first hour, at most one an hour from then on.
    """
    by_person, at_address = [], []
    start = trier.site.time.at
    while (now := trier.site.time.at) < start + DAY:
        if await trier.is_let_through(MEI):
            by_person.append(now)
        for number in range(20):
            if not await trier.is_let_through(person(number + len(at_address) * 20), "mei@x.com"):
                break
            at_address.append(now)
        trier.site.later(15 * MINUTE if now > start + 2 * HOUR else MINUTE)

    in_first_hour = [sum(at < start + HOUR for at in tries) for tries in (by_person, at_address)]
    assert in_first_hour == [10, 15]
    assert len(by_person) == 30
    assert len(at_address) - in_first_hour[1] <= 23
