"""An account at a glance: level, balance, traffic, in one statement."""

from config_store.database import Database
from config_store.panel.accounts import AccountOverview, AccountTable


class AccountOverviews:
    """Looks at accounts."""

    def __init__(self, *, database: Database, accounts: AccountTable) -> None:
        self._database = database
        self._accounts = accounts

    async def get(self, account_id: int) -> AccountOverview:
        """
        The account as it stands now.

        Raises:
            AccountGoneError: the panel has deleted it.
        """
        return await self._database.run(
            lambda connection: self._accounts.get_overview(connection, account_id)
        )
