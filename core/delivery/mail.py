"""
Mail: deliveries that go into the panel's own mail queue, and are „handed over" there.

A delivery becomes a row of the panel's queue and is settled in one transaction, so that none is
lost or mailed twice, whoever else does the same. The panel sends its mails one at a time in no
order of importance, and drops what is a day old: notices to everyone only fill its queue up a
little, all others go at once. A mail goes to the address that the account has by then.
"""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from secrets import randbits

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.catalogue import SiteSettings
from config_store.database import Database, DatabaseUnavailableError
from config_store.live_settings import LiveSettings
from config_store.own.claims import Claimed, Claims
from config_store.own.settling import Settlement, Settling
from config_store.panel.mail_queue import SUBJECT_LENGTH, Addressee, Mail, MailQueue
from core.clock import SiteClock
from core.delivery.content import UnreadableContentError
from core.delivery.deleted_accounts import ACCOUNT_GONE
from core.delivery.mail_html import as_html, subject_and_body
from core.delivery.model import EMAIL, QueuePriority, State
from core.delivery.overdue import TOO_LATE
from core.delivery.reading import Notices, Reading
from core.delivery.ways import TARGET_LENGTH
from core.markup.characters import one_line
from core.supervision import first_of, growing_pauses, wait_for

log = structlog.get_logger(__name__)

MOST_OF_BROADCASTS = 50  # mails that wait in the panel's queue before more of a broadcast go there
NO_MAIL = (
    "the panel sends no mail (email_driver is none): set up mail in the panel,"
    " then retry this delivery"
)
TEMPLATE = "warn.tpl"  # of the panel; takes `user`, `title` and `text`

_LOOK = 0.5  # seconds between looks for mails
_LOOK_FOR_ROOM = 5.0  # seconds between looks into the panel's queue once it was full
_AT_ONCE = 100  # mails in one transaction
_TIMEOUT = 10.0  # seconds; a cluster that loses a node answers nobody for seven
_LONGEST_ADDRESS = 254  # characters, RFC 5321
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_LABEL = r"[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?"
_ADDRESS = re.compile(
    rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}", re.ASCII | re.IGNORECASE
)
"""What the panel takes for an address; it drops a mail to any other without a word."""


@dataclass(frozen=True, slots=True)
class _Decided:
    """What becomes of a delivery, and its mail if it becomes one."""

    settlement: Settlement
    mail: Mail | None = None


