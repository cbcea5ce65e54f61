"""
What the site has recorded of an account, as its owner may see it. One statement each at most.

What the site does not record is None instead of an empty list, which would say that nothing
happened.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from ipaddress import AddressValueError, IPv6Address

from config_store.catalogue import SiteSettings
from config_store.database import Database
from config_store.panel.records import Fetch, Login, OnlineAddresses, Rebate, RecordTable
from core.clock import SiteClock

ONLINE_FOR = timedelta(seconds=90)  # after the last sign of an address it counts as gone


class AccountRecords:
    """Looks into the records of accounts."""

    def __init__(self, *, database: Database, table: RecordTable, clock: SiteClock) -> None:
        self._database = database
        self._table = table
        self._clock = clock

    async def find_logins(self, account_id: int, settings: SiteSettings) -> Sequence[Login] | None:
        """The last log-ins, the latest first; None if the site keeps none (`login_log`)."""
        if not settings.login_log:
            return None
        return await self._database.run(
            lambda connection: self._table.find_logins(connection, account_id)
        )

    async def find_online(self, account_id: int) -> OnlineAddresses:
        """
        The addresses that are connected now, IPv4 ones in their own form.

        Raises:
            AccountGoneError: the panel has deleted the account.
        """
        since = self._clock.now() - ONLINE_FOR
        found = await self._database.run(
            lambda connection: self._table.find_online(connection, account_id, since=since)
        )
        return replace(found, shown=[own_form(address) for address in found.shown])

    async def find_rebates(self, account_id: int) -> Sequence[Rebate]:
        """The last rebates, the latest first."""
        return await self._database.run(
            lambda connection: self._table.find_rebates(connection, account_id)
        )

    async def find_fetches(self, account_id: int, settings: SiteSettings) -> Sequence[Fetch] | None:
        """
        The last fetches of the subscription, the latest first; None if the site keeps none
        (`subscribe_log`).
        """
        if not settings.subscribe_log:
            return None
        return await self._database.run(
            lambda connection: self._table.find_fetches(connection, account_id)
        )


def own_form(address: str) -> str:
    """An address as people write it: the IPv4 one that is mapped into an IPv6 one, else itself."""
    try:
        mapped = IPv6Address(address).ipv4_mapped
    except AddressValueError:
        return address
    return address if mapped is None else str(mapped)
