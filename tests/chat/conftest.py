"""
The real desk on a fresh panel, on MariaDB and on SQLite; the platform's side is the test.

It is 17:05 of 24 November 2026 at a site in Shanghai, whose group is -100500.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select

from config_store.bootstrap import BootstrapSettings
from config_store.database import Database
from config_store.live_settings import LiveSettings
from config_store.own.tables import OwnTables
from config_store.panel.tables import PanelTables
from core.accounts.assembly import AccountServices
from core.actions import Action, encode
from core.chat.asking import Answer, Chat, Person
from core.chat.assembly import ChatOffice
from core.chat.desk import ChatDesk
from core.clock import SiteClock
from core.delivery.assembly import NoticeQueue, queue_tables
from core.delivery.content import Speaker
from core.platform import Bot, Platform, PlatformName
from core.texts.catalogues import Catalogues
from core.texts.notices import worded_notices
from tests.conftest import AddAccount, SetConfig

NOW = datetime(2026, 11, 24, 9, 5, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
PRIVATE_URL = "https://t.me/our_bot?start=menu"
PRIVATE = Chat(target="7001", is_private=True, private_chat_url=PRIVATE_URL)
SITE_GROUP = Chat(target="-100500", is_private=False, private_chat_url=PRIVATE_URL)
OTHER_GROUP = Chat(target="-100999", is_private=False, private_chat_url=PRIVATE_URL)
BOUND = Person(platform=PlatformName.TELEGRAM, id="7001", name="Mei", language="zh-hans")
STRANGER = Person(platform=PlatformName.TELEGRAM, id="7002", name="Bob", language="en")
ANONYMOUS = Person(platform=PlatformName.TELEGRAM, id="1087968824", name="Group", is_anonymous=True)

Configure = Callable[..., Awaitable[None]]


def bootstrap_settings(**values: Any) -> BootstrapSettings:
    return BootstrapSettings.model_validate(
        {
            "database_url": "sqlite:////unused.sqlite",
            "site_name": "Nimbus",
            "site_url": "https://panel.example",
            "subscription_url": "https://sub.example",
            **values,
        }
    )


@pytest.fixture
def live_settings(database: Database, tables: PanelTables) -> LiveSettings:
    """
    Settings that look when they are told to.
    """
    return LiveSettings(database=database, tables=tables, interval=1.0)


@pytest.fixture
def configure(live_settings: LiveSettings, set_config: SetConfig) -> Configure:
    """
    Writes settings as the panel does and takes them over.
    """

    async def write(**items: object) -> None:
        for item, value in items.items():
            await set_config(item, value)
        await live_settings.look()

    return write


@dataclass(frozen=True)
class Office:
    """A desk, and what stands behind it."""

    desk: ChatDesk
    services: AccountServices
    queue: NoticeQueue
    settings: LiveSettings
    clock: SiteClock


OpenOffice = Callable[..., Office]


@pytest.fixture
def open_office(
    has_own_tables: None, database: Database, tables: PanelTables, live_settings: LiveSettings
) -> OpenOffice:
    """
    Opens the desk of a site; the daemon's own tables are there, and no bot runs.

    `platforms`: those the site has, for what goes through the queue; `now`: the time.
    """
    own = OwnTables()

    def open_(
        *,
        zone: str = "Asia/Shanghai",
        now: Callable[[], datetime] = lambda: NOW,
        platforms: Sequence[Platform] = (),
        running: Callable[[PlatformName], Bot | None] = lambda _: None,
        **bootstrap_values: Any,
    ) -> Office:
        bootstrap = bootstrap_settings(**bootstrap_values)
        clock = SiteClock(ZoneInfo(zone), now)
        catalogues = Catalogues(clock=clock)
        queue = NoticeQueue(
            bootstrap=bootstrap,
            database=database,
            tables=queue_tables(own, tables, database),
            platforms=platforms,
            settings=live_settings,
            catalogues=catalogues,
            speaker=Speaker(worded_notices(site_url=bootstrap.site_url)),
            clock=clock,
            random=Random(1),
        )
        services = AccountServices(
            bootstrap=bootstrap,
            database=database,
            tables=tables,
            own=own,
            settings=live_settings,
            notifier=queue.notifier,
            clock=clock,
            random=Random(1),
        )
        desk = ChatOffice(
            bootstrap=bootstrap,
            database=database,
            own=own,
            services=services,
            settings=live_settings,
            catalogues=catalogues,
            notifier=queue.notifier,
            actions=queue.actions,
            running=running,
            clock=clock,
        ).desk
        return Office(desk, services, queue, live_settings, clock)

    return open_


@pytest.fixture
def office(open_office: OpenOffice) -> Office:
    """
    The office of `desk`.
    """
    return open_office()


@pytest.fixture
def unready_desk(office: Office) -> ChatDesk:
    """
    A desk whose settings have not been read yet.
    """
    return office.desk


@pytest.fixture
async def desk(unready_desk: ChatDesk, configure: Configure) -> ChatDesk:
    """
    The desk of a site whose group may be answered in and where check-in is on.
    """
    await configure(
        telegram_chatid=-100500,
        telegram_group_quiet=0,
        enable_checkin=1,
        checkin_min=10,
        checkin_max=10,
    )
    return unready_desk


@pytest.fixture
async def account(add_account: AddAccount) -> int:
    """
    The account of `BOUND`: 100 GB, 10 GB used, 1 GB of them today.
    """
    return await add_account(
        user_name="mei",
        email="Mei@Example.com",
        im_type=4,
        im_value=BOUND.id,
        locale="zh_CN",
        transfer_enable=100 * 1024**3,
        u=4 * 1024**3,
        d=6 * 1024**3,
        transfer_today=1024**3,
        money="12.50",
        node_speedlimit=200,
        **{"class": 2, "class_expire": datetime(2026, 12, 1, 12, 0)},  # noqa: DTZ001 - site time
    )


@pytest.fixture
def read_account(database: Database, tables: PanelTables) -> Callable[[int], Awaitable[Any]]:
    """
    An account's row as it stands.
    """
    user = tables.user

    async def read(account_id: int) -> Any:
        found = await database.run(
            lambda connection: connection.execute(select(user).where(user.c.id == account_id))
        )
        return found.one()

    return read


@pytest.fixture
def statements(database: Database) -> Callable[[], Any]:
    """
    Counts the statements within a `with`.
    """
    engines = [database._statements.sync_engine, database._transactions.sync_engine]

    @contextmanager
    def count() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            seen.append(statement)

        for engine in engines:
            event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", note)

    return count


@pytest.fixture
def press(desk: ChatDesk) -> Callable[..., Awaitable[Answer]]:
    """
    Presses a button with an action, as the bound person in private if not told otherwise.
    """

    async def press_button(action: Action, asker: Person = BOUND, chat: Chat = PRIVATE) -> Answer:
        return await desk.press(encode(action), asker, chat)

    return press_button
