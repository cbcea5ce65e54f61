"""
Binding by a code that the site hands out, for a link on the site that opens the chat.

A code has 12 characters of 32 (60 bits), fits a link and can be typed; it is good for one binding
within 10 minutes, and with the next one of its account it ends. Only its hash is kept: so much
chance needs no salt. A code that is right but may not bind (the account is banned, or bound
elsewhere) stays good until its time is over, so that who mends what was told to him need not go
back to the site; whoever has it learns nothing from it a second time.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import choice

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database
from config_store.own.bind_codes import BindCodeTable
from config_store.own.conversations import ConversationTable
from core.accounts.binding.bindings import Bindings
from core.accounts.binding.limit_log import log_reached
from core.accounts.binding.limits import BindingLimits, Reached, TryLimitReachedError
from core.accounts.binding.outcomes import Bound, ProofSpent, Refusal, TooManyTries, WrongProof
from core.accounts.binding.people import PersonKey
from core.accounts.binding.reading import BIND_CODE_ALPHABET, BIND_CODE_LENGTH, read_bind_code
from core.clock import SiteClock

log = structlog.get_logger(__name__)

VALID_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class BindCode:
    """A code, which binds whoever has it."""

    code: str = field(repr=False)
    expires_at: datetime


def new_bind_code() -> str:
    """A code of 12 characters."""
    return "".join(choice(BIND_CODE_ALPHABET) for _ in range(BIND_CODE_LENGTH))


class BindCodes:
    """Makes codes for the site, and binds who brings one. `draw`: makes a code."""

    def __init__(
        self,
        *,
        database: Database,
        codes: BindCodeTable,
        conversations: ConversationTable,
        limits: BindingLimits,
        bindings: Bindings,
        clock: SiteClock,
        draw: Callable[[], str] = new_bind_code,
    ) -> None:
        self._database = database
        self._codes = codes
        self._conversations = conversations
        self._limits = limits
        self._bindings = bindings
        self._clock = clock
        self._draw = draw

    async def make(self, account_id: int) -> BindCode:
        """
        A code for an account; its older ones end.

        Raises:
            AccountGoneError: there is no such account.
            DatabaseUnavailableError: it is not known whether there is a code; make another one.
        """
        code, expires_at = self._draw(), self._clock.now() + VALID_FOR
        await self._database.transact(
            lambda tx: self._codes.add(tx, _hash(code), account_id, expires_at=expires_at)
        )
        log.info("bind code made", account=account_id)
        return BindCode(code, expires_at)

    async def redeem(
        self, *, person: PersonKey, target: str, code: str
    ) -> Bound | Refusal | WrongProof | ProofSpent | TooManyTries:
        """
        Bind a person to the account that a code was made for, and end the dialogue in this chat.

        What cannot be a code is wrong and no try.

        Raises:
            DatabaseUnavailableError: it is not known whether he is bound.
        """
        typed = read_bind_code(code)
        if typed is None:
            return WrongProof()

        async def redeem(
            tx: AsyncConnection,
        ) -> tuple[Bound | Refusal | WrongProof | ProofSpent, tuple[Reached, ...]]:
            held = await self._limits.hold_try(tx, person)
            kept = await self._codes.hold(tx, _hash(typed))
            if kept is None:
                return WrongProof(), await held.was_wrong(tx)
            if self._clock.now() >= kept.expires_at:
                return ProofSpent(), ()
            await held.was_right(tx)
            outcome = await self._bindings.bind_in(tx, kept.account_id, person)
            if isinstance(outcome, Bound):
                await self._codes.remove_of(tx, kept.account_id)
                await self._conversations.drop(
                    tx, platform=person.platform.value, target=target, person=person.id
                )
            return outcome, ()

        try:
            outcome, reached = await self._bindings.transact(redeem)
        except TryLimitReachedError as error:
            return TooManyTries(error.until)
        log_reached(reached, person)
        return outcome


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
