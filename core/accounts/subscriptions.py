"""
The subscription of an account: a secret token, and an address for each format of client.

Whoever has the token has the account's connections. It is made at first use, and the database
decides which one holds if two ask at the same moment. A reset puts a new token in place of the very
one that was asked about: what comes twice, or late, resets nothing more.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.catalogue import SiteSettings
from config_store.database import Database
from config_store.panel.accounts import AccountOverview
from config_store.panel.subscriptions import SubscriptionTable, TokenTakenError
from core.accounts.binding.people import PersonKey
from core.accounts.drawing import use_new
from core.accounts.fingerprints import fingerprint
from core.accounts.subscription_formats import SubscriptionFormat, offered_formats

log = structlog.get_logger(__name__)

MIN_TOKEN_LENGTH = 8  # hexadecimal characters; the panel makes none shorter


class SubscriptionChangedError(Exception):
    """The token is not the one that was asked about: it was reset meanwhile. Nothing was done."""


class ResetNotices(Protocol):
    """Tells an account's owner, within the transaction of the reset."""

    async def subscription_reset(
        self, tx: AsyncConnection, account_id: int, by: PersonKey
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class SubscriptionAddress:
    """Where a client of that format fetches the subscription. The address is a secret."""

    format: SubscriptionFormat
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """
    An account's addresses, one for each format that the site offers; none while the site's own
    address is not known. `fingerprint`: which token they are made of.
    """

    addresses: tuple[SubscriptionAddress, ...]
    fingerprint: str

    def address(self, wanted: SubscriptionFormat | None) -> SubscriptionAddress | None:
        """The address in a format, else in the most used one; None if there are no addresses."""
        in_it = (each for each in self.addresses if each.format is wanted)
        return next(in_it, None) or next(iter(self.addresses), None)


def new_token(length: int) -> str:
    """A random token of `length` hexadecimal characters, 8 at least."""
    characters = max(length, MIN_TOKEN_LENGTH)
    return token_hex(characters)[:characters]


class Subscriptions:
    """
    Gives accounts their subscription addresses, and new ones.

    `subscription_url`: what the addresses begin with, None if it is not known: there are no
    addresses then. `token_length`: of new tokens, in characters.
    """

    def __init__(
        self,
        *,
        database: Database,
        table: SubscriptionTable,
        notices: ResetNotices,
        subscription_url: str | None,
        token_length: int,
        make_token: Callable[[int], str] = new_token,
    ) -> None:
        self._database = database
        self._table = table
        self._notices = notices
        self._base = None if subscription_url is None else f"{subscription_url.rstrip('/')}/sub"
        self._token_length = max(token_length, MIN_TOKEN_LENGTH)
        self._make_token = make_token

    async def get_addresses(
        self, overview: AccountOverview, settings: SiteSettings
    ) -> tuple[SubscriptionAddress, ...]:
        """The addresses of an account; a statement only if it has no token yet."""
        if self._base is None:
            return ()
        token = overview.subscription_token or await self._add_token(overview.id)
        return self._addresses(token, settings)

    async def get(self, account_id: int, settings: SiteSettings) -> Subscription:
        """
        The subscription of an account, in one statement; one more at its first use.

        Raises:
            AccountGoneError: the panel has deleted the account.
        """
        token = await self._database.run(
            lambda connection: self._table.find_token(connection, account_id)
        )
        return self._subscription(account_id, token or await self._add_token(account_id), settings)

    async def reset(
        self, account_id: int, asked_about: str, settings: SiteSettings, *, by: PersonKey
    ) -> Subscription:
        """
        Give an account a new token; every old address ends at once. `asked_about`: the fingerprint
        of the token that is to go.

        Raises:
            SubscriptionChangedError: the account has another token by now.
            AccountGoneError: the panel has deleted the account.
        """
        token = await self._drawing(lambda new: self._try_reset(account_id, asked_about, new, by))
        log.info("subscription reset", account=account_id, platform=by.platform.value, user=by.id)
        return self._subscription(account_id, token, settings)

    async def _try_reset(self, account_id: int, asked_about: str, new: str, by: PersonKey) -> str:
        async def work(tx: AsyncConnection) -> str:
            old = await self._table.find_token(tx, account_id)
            if old is None or fingerprint(account_id, old) != asked_about:
                raise SubscriptionChangedError
            if not await self._table.replace_token(tx, account_id, old=old, new=new):
                raise SubscriptionChangedError
            await self._notices.subscription_reset(tx, account_id, by)
            return new

        return await self._database.transact(work)

    def _subscription(self, account_id: int, token: str, settings: SiteSettings) -> Subscription:
        return Subscription(
            addresses=self._addresses(token, settings), fingerprint=fingerprint(account_id, token)
        )

    def _addresses(self, token: str, settings: SiteSettings) -> tuple[SubscriptionAddress, ...]:
        if self._base is None:
            return ()
        return tuple(
            SubscriptionAddress(each, f"{self._base}/{token}/{each}")
            for each in offered_formats(settings)
        )

    async def _add_token(self, account_id: int) -> str:
        return await self._drawing(
            lambda token: self._database.run(
                lambda connection: self._table.add_token(connection, account_id, token)
            )
        )

    async def _drawing(self, use: Callable[[str], Awaitable[str]]) -> str:
        return await use_new(
            lambda: self._make_token(self._token_length), use, taken=TokenTakenError
        )
