"""
What happens to the account of `BOUND` while its owner goes through the pages of the menu.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import insert, update

from config_store.database import Database
from config_store.own.tables import OwnTables
from config_store.panel.tables import PanelTables
from core.chat.asking import Person
from tests.chat.conftest import BOUND, NOW

Change = Callable[..., Awaitable[None]]


@pytest.fixture
def change(database: Database, tables: PanelTables, account: int) -> Change:
    """
    Changes columns of the account, as the panel does.
    """
    user = tables.user

    async def write(**columns: Any) -> None:
        statement = update(user).where(user.c.id == account).values(columns)
        await database.run(lambda connection: connection.execute(statement))

    return write


@pytest.fixture
def ban(change: Change) -> Callable[[], Awaitable[None]]:
    """
    Bans the account.
    """
    return lambda: change(is_banned=1, banned_reason="fraud")


@pytest.fixture
def speak(change: Change) -> Callable[[str], Awaitable[None]]:
    """
    Gives the account another language.
    """
    return lambda locale: change(locale=locale)


@pytest.fixture
def bind_elsewhere(
    database: Database, account: int, desk: object
) -> Callable[[Person], Awaitable[None]]:
    """
    Binds the account to a person on another platform as well; the first one stays the primary.
    """
    bindings = OwnTables().bindings

    async def bind(person: Person) -> None:
        for each in (BOUND, person):
            row = {
                "platform": each.platform.value,
                "platform_user": each.id,
                "account_id": account,
                "is_primary": each is BOUND,
                "bound_at": NOW.replace(tzinfo=None),
            }
            await database.run(lambda it, row=row: it.execute(insert(bindings).values(row)))

    return bind
