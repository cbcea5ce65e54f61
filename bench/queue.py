"""
What the queue costs: claims at 1,000 and 1,000,000 waiting, statements, the whole way.

`python -m bench.queue [--waiting N] [--deliveries N]` starts a private MariaDB and a small HTTP
server that accepts every message, and measures in one process: claims (time, index reads); then
deliveries through the whole queue with 30 in flight against the bare client's `send_message` with
30 in flight, one after the other in the same run, so that their ratio says something.
"""

import argparse
import asyncio
import gc
import resource
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import uvloop
from aiogram import Bot as Client
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiohttp import web
from sqlalchemy import text

from bots.telegram.deliveries import TelegramDeliveries
from bots.telegram.pace import new_unpaid_pacer
from bots.telegram.session import LeanSession
from config_store.bootstrap.settings import BootstrapSettings
from config_store.database import Database
from config_store.live_settings import LiveSettings
from config_store.own.enqueuing import NewDelivery
from config_store.own.schema import OwnSchema
from config_store.own.tables import OwnTables
from config_store.panel.tables import PanelTables
from core.clock import SiteClock
from core.delivery.assembly import NoticeQueue, queue_tables
from core.delivery.content import LiteralContent, Speaker
from core.delivery.model import ToEveryone
from core.pacing import Limit, Pacer, PaceRules
from core.platform import Credentials, Platform, PlatformName
from core.texts.catalogues import Catalogues
from tests.databases import PrivateMariaDB

TOKEN = "123456789:AAF-token-of-the-benchmark-000000001"
IN_FLIGHT = 30
CLAIM = 50


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--waiting", type=int, default=1_000_000)
    options.add_argument("--deliveries", type=int, default=10_000)
    asked = options.parse_args()
    gc.set_threshold(20_000, 20, 100)  # as the daemon does, for both sides of the comparison
    gc.freeze()
    with tempfile.TemporaryDirectory() as directory:
        server = PrivateMariaDB(Path(directory))
        try:
            server.install()
            server.start()
            uvloop.run(_claims(server, asked.waiting))
            uvloop.run(_whole_way(server, asked.deliveries))
        finally:
            server.close()


async def _claims(server: PrivateMariaDB, most: int) -> None:
    url = server.url(server.create_panel())
    database, own = Database(url), OwnTables()
    await OwnSchema(database=database, tables=own).upgrade()
    tables = queue_tables(own, PanelTables(), database)
    filled = 0
    for waiting in (1000, most):
        began, before = time.perf_counter(), filled
        while filled < waiting:
            count = min(10_000, waiting - filled)
            await database.transact(
                lambda tx, first=filled, count=count: tables.enqueuing.add(
                    tx, _new_deliveries(first, count), now=datetime.now(UTC)
                ),
                timeout=60,
            )
            filled += count
        filling = time.perf_counter() - began
        if filled - before > 1:
            print(f"enqueue: {(filled - before) / filling:,.0f} deliveries/s")
        reads = await _reads(database)
        waits: list[float] = []
        for number in range(20):
            began = time.perf_counter()
            ids: list[int] = await database.transact(
                lambda tx, number=number: tables.claims.take(
                    tx,
                    platform="telegram",
                    priority="broadcast",
                    count=CLAIM,
                    token=number + 1,
                    now=datetime.now(UTC) + timedelta(minutes=5),
                ),
                timeout=30,
            )
            waits.append(time.perf_counter() - began)
            assert len(ids) == CLAIM
        spent = await _reads(database) - reads
        print(
            f"claim of {CLAIM} with {waiting:,} waiting:"
            f" p50 {statistics.median(waits) * 1000:.1f} ms,"
            f" {spent / 20 / CLAIM:.2f} index reads a row"
        )
    await database.close()


def _new_deliveries(first: int, count: int, *, notice_id: int = 1) -> list[NewDelivery]:
    now = datetime.now(UTC)
    return [
        NewDelivery(
            platform="telegram",
            target=str(number + 1),
            priority="broadcast",
            not_before=now,
            expires_at=now + timedelta(days=1),
            notice_id=notice_id,
            account_id=number + 1,
        )
        for number in range(first, first + count)
    ]


async def _reads(database: Database) -> int:
    found = await database.run(
        lambda connection: connection.execute(
            text("SHOW GLOBAL STATUS WHERE Variable_name LIKE 'Handler_read%'")
        )
    )
    return sum(int(row[1]) for row in found if row[0] != "Handler_read_rnd_deleted")


async def _questions(database: Database) -> int:
    found = await database.run(
        lambda connection: connection.execute(text("SHOW GLOBAL STATUS LIKE 'Questions'"))
    )
    return int(found.one()[1])


async def _whole_way(server: PrivateMariaDB, deliveries: int) -> None:
    url = server.url(server.create_panel())
    database = Database(url)
    await _add_people(database, deliveries)
    async with _accepting_server() as api_url:
        spent = time.process_time()
        bare = await _bare(api_url, deliveries)
        bare_cpu = time.process_time() - spent
        print(
            f"bare send_message, {IN_FLIGHT} in flight: {bare:,.0f}/s,"
            f" {_each(bare_cpu, deliveries)}"
        )
        memory = _megabytes()
        spent = time.process_time()
        queued, statements = await _through_the_queue(database, api_url, deliveries)
        queued_cpu = time.process_time() - spent
        share, cpu = queued / bare, _each(queued_cpu, deliveries)
        print(
            f"through the queue, {IN_FLIGHT} in flight: {queued:,.0f}/s, {share:.2f} of it, {cpu}"
        )
        print(f"statements a delivery: {statements / deliveries:.3f}")
        print(f"memory: {memory:.0f} MB before, {_megabytes():.0f} MB at most")
        again = await _bare(api_url, deliveries)
        print(f"bare again: {again:,.0f}/s; through the queue {queued / again:.2f} of it")
    await database.close()