class MailHandover:
    """
    Hands mails over to the panel while this daemon is on duty.

    `site_name`: the subject of what has no title.
    """

    def __init__(
        self,
        *,
        database: Database,
        claims: Claims,
        settling: Settling,
        mails: MailQueue,
        reading: Reading,
        settings: LiveSettings,
        site_name: str,
        clock: SiteClock,
        is_on_duty: Callable[[], bool],
    ) -> None:
        self._database = database
        self._claims = claims
        self._settling = settling
        self._mails = mails
        self._reading = reading
        self._settings = settings
        self._site_name = site_name
        self._clock = clock
        self._is_on_duty = is_on_duty
        self._woken = asyncio.Event()
        self._full_until = 0.0

    def wake(self) -> None:
        """A mail may have been added: look at once."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work while this daemon is on duty, until `stop` is set."""
        pauses = growing_pauses(_LOOK, 5.0)
        while not stop.is_set():
            self._woken.clear()
            try:
                has_more = self._is_on_duty() and await self._round()
                pauses = growing_pauses(_LOOK, 5.0)
            except DatabaseUnavailableError:
                await wait_for(stop, next(pauses))
                continue
            if not has_more:
                await first_of(stop.wait(), wait_for(self._woken, _LOOK))

    async def _round(self) -> bool:
        """Hand over a batch of each priority; whether there is more to be done at once."""
        settings = self._settings.current
        if settings is None:
            return False
        due = await self._database.run(lambda it: self._claims.next_due(it, EMAIL))
        now = self._clock.now()
        done = 0
        for priority in [priority for priority, at in due if at <= now]:
            room = _AT_ONCE
            if priority == QueuePriority.BROADCAST and has_mail(settings):
                room = await self._room()
            if room:
                done += await self._hand_over(priority, room, settings)
        return done > 0

    async def _room(self) -> int:
        """How many mails of broadcasts the panel's queue takes now."""
        if time.monotonic() < self._full_until:
            return 0
        most = MOST_OF_BROADCASTS
        room = most - await self._database.run(lambda it: self._mails.count(it, most=most))
        if not room:
            self._full_until = time.monotonic() + _LOOK_FOR_ROOM
        return room

    async def _hand_over(self, priority: str, count: int, settings: SiteSettings) -> int:
        """
        One transaction; how many deliveries it settled.

        If its COMMIT is not answered, the next round finds what it left.
        """
        token = randbits(62)

        async def hand_over(tx: AsyncConnection) -> Sequence[_Decided]:
            now = self._clock.now()
            ids = await self._claims.take(
                tx, platform=EMAIL, priority=priority, count=count, token=token, now=now
            )
            claimed = await self._claims.read(tx, ids, token)
            notices = await self._reading.learn(claimed, tx)
            addressees = await self._mails.find_addressees(
                tx, {each.account_id for each in claimed if each.account_id is not None}
            )
            decided = [self._decide(each, notices, addressees, settings) for each in claimed]
            mails = [each.mail for each in decided if each.mail is not None]
            await self._mails.add(tx, mails, at=now)
            await self._settling.settle(tx, [each.settlement for each in decided], now=now)
            return decided

        decided = await self._database.transact(hand_over, timeout=_TIMEOUT)
        self._tell(decided)
        return len(decided)

    def _decide(
        self,
        claimed: Claimed,
        notices: Notices,
        addressees: dict[int, Addressee],
        settings: SiteSettings,
    ) -> _Decided:
        addressee = addressees.get(claimed.account_id or 0)
        if addressee is None:
            return _ended(claimed, State.CANCELLED, ACCOUNT_GONE)
        if self._clock.now() >= claimed.expires_at:
            return _ended(claimed, State.EXPIRED, TOO_LATE)
        if not has_mail(settings):
            return _ended(claimed, State.FAILED, NO_MAIL)
        if not is_address(addressee.email):
            return _ended(
                claimed,
                State.FAILED,
                "the account's e-mail address is not valid: correct it in the panel, then retry",
            )
        try:
            mail = self._mail(claimed, notices, addressee)
        except UnreadableContentError as error:
            return _ended(claimed, State.FAILED, str(error))
        return _Decided(
            Settlement(
                id=claimed.id,
                token=claimed.token,
                state=State.HANDED_OVER,
                target=addressee.email[:TARGET_LENGTH],
            ),
            mail,
        )

    def _mail(self, claimed: Claimed, notices: Notices, addressee: Addressee) -> Mail:
        title, body = subject_and_body(self._reading.message(claimed, notices))
        if not body:
            raise UnreadableContentError("the notice says nothing that could be shown")
        subject = one_line(title or self._site_name, SUBJECT_LENGTH)
        return Mail(
            to=addressee.email,
            subject=subject,
            template=TEMPLATE,
            variables={
                "user": {
                    "user_name": as_html(addressee.name),
                    "email": as_html(addressee.email),
                },
                "title": as_html(subject),
                "text": body,
            },
        )

    def _tell(self, decided: Sequence[_Decided]) -> None:
        """One line a batch for what failed, by the first of them."""
        failed = [each.settlement for each in decided if each.settlement.state == State.FAILED]
        if failed:
            log.info(
                "mails not handed over",
                mails=len(failed),
                delivery=failed[0].id,
                reason=failed[0].error,
            )


def has_mail(settings: SiteSettings) -> bool:
    """Whether the panel sends mail at all."""
    return settings.email_driver.strip().lower() not in ("", "none")


def is_address(email: str) -> bool:
    """Whether the panel would send to this address."""
    return len(email) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(email) is not None


def _ended(claimed: Claimed, state: State, reason: str) -> _Decided:
    return _Decided(
        Settlement(id=claimed.id, token=claimed.token, state=state, was_tried=False, error=reason)
    )
