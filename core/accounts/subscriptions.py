"""
The subscription of an account: a secret token, and an address for each format of client.

Whoever has the token has the account's connections. It is made at first use, and the database
decides which one holds if two ask at the same moment.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from secrets import token_hex

from config_store.catalogue import SiteSettings
from config_store.database import Database
from config_store.panel.accounts import AccountOverview
from config_store.panel.subscriptions import SubscriptionTable, TokenTakenError

_DRAWS = 4  # tokens to try before giving up
MIN_TOKEN_LENGTH = 8  # hexadecimal characters; the panel makes none shorter


class SubscriptionFormat(StrEnum):
    """The formats of a subscription, as the panel's addresses call them."""

    CLASH = "clash"
    SINGBOX = "singbox"
    JSON = "json"
    SIP008 = "sip008"
    SIP002 = "sip002"
    SS = "ss"
    V2RAY = "v2ray"
    V2RAY_JSON = "v2rayjson"
    TROJAN = "trojan"


@dataclass(frozen=True, slots=True)
class SubscriptionAddress:
    """Where a client of that format fetches the subscription. The address is a secret."""

    format: SubscriptionFormat
    url: str = field(repr=False)


def offered_formats(settings: SiteSettings) -> tuple[SubscriptionFormat, ...]:
    """The formats that the site offers, the most used first."""
    switched_off: set[SubscriptionFormat] = set()
    if not settings.enable_ss_sub:
        switched_off |= {
            SubscriptionFormat.SIP008,
            SubscriptionFormat.SIP002,
            SubscriptionFormat.SS,
        }
    if not settings.enable_v2_sub:
        switched_off |= {SubscriptionFormat.V2RAY, SubscriptionFormat.V2RAY_JSON}
    if not settings.enable_trojan_sub:
        switched_off.add(SubscriptionFormat.TROJAN)
    return tuple(each for each in SubscriptionFormat if each not in switched_off)


def new_token(length: int) -> str:
    """A random token of `length` hexadecimal characters, 8 at least."""
    characters = max(length, MIN_TOKEN_LENGTH)
    return token_hex(characters)[:characters]


class Subscriptions:
    """
    Gives accounts their subscription addresses.

    `subscription_url`: what the addresses begin with, None if it is not known: there are no
    addresses then. `token_length`: of new tokens, in characters.
    """

    def __init__(
        self,
        *,
        database: Database,
        table: SubscriptionTable,
        subscription_url: str | None,
        token_length: int,
        make_token: Callable[[int], str] = new_token,
    ) -> None:
        self._database = database
        self._table = table
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
        return tuple(
            SubscriptionAddress(each, f"{self._base}/{token}/{each}")
            for each in offered_formats(settings)
        )

    async def _add_token(self, account_id: int) -> str:
        for _ in range(_DRAWS - 1):
            try:
                return await self._try_token(account_id)
            except TokenTakenError:  # short tokens of many accounts do meet
                continue
        return await self._try_token(account_id)

    async def _try_token(self, account_id: int) -> str:
        token = self._make_token(self._token_length)
        return await self._database.run(
            lambda connection: self._table.add_token(connection, account_id, token)
        )