async def _add_people(database: Database, count: int) -> None:
    await database.run(
        lambda connection: connection.execute(
            text(
                "INSERT INTO user (user_name, email, pass, passwd, uuid, api_token, port, im_type,"
                " im_value, contact_method) SELECT seq, CONCAT(seq, '@example.com'), '', seq,"
                " UUID(), seq, 1, 4, seq, 2 FROM seq_1_to_" + str(count)
            )
        ),
        timeout=60,
    )


@asynccontextmanager
async def _accepting_server() -> AsyncIterator[str]:
    """Another process would be fairer and noisier: both ways pay for this one alike."""
    answer = (
        b'{"ok":true,"result":{"message_id":7,"date":1700000000,'
        b'"chat":{"id":1,"type":"private"},"text":"x"}}'
    )

    async def accept(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=answer, content_type="application/json")

    application = web.Application()
    application.router.add_post("/{path:.*}", accept)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _bare(api_url: str, count: int) -> float:
    session = AiohttpSession(api=TelegramAPIServer.from_base(api_url))
    client = Client(TOKEN, session=session)
    numbers = iter(range(1, count + 1))

    async def send() -> None:
        for number in numbers:
            await client.send_message(number, "<b>Title</b>\n\nText", parse_mode="HTML")

    await client.send_message(1, "warm")
    began = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(IN_FLIGHT)))
    spent = time.perf_counter() - began
    await session.close()
    return count / spent


@dataclass
class _Duty:
    bot: object

    def refuse_token(self, error: Exception, *, bot: object = None) -> None:
        raise error


class _Role:
    is_held = True
    epoch = 1
    vacant_since = None

    async def fence(self, connection: object) -> None:
        pass


async def _through_the_queue(database: Database, api_url: str, count: int) -> tuple[float, float]:
    own, panel = OwnTables(), PanelTables()
    await OwnSchema(database=database, tables=own).upgrade()
    settings = LiveSettings(database=database, tables=panel, interval=60)
    await settings.look()
    clock = SiteClock(ZoneInfo("Asia/Shanghai"), lambda: datetime.now(UTC))
    pacer = Pacer(PaceRules(overall=Limit(100_000, 1.0), limits_of=lambda _: (Limit(3, 3.0),)))
    platform = Platform(
        name=PlatformName.TELEGRAM,
        wanted=lambda _: Credentials(token=TOKEN),
        load=_never,
        group_target=lambda _: None,
        pacer=pacer,
        in_flight=IN_FLIGHT * 5 // 4,  # a fifth of it is kept for what is more urgent
    )
    queue = NoticeQueue(
        bootstrap=BootstrapSettings(database_url="sqlite:////nowhere"),
        database=database,
        tables=queue_tables(own, panel, database),
        platforms=[platform],
        settings=settings,
        catalogues=Catalogues(clock=clock),
        speaker=Speaker({}),
        clock=clock,
        random=Random(1),
    )
    stop = asyncio.Event()
    accepted = await queue.notifier.accept(ToEveryone(), LiteralContent(title="Title", text="Text"))
    for first in range(0, count, 1000):
        page = _new_deliveries(first, min(1000, count - first), notice_id=accepted.id)
        await database.transact(
            lambda tx, page=page: queue.tables.enqueuing.add(tx, page, now=datetime.now(UTC))
        )
    async with _telegram(api_url, 30) as bot, asyncio.TaskGroup() as tasks:
        before = await _questions(database)
        began = time.perf_counter()
        tasks.create_task(queue.worker(platform, role=_Role(), duty=_Duty(bot)).run(stop))
        looks = 0
        while not await _are_sent(database, count):
            looks += 1
            await asyncio.sleep(0.25)
        spent = time.perf_counter() - began
        statements = await _questions(database) - before - looks - 2
        stop.set()
    return count / spent, statements


def _never() -> None:
    raise AssertionError


async def _are_sent(database: Database, count: int) -> bool:
    found = await database.run(
        lambda connection: connection.execute(
            text("SELECT COUNT(*) FROM im_deliveries WHERE notice_id = 1 AND state = 'sent'")
        )
    )
    return found.scalar() == count


@asynccontextmanager
async def _telegram(api_url: str, rate: int) -> AsyncIterator[TelegramDeliveries]:
    session = LeanSession(api=TelegramAPIServer.from_base(api_url), limit=250)
    client = Client(TOKEN, session=session)
    yield TelegramDeliveries(
        client=client, session=session, paid_broadcasts=False, unpaid_pacer=new_unpaid_pacer(rate)
    )
    await session.end()


def _each(cpu_seconds: float, count: int) -> str:
    return f"{cpu_seconds / count * 1000:.3f} ms of this process each"


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
