"""
Binding by a code that is mailed to the account's address.

A code has 6 digits, is valid for 30 minutes (the panel's mail is slow) and may be tried 5 times;
the next one that a person asks for in a chat takes its place. What a person sees, and what is asked
of the database, is the same for an address that an account has and for one that nobody has: there
the mail goes to nobody and the code to nothing. Whether the account is banned or bound already is
told only to who has typed the right code.

A try is taken before the code is compared, by the conditional step of the dialogue, so that of a
hundred guesses at once 5 are looked at. The code is kept hashed so that it does not stand there to
be read. No hash keeps 6 digits from who has the row and tries them all, however slow: the tries
do, and the half hour.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import randbelow, token_hex
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.conversations import Conversation, ConversationTable
from config_store.panel.proofs import ProofTable
from core.accounts.binding.bindings import Bindings
from core.accounts.binding.failed_series import FailedSeries
from core.accounts.binding.limit_log import log_reached
from core.accounts.binding.limits import (
    WRONG_OF_ADDRESS,
    BindingLimits,
    MailLimitReachedError,
    Reached,
    TryLimitReachedError,
)
from core.accounts.binding.outcomes import (
    Bound,
    NotAnAddress,
    Outdated,
    ProofSpent,
    Refusal,
    TooManyMails,
    TooManyTries,
    WrongProof,
)
from core.accounts.binding.people import PersonKey
from core.accounts.binding.reading import EMAIL_CODE_LENGTH, read_address, read_email_code
from core.clock import SiteClock
from core.delivery.mail_html import as_html
from core.platform import PlatformName

log = structlog.get_logger(__name__)

STEP = "email_code"
VALID_FOR = timedelta(minutes=30)
TRIES = 5
TEMPLATE = "verify_code.tpl"  # of the panel; takes `code` and `expire`

_SALT_BYTES = 16


def new_email_code() -> str:
    """A code of 6 digits."""
    return f"{randbelow(10**EMAIL_CODE_LENGTH):0{EMAIL_CODE_LENGTH}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailWording:
    """
    What the mail says in the person's language. `valid_until`: words for the instant until which
    the code is valid.
    """

    subject: str
    valid_until: Callable[[datetime], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """
    A try at the code that a dialogue expects. `account_id`: None if nobody has the address;
    `typed`: 6 digits.
    """

    conversation: Conversation
    person: PersonKey
    email: str
    account_id: int | None
    tries_left: int
    typed: str = field(repr=False)

    @property
    def is_right(self) -> bool:
        kept = self.conversation.details
        is_the_code = hmac.compare_digest(_hash(kept["salt"], self.typed), kept["hash"])
        return is_the_code and self.account_id is not None


@dataclass(frozen=True, slots=True)
class _Tried:
    """What came of a try, the limits it reached. `is_series`: it was wrong, and the last one."""

    outcome: Bound | Refusal | WrongProof | ProofSpent | Outdated
    reached: tuple[Reached, ...] = ()
    is_series: bool = False


class EmailCodes:
    """Mails codes, and binds who types the right one. `draw`: makes a code."""

    def __init__(
        self,
        *,
        conversations: ConversationTable,
        proofs: ProofTable,
        limits: BindingLimits,
        bindings: Bindings,
        failed_series: FailedSeries,
        clock: SiteClock,
        draw: Callable[[], str] = new_email_code,
    ) -> None:
        self._conversations = conversations
        self._proofs = proofs
        self._limits = limits
        self._bindings = bindings
        self._failed_series = failed_series
        self._clock = clock
        self._draw = draw

    async def send(
        self, *, person: PersonKey, target: str, email: str, wording: MailWording
    ) -> Conversation | NotAnAddress | TooManyMails | TooManyTries:
        """
        Have a code mailed to an address, and expect it from the person in this chat.

        Raises:
            DatabaseUnavailableError: it is not known whether a mail goes.
        """
        address = read_address(email)
        if address is None:
            return NotAnAddress()

        async def send(tx: AsyncConnection) -> tuple[Conversation, tuple[Reached, ...]]:
            reached = await self._limits.take_mail(tx, person, address)
            return await self._send(tx, person, target, address, wording), reached

        try:
            conversation, reached = await self._bindings.transact(send)
        except MailLimitReachedError as error:
            return TooManyMails(error.until)
        except TryLimitReachedError as error:
            return TooManyTries(error.until)
        log.info(
            "code mail",
            account=conversation.details["account_id"],
            platform=person.platform.value,
            user=person.id,
        )
        log_reached(reached, person, account=conversation.details["account_id"])
        return conversation

    async def prove(
        self, conversation: Conversation, code: str
    ) -> Bound | Refusal | WrongProof | ProofSpent | TooManyTries | Outdated:
        """
        Bind the person of a dialogue if this is the code that it expects.

        What is no 6 digits is wrong and no try. The last try that is wrong gives `ProofSpent`; with
        it, and with the right code, the dialogue ends.

        Raises:
            DatabaseUnavailableError: it is not known whether he is bound.
        """
        if self._is_over(conversation):
            return ProofSpent()
        kept, typed = conversation.details, read_email_code(code)
        if typed is None:
            return WrongProof(kept["tries_left"])
        attempt = _Attempt(
            conversation=conversation,
            person=PersonKey(PlatformName(conversation.platform), conversation.person),
            email=kept["email"],
            account_id=kept["account_id"],
            tries_left=kept["tries_left"] - 1,
            typed=typed,
        )
        try:
            tried = await self._bindings.transact(lambda tx: self._try(tx, attempt))
        except TryLimitReachedError as error:
            return TooManyTries(error.until)
        self._tell(attempt, tried)
        return tried.outcome

    async def _send(
        self,
        tx: AsyncConnection,
        person: PersonKey,
        target: str,
        address: str,
        wording: MailWording,
    ) -> Conversation:
        now = self._clock.now()
        valid_until = now + VALID_FOR
        code, salt = self._draw(), token_hex(_SALT_BYTES)
        account_id = await self._proofs.find_by_email(tx, address)
        await self._proofs.add_mail(
            tx,
            account_id,
            subject=wording.subject,
            template=TEMPLATE,
            variables={"code": code, "expire": as_html(wording.valid_until(valid_until))},
            at=now,
        )
        return await self._conversations.begin(
            tx,
            platform=person.platform.value,
            target=target,
            person=person.id,
            step=STEP,
            details={
                "email": address,
                "account_id": account_id,
                "salt": salt,
                "hash": _hash(salt, code),
                "tries_left": TRIES,
                "typed": "",
                "valid_until": valid_until.isoformat(),
            },
            expires_at=valid_until,
        )

    async def _try(self, tx: AsyncConnection, attempt: _Attempt) -> _Tried:
        held = await self._limits.hold_try(tx, attempt.person, address=attempt.email)
        conversation = attempt.conversation
        taken = await self._conversations.advance(
            tx,
            conversation,
            step=STEP,
            details={**conversation.details, "tries_left": attempt.tries_left, "typed": ""},
            expires_at=conversation.expires_at,
        )
        if taken is None:
            return _Tried(Outdated())
        if not attempt.is_right:
            return await self._note_wrong(tx, attempt, taken, await held.was_wrong(tx))
        await held.was_right(tx)
        await self._conversations.end(tx, taken)
        account_id = await self._proofs.find_by_email(tx, attempt.email)
        if account_id is None or account_id != attempt.account_id:
            return _Tried(ProofSpent())  # the account has another address by now
        return _Tried(await self._bindings.bind_in(tx, account_id, attempt.person))

    async def _note_wrong(
        self,
        tx: AsyncConnection,
        attempt: _Attempt,
        taken: Conversation,
        reached: tuple[Reached, ...],
    ) -> _Tried:
        is_last = attempt.tries_left <= 0
        if is_last:
            await self._conversations.end(tx, taken)
        if is_last or any(it.limit == WRONG_OF_ADDRESS.kind and it.is_first for it in reached):
            await self._failed_series.note(tx, attempt.account_id, attempt.person)
        outcome = ProofSpent() if is_last else WrongProof(attempt.tries_left)
        return _Tried(outcome, reached, is_series=is_last)

    def _tell(self, attempt: _Attempt, tried: _Tried) -> None:
        log_reached(tried.reached, attempt.person, account=attempt.account_id)
        if tried.is_series:
            log.info(
                "binding code used up",
                account=attempt.account_id,
                platform=attempt.person.platform.value,
                user=attempt.person.id,
                tries=TRIES,
            )

    def _is_over(self, conversation: Conversation) -> bool:
        """By the code's own time: a step of the dialogue that lasts longer does not lengthen it."""
        kept: Any = conversation.details
        valid_until = datetime.fromisoformat(kept["valid_until"])
        return self._clock.now() >= min(valid_until, conversation.expires_at)


def _hash(salt: str, code: str) -> str:
    return hashlib.sha256(f"{salt}:{code}".encode()).hexdigest()
