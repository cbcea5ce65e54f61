"""
How often it may be tried to bind: code mails, and proofs that turn out wrong.

| limit | of | so many | then |
| --- | --- | --- | --- |
| mails | an address | 5 | an hour after the last one |
| mails | a person | 6, to whatever addresses | an hour after the last one |
| mails | the site | 100 in 10 minutes | when these are over |
| wrong proofs in a row | a person | 5 | 1 minute, doubled by each further one, an hour at most |
| wrong proofs in a row | an address | 10, by whomever | the same |
| wrong proofs | a person | 30 in a day, whatever was right between | when the day is over |
| wrong proofs | the site | 500 in 10 minutes | when these are over |

A row ends with a quiet day; a person's also with a right proof, but that of an address does not,
nor his day's: who has an account of his own cannot buy tries at others' with it. Right proofs count
nowhere. Looked at is only who asks and what he asks for, never whether there is such an account: an
address that nobody has is limited as any other, and kept as a hash.

A new limit is a constant below, which one of the functions that gather limits names; `kind` has 16
characters at most (`im_tries`), and one of the whole site is named in `limit_log` as well.

Counts are held before they are looked at (`TryTable`), so that however many come at once, no more
than these are let through.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.tries import Count, CountKey, TryTable
from core.accounts.binding.people import PersonKey
from core.clock import ONE_DAY, SiteClock

_EVERYBODY = "site"
_MOST_DOUBLINGS = 16


class LimitReachedError(Exception):
    """It may not be tried now. `until`: when it may."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"tried too often; wait until {until:%H:%M:%S} UTC")
        self.until = until


class MailLimitReachedError(LimitReachedError):
    """Too many code mails were asked for."""


class TryLimitReachedError(LimitReachedError):
    """Too many proofs were wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """
    So many within a time that begins with the first one. `is_run`: each one begins it anew, so that
    there are never more in any such time.
    """

    kind: str
    most: int
    within: timedelta
    is_run: bool = False

    def refused_until(self, count: Count, now: datetime) -> datetime | None:
        """When the next one is allowed, None for now."""
        end = count.since + self.within
        return end if count.number >= self.most and now < end else None

    def counted(self, count: Count, now: datetime) -> Count:
        """The count with one more."""
        if count.number == 0 or now >= count.since + self.within:
            return Count(number=1, since=now)
        return Count(number=count.number + 1, since=now if self.is_run else count.since)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowingPauses:
    """`free` in a row, then a pause after each that is twice the one before."""

    kind: str
    free: int
    first: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(hours=1)
    forgotten_after: timedelta = ONE_DAY

    def refused_until(self, count: Count, now: datetime) -> datetime | None:
        """When the next one is allowed, None for now."""
        until = count.paused_until
        return until if until is not None and now < until else None

    def counted(self, count: Count, now: datetime) -> Count:
        """The count with one more, and the pause that comes of it."""
        is_forgotten = now >= count.since + self.forgotten_after
        number = 1 if is_forgotten else count.number + 1
        if number < self.free:
            return Count(number=number, since=now)
        doublings = min(number - self.free, _MOST_DOUBLINGS)
        pause = min(self.first * 2**doublings, self.longest)
        return Count(number=number, since=now, paused_until=now + pause)


Limit = Allowance | GrowingPauses

MAILS_TO_ADDRESS = Allowance(kind="mail_address", most=5, within=timedelta(hours=1), is_run=True)
MAILS_OF_PERSON = Allowance(kind="mail_person", most=6, within=timedelta(hours=1), is_run=True)
MAILS_OF_SITE = Allowance(kind="mail_site", most=100, within=timedelta(minutes=10))
WRONG_IN_A_ROW = GrowingPauses(kind="wrong_person", free=5)
WRONG_OF_ADDRESS = GrowingPauses(kind="wrong_address", free=10)
WRONG_IN_A_DAY = Allowance(kind="wrong_day", most=30, within=ONE_DAY)
WRONG_OF_SITE = Allowance(kind="wrong_site", most=500, within=timedelta(minutes=10))

FORGOTTEN_AFTER = ONE_DAY
"""After this time without another one, no count says anything any more."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A limit that the last one counted has reached. `is_first`: it was not in force before."""

    limit: str
    until: datetime
    is_first: bool


@dataclass(frozen=True, slots=True)
class _Counted:
    """A limit, and the count that it looks at."""

    limit: Limit
    count: Count


