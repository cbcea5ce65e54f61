"""
What a tap in the menu costs the database, on a site of 10,000 accounts and on one of 1,000,000.

`python -m bench.menu [--users N]` starts a private MariaDB, fills it, and goes through the menu as
a bound person does: every button that leads on is pressed, but for those that end or replace
something. Of each it prints the round trips and the median time of the whole answer, its
statements and its words; nothing is sent to a platform.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import uvloop
from sqlalchemy import text

from config_store.bootstrap.settings import BootstrapSettings
from config_store.database import Database
from config_store.live_settings import LiveSettings
from config_store.own.schema import OwnSchema
from config_store.own.tables import OwnTables
from config_store.panel.indexes import ensure_binding_index
from config_store.panel.tables import PanelTables
from core.accounts.assembly import AccountServices
from core.accounts.binding.people import PersonKey
from core.actions import (
    Action,
    ChangeMethod,
    ChangePassword,
    CloseMessage,
    EndBinding,
    OpenPage,
    Page,
    ResetSubscription,
    Unbind,
    encode,
)
from core.chat.asking import Answer, Chat, Person
from core.chat.assembly import ChatOffice
from core.chat.desk import ChatDesk
from core.clock import SiteClock
from core.delivery.assembly import NoticeQueue, queue_tables
from core.delivery.content import Speaker
from core.platform import PlatformName
from core.texts.catalogues import Catalogues
from tests.databases import REAL_SCHEMA, PrivateMariaDB

FEW = 10_000  # accounts
TAPS = 200  # of each button
RECORDS = 100  # of each kind that the person has
PERSON = Person(platform=PlatformName.TELEGRAM, id="501", name="Mei", language="zh-hans")
CHAT = Chat(target="501", is_private=True, message_id="77")
ENDS = (Unbind, EndBinding, ResetSubscription, ChangePassword, ChangeMethod, CloseMessage)
SETTINGS = {
    "telegram_token": "123456789:AAF-token-of-the-benchmark-000000001",
    "telegram_chatid": "-100500",
    "enable_checkin": "1",
    "email_driver": "smtp",
    "login_log": "1",
    "subscribe_log": "1",
}
FILLING = """
    INSERT INTO user (id, user_name, email, pass, passwd, uuid, api_token, port, im_type,
        im_value, contact_method, transfer_enable, node_iplimit)
    SELECT seq, seq, CONCAT(seq, '@example.com'), '', seq, UUID(), seq, 1, 4,
        1000000000 + seq, 2, 1 << 37, 3 FROM {accounts};
    INSERT INTO link (userid, token) SELECT seq, LPAD(seq, 16, '0') FROM {accounts};
    INSERT INTO login_ip (userid, ip, datetime, type)
    SELECT seq, '203.0.113.7', UNIX_TIMESTAMP() - 600, 0 FROM {accounts};
    INSERT INTO online_log (user_id, ip, node_id, first_time, last_time)
    SELECT seq, '::ffff:203.0.113.7', 1, 1, UNIX_TIMESTAMP() + 3600
    FROM {accounts} WHERE seq % 10 = 0;
    INSERT INTO subscribe_log (user_id, type, request_ip, request_time, request_user_agent)
    SELECT seq, 'clash', '203.0.113.7', UNIX_TIMESTAMP() - 600, 'clash-verge/v2.4.2'
    FROM {accounts};
    INSERT INTO payback (total, userid, ref_by, ref_get, datetime)
    SELECT 10, seq, seq + 1, 2, UNIX_TIMESTAMP() - 600 FROM {accounts};
    INSERT INTO im_bindings (platform, platform_user, account_id, is_primary, bound_at)
    SELECT 'telegram', 1000000000 + seq, seq, 1, UTC_TIMESTAMP() FROM {accounts}
"""
OF_THE_PERSON = """
    UPDATE user SET im_value = '501' WHERE id = {account};
    UPDATE im_bindings SET platform_user = '501' WHERE account_id = {account};
    INSERT INTO login_ip (userid, ip, datetime, type)
    SELECT {account}, '203.0.113.9', UNIX_TIMESTAMP() - seq, 0 FROM {records};
    INSERT INTO online_log (user_id, ip, node_id, first_time, last_time)
    SELECT {account}, CONCAT('2001:db8::', seq), 1, 1, UNIX_TIMESTAMP() + 3600 FROM {records};
    INSERT INTO subscribe_log (user_id, type, request_ip, request_time, request_user_agent)
    SELECT {account}, 'clash', '203.0.113.9', UNIX_TIMESTAMP() - seq, 'x' FROM {records};
    INSERT INTO payback (total, userid, ref_by, ref_get, datetime)
    SELECT 10, 7, {account}, 2, UNIX_TIMESTAMP() - seq FROM {records}
