"""
Who is who: the binding between an account and a user of a platform.

A person is found by platform and user id, both as the platform gave them with the message.
Releasing a binding is one conditional UPDATE: one that the site has changed meanwhile is left
alone.
"""

from config_store.database import Database
from config_store.panel.accounts import Account, AccountTable
from core.platform import PlatformName


class UnbindingRefusedError(Exception):
    """Nothing was unbound."""


class BindingChangedError(UnbindingRefusedError):
    """The account is no longer bound to this person: the site has changed it meanwhile."""


class WrongEmailError(UnbindingRefusedError):
    """The address is not the account's."""


class Bindings:
    """Finds the account of a person, and releases it."""

    def __init__(self, *, database: Database, accounts: AccountTable) -> None:
        self._database = database
        self._accounts = accounts

    async def find_account(self, platform: PlatformName, user_id: str) -> Account | None:
        """
        The account bound to a user of a platform, in one statement; None if there is none.

        Raises:
            AmbiguousBindingError: two accounts are bound to this user; neither is served.
        """
        return await self._database.run(
            lambda connection: self._accounts.find_by_binding(connection, platform.value, user_id)
        )

    async def unbind(self, account_id: int, platform: PlatformName, user_id: str) -> None:
        """
        Release a binding.

        Raises:
            BindingChangedError: there is no such binding any more.
        """
        is_released = await self._database.run(
            lambda connection: self._accounts.release_binding(
                connection, account_id, platform.value, user_id
            )
        )
        if not is_released:
            raise BindingChangedError

    async def unbind_by_email(
        self, account_id: int, platform: PlatformName, user_id: str, email: str
    ) -> None:
        """
        Release a binding, confirmed by the account's e-mail address.

        Raises:
            WrongEmailError: the address is another; nothing is changed.
            BindingChangedError: there is no such binding any more.
        """
        is_right = await self._database.run(
            lambda connection: self._accounts.has_email(connection, account_id, email)
        )
        if not is_right:
            raise WrongEmailError
        await self.unbind(account_id, platform, user_id)
