"""
Passwords that are to be seen in a message for a while, and hidden again for certain.

Before a password is shown, a deferred action is written that puts the hidden page back: a restart
does not forget it, and any daemon does it. A mark in the database says that the message still shows
a password. Whoever hides it himself takes the mark away, so that what he looks at in the same
message later is left alone. The action holds no secret: what it shows is read when it is done.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database
from config_store.own.shown_passwords import ShownPassword, ShownPasswordTable
from config_store.panel.accounts import AccountGoneError
from core.accounts.connection import Connections
from core.clock import SiteClock
from core.delivery.actions import HIDE_PASSWORD, WORTH_DOING_FOR, DeferredActions
from core.message import Message
from core.platform import Bot, PlatformName
from core.texts import connection as texts
from core.texts.catalogues import Catalogues
from core.texts.languages import Language
from core.texts.words import Words

SHOWN_FOR = timedelta(seconds=60)


class ShownPasswords:
    """Has passwords hidden that are shown, and notes those that their readers have hidden."""

    def __init__(
        self,
        *,
        database: Database,
        table: ShownPasswordTable,
        actions: DeferredActions,
        clock: SiteClock,
    ) -> None:
        self._database = database
        self._table = table
        self._actions = actions
        self._clock = clock

    async def hide_later(
        self, tx: AsyncConnection, shown: ShownPassword, *, account_id: int, language: Language
    ) -> None:
        """Have a message hide a password when its time is over, within the caller's transaction."""
        due = self._clock.now() + SHOWN_FOR
        mark = await self._table.mark(tx, shown, expires_at=due + WORTH_DOING_FOR)
        await self._actions.schedule(
            tx,
            HIDE_PASSWORD,
            platform=PlatformName(shown.platform),
            target=shown.target,
            due=due,
            arguments={
                "platform": shown.platform,
                "message_id": shown.message_id,
                "mark": mark,
                "account_id": account_id,
                "language": language.value,
            },
        )

    async def is_hidden(self, shown: ShownPassword) -> None:
        """Its reader hides a password himself: one statement."""
        await self._database.run(lambda connection: self._table.unmark(connection, shown))


class PasswordHiding:
    """Does the deferred action."""

    def __init__(
        self,
        *,
        database: Database,
        table: ShownPasswordTable,
        connections: Connections,
        catalogues: Catalogues,
    ) -> None:
        self._database = database
        self._table = table
        self._connections = connections
        self._catalogues = catalogues

    async def act(self, bot: Bot, target: str, arguments: Mapping[str, Any]) -> None:
        """
        Hide a password, unless its reader has hidden it or has had it shown once more since.

        Raises:
            PlatformError: as `Bot.edit`; it is to be hidden yet.
        """
        shown = ShownPassword(
            platform=arguments["platform"], target=target, message_id=arguments["message_id"]
        )
        is_shown = await self._database.run(
            lambda connection: self._table.has_mark(connection, shown, arguments["mark"])
        )
        if not is_shown:
            return
        words = self._catalogues.words(Language(arguments["language"]))
        message = await self._hidden(words, arguments["account_id"])
        await bot.edit(target, shown.message_id, message)
        await self._database.run(lambda connection: self._table.unmark(connection, shown))

    async def _hidden(self, words: Words, account_id: int) -> Message:
        try:
            connection = await self._connections.get(account_id)
        except AccountGoneError:
            return texts.password_is_hidden(words)
        if connection.is_banned:
            return texts.password_is_hidden(words)
        return texts.page(words, connection)