"""

Figures = Mapping[str, "Figure"]


@dataclass(frozen=True)
class Figure:
    """What a tap costs: statements that reach the server, and milliseconds."""

    round_trips: float
    median: float


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--users", type=int, default=1_000_000)
    users: int = options.parse_args().users
    with tempfile.TemporaryDirectory() as directory:
        server = PrivateMariaDB(Path(directory), options=("--innodb-buffer-pool-size=1G",))
        try:
            server.install()
            server.start()
            few, many = uvloop.run(_measure(server, users))
        finally:
            server.close()
    _print(few, many, users)


def _print(few: Figures, many: Figures, users: int) -> None:
    print(f"{'':40}{f'{FEW:,} accounts':>24}{f'{users:,} accounts':>24}")
    print(f"{'':40}" + f"{'round trips':>14}{'ms':>10}" * 2)
    for name in few:
        cells = "".join(
            f"{figures[name].round_trips:>14.0f}{figures[name].median:>10.2f}"
            for figures in (few, many)
        )
        print(f"{name:40}{cells}")


async def _measure(server: PrivateMariaDB, users: int) -> tuple[Figures, Figures]:
    database = Database(server.url(server.create_panel(real_schema=REAL_SCHEMA.is_file())))
    await OwnSchema(database=database, tables=OwnTables()).upgrade()
    await ensure_binding_index(database, PanelTables())
    await _execute(database, "DELETE FROM config")
    for item, value in SETTINGS.items():
        await _execute(
            database,
            "INSERT INTO config (item, value, type) VALUES (:item, :value, 'string')",
            item=item,
            value=value,
        )
    await _fill(database, FILLING, accounts=f"seq_1_to_{FEW}")
    await _fill(database, OF_THE_PERSON, account=FEW // 2, records=f"seq_1_to_{RECORDS}")
    few = await _figures(database)
    await _fill(database, FILLING, accounts=f"seq_{FEW + 1}_to_{users}")
    many = await _figures(database)
    await database.close()
    return few, many


async def _fill(database: Database, statements: str, **values: object) -> None:
    for statement in statements.split(";"):
        await _execute(database, statement.format(**values))


async def _execute(database: Database, statement: str, **values: object) -> Any:
    return await database.run(
        lambda connection: connection.execute(text(statement), values), timeout=600
    )


async def _figures(database: Database) -> Figures:
    desk, services = await _site(database)

    async def press(action: Action) -> Answer:
        return await desk.press(encode(action), PERSON, CHAT)

    key = PersonKey(PERSON.platform, PERSON.id)
    look_up = await _figure(database, lambda: services.bindings.look_up(key, CHAT.target))
    figures = {"the look-up alone": look_up}
    home = OpenPage(Page.HOME)
    waiting, seen = [home], {_name(home)}
    while waiting:
        action = waiting.pop(0)
        answer = await press(action)
        for button in _buttons(answer):
            if _name(button) not in seen and not isinstance(button, ENDS):
                seen.add(_name(button))
                waiting.append(button)
        figures[_name(action)] = await _figure(database, lambda action=action: press(action))
    return figures


async def _figure(database: Database, tap: Callable[[], Awaitable[object]]) -> Figure:
    await tap()
    before = await _questions(database)
    waits: list[float] = []
    for _ in range(TAPS):
        began = time.perf_counter()
        await tap()
        waits.append(time.perf_counter() - began)
    spent = await _questions(database) - before - 1
    return Figure(spent / TAPS, statistics.median(waits) * 1000)


async def _questions(database: Database) -> int:
    found = await _execute(database, "SHOW GLOBAL STATUS LIKE 'Questions'")
    return int(found.one()[1])


def _buttons(answer: Answer) -> Iterator[Action]:
    rows = () if answer.message is None else answer.message.buttons
    return (button.does for row in rows for button in row if isinstance(button.does, Action))


def _name(action: Action) -> str:
    """Buttons of one kind count as one, but for pages."""
    kind = type(action).__name__
    return f"{kind} {action.page}" if isinstance(action, OpenPage) else kind


async def _site(database: Database) -> tuple[ChatDesk, AccountServices]:
    own, tables = OwnTables(), PanelTables()
    bootstrap = BootstrapSettings.model_validate(
        {
            "database_url": "sqlite:////nowhere",
            "site_name": "Nimbus",
            "site_url": "https://panel.example",
            "subscription_url": "https://sub.example",
        }
    )
    clock = SiteClock(ZoneInfo("Asia/Shanghai"), lambda: datetime.now(UTC))
    settings = LiveSettings(database=database, tables=tables, interval=60)
    await settings.look()
    catalogues = Catalogues(clock=clock)
    queue = NoticeQueue(
        bootstrap=bootstrap,
        database=database,
        tables=queue_tables(own, tables, database),
        platforms=[],
        settings=settings,
        catalogues=catalogues,
        speaker=Speaker({}),
        clock=clock,
        random=Random(1),
    )
    services = AccountServices(
        bootstrap=bootstrap,
        database=database,
        tables=tables,
        own=own,
        settings=settings,
        notifier=queue.notifier,
        clock=clock,
        random=Random(1),
    )
    office = ChatOffice(
        bootstrap=bootstrap,
        database=database,
        own=own,
        services=services,
        settings=settings,
        catalogues=catalogues,
        notifier=queue.notifier,
        actions=queue.actions,
        running=lambda _: None,
        clock=clock,
    )
    return office.desk, services


if __name__ == "__main__":
    main()