class HeldTry:
    """
    A try that may be made, its counts held until the transaction ends. Counted only if it is wrong.
    """

    def __init__(
        self,
        *,
        tries: TryTable,
        person: PersonKey,
        held: Mapping[CountKey, _Counted],
        now: datetime,
    ) -> None:
        self._tries = tries
        self._in_a_row = CountKey(WRONG_IN_A_ROW.kind, _subject(person))
        self._held = held
        self._now = now

    async def was_wrong(self, tx: AsyncConnection) -> tuple[Reached, ...]:
        """Count it; the limits that this has reached."""
        return await _count(self._tries, tx, self._held, self._now)

    async def was_right(self, tx: AsyncConnection) -> None:
        """Forget what the person got wrong in a row before."""
        await self._tries.remove(tx, self._in_a_row)


class BindingLimits:
    """
    Lets mails and tries through, within the transaction in which they are made.

    Comes first in it; what is refused ends it by an exception, so that nothing is kept of it.
    """

    def __init__(self, *, tries: TryTable, clock: SiteClock) -> None:
        self._tries = tries
        self._clock = clock

    async def take_mail(
        self, tx: AsyncConnection, person: PersonKey, address: str
    ) -> tuple[Reached, ...]:
        """
        Count a code mail to an address, there or not; the limits that this has reached.

        Raises:
            MailLimitReachedError: too many mails.
            TryLimitReachedError: the code could not be tried.
        """
        now = self._clock.now()
        mails = {
            CountKey(MAILS_TO_ADDRESS.kind, _hash(address)): MAILS_TO_ADDRESS,
            CountKey(MAILS_OF_PERSON.kind, _subject(person)): MAILS_OF_PERSON,
            CountKey(MAILS_OF_SITE.kind, _EVERYBODY): MAILS_OF_SITE,
        }
        pauses = _tries_of(person) | _tries_at(address)
        held = await self._hold(tx, mails | pauses, now)
        _refuse(TryLimitReachedError, [held[key] for key in pauses], now)
        _refuse(MailLimitReachedError, [held[key] for key in mails], now)
        return await _count(self._tries, tx, {key: held[key] for key in mails}, now)

    async def hold_try(
        self, tx: AsyncConnection, person: PersonKey, *, address: str | None = None
    ) -> HeldTry:
        """
        Let a proof be looked at. `address`: whose account it is to prove, if that is known.

        Raises:
            TryLimitReachedError: too many were wrong.
        """
        now = self._clock.now()
        limits = _tries_of(person) | {CountKey(WRONG_OF_SITE.kind, _EVERYBODY): WRONG_OF_SITE}
        if address is not None:
            limits |= _tries_at(address)
        held = await self._hold(tx, limits, now)
        _refuse(TryLimitReachedError, list(held.values()), now)
        return HeldTry(tries=self._tries, person=person, held=held, now=now)

    async def _hold(
        self, tx: AsyncConnection, limits: Mapping[CountKey, Limit], now: datetime
    ) -> dict[CountKey, _Counted]:
        counts = await self._tries.hold(tx, limits, now=now)
        return {key: _Counted(limit, counts[key]) for key, limit in limits.items()}


def _tries_of(person: PersonKey) -> dict[CountKey, Limit]:
    subject = _subject(person)
    return {
        CountKey(WRONG_IN_A_ROW.kind, subject): WRONG_IN_A_ROW,
        CountKey(WRONG_IN_A_DAY.kind, subject): WRONG_IN_A_DAY,
    }


def _tries_at(address: str) -> dict[CountKey, Limit]:
    return {CountKey(WRONG_OF_ADDRESS.kind, _hash(address)): WRONG_OF_ADDRESS}


def _subject(person: PersonKey) -> str:
    return f"{person.platform.value}:{person.id}"


def _hash(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()


def _refuse(error: type[LimitReachedError], held: list[_Counted], now: datetime) -> None:
    refusals = [it.limit.refused_until(it.count, now) for it in held]
    if ends := [until for until in refusals if until is not None]:
        raise error(max(ends))


async def _count(
    tries: TryTable, tx: AsyncConnection, held: Mapping[CountKey, _Counted], now: datetime
) -> tuple[Reached, ...]:
    counted = {key: it.limit.counted(it.count, now) for key, it in held.items()}
    await tries.write(tx, counted)
    reached: list[Reached] = []
    for key, it in held.items():
        until = it.limit.refused_until(counted[key], now)
        if until is not None:
            is_first = not isinstance(it.limit, GrowingPauses) or (
                counted[key].number == it.limit.free
            )
            reached.append(Reached(it.limit.kind, until, is_first))
    return tuple(reached)
