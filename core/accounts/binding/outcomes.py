"""
What comes of trying to bind: values, each with what has to be told. None holds a secret.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """
    The person has the account now. `masked_email`: fit to be shown to who came by a link; `is_new`:
    False if he had it already.
    """

    account_id: int
    user_name: str
    masked_email: str
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class AccountBanned:
    """The account is banned; `reason` is the panel's, "" for none."""

    reason: str


@dataclass(frozen=True, slots=True)
class AccountBoundElsewhere:
    """Another user of this platform has the account."""


@dataclass(frozen=True, slots=True)
class PersonBoundElsewhere:
    """The person has another account."""


@dataclass(frozen=True, slots=True)
class AccountGone:
    """The panel has deleted the account meanwhile."""


Refusal = AccountBanned | AccountBoundElsewhere | PersonBoundElsewhere | AccountGone
"""Why an account that was proved is not bound."""


@dataclass(frozen=True, slots=True)
class WrongProof:
    """This proves no account. `tries_left`: of this code, None if it is not counted so."""

    tries_left: int | None = None


@dataclass(frozen=True, slots=True)
class ProofSpent:
    """What was to be proved with has expired, or all its tries are used."""


@dataclass(frozen=True, slots=True)
class TooManyTries:
    """Too many wrong proofs; nothing is looked at before `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class TooManyMails:
    """Too many code mails were asked for; none goes before `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class NotAnAddress:
    """What was given is no e-mail address."""


@dataclass(frozen=True, slots=True)
class Outdated:
    """The dialogue has moved on meanwhile: this was an answer to an earlier step of it."""
