"""People as platforms know them, and what is known of one when something arrives from him."""

from dataclasses import dataclass

from config_store.own.conversations import Conversation
from config_store.panel.accounts import Account
from core.platform import PlatformName


@dataclass(frozen=True, slots=True)
class PersonKey:
    """A user of a platform. `id`: as the platform writes it."""

    platform: PlatformName
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPerson:
    """
    What is known of a person in a chat. `account`: None if he is not bound; `language`: that he
    has chosen, None for no choice; `conversation`: also one that has expired.
    """

    account: Account | None = None
    language: str | None = None
    conversation: Conversation | None = None
