"""
`broadcast` as it is typed, on a queue of either engine; once as a process at a terminal.
"""

import argparse
import asyncio
import os
import pty
import shlex
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config_store.database import Database
from config_store.own.schema import OwnSchema
from config_store.own.tables import OwnTables
from core.clock import SiteClock
from core.console import broadcast
from core.console.asking import Terminal
from tests.conftest import AddAccount, SetConfig
from tests.console.conftest import Ended
from tests.delivery.conftest import House

ROOT = Path(__file__).parents[2]
NEWS = '--title News --text "All is *well*." --format markdown'

Type = Callable[..., Awaitable[Ended]]


@dataclass
class Operator(Terminal):
    """
    Somebody at a terminal, who answers as a test says; None: nobody is there.
    """

    says_yes: bool | None = None
    asked: list[str] = field(default_factory=list)

    @property
    def is_there(self) -> bool:
        return self.says_yes is not None

    async def confirms(self, question: str, *, to: str = "go on") -> bool:
        self.asked.append(question)
        return bool(self.says_yes)


@pytest.fixture
def operator() -> Operator:
    return Operator()


@pytest.fixture
async def type_in(
    house: House,
    schema: OwnSchema,
    operator: Operator,
    add_account: AddAccount,
    capsys: pytest.CaptureFixture[str],
) -> Type:
    """
    Types what stands behind `broadcast`. Three accounts are there.
    """
    await add_account(im_type=4, im_value="1", contact_method=2, **{"class": 2})
    await add_account(im_type=4, im_value="2", contact_method=2)
    await add_account(**{"class": 2})

    async def type_(line: str, *, stdin: str = "") -> Ended:
        parser = argparse.ArgumentParser()
        broadcast.add_to(parser.add_subparsers())
        try:
            options = parser.parse_args(["broadcast", *shlex.split(line)])
        except SystemExit as end:
            return Ended(int(end.code or 0), *capsys.readouterr())
        command = broadcast.BroadcastCommand(
            broadcasts=house.queue.broadcasts,
            schema=schema,
            clock=SiteClock(ZoneInfo("Asia/Shanghai"), house.time),
            terminal=operator,
            read=lambda: stdin,
        )
        return Ended(await command.run(options), *capsys.readouterr())

    return type_


async def test_it_is_looked_at_sent_watched_and_ended(type_in: Type, house: House):
    """
    Preview, test, send, show, pause, resume and cancel, each as JSON.
    """
    preview = (await type_in(f"preview {NEWS} --level 1- --json")).json
    sent = (await type_in(f"send {NEWS} --platform telegram --yes --dedupe-key june --json")).json
    again = (await type_in(f"send {NEWS} --yes --dedupe-key june --json")).json
    tested = (await type_in(f"test {NEWS} --to telegram:-100:5 --json")).json
    orders = ("pause", "resume", "cancel")
    states = [(await type_in(f"{order} {sent['id']} --json")).json["state"] for order in orders]
    shown = (await type_in(f"show {sent['id']} --json")).json

    assert preview["accounts"]["by_platform"] == {"telegram": 1}
    assert preview["accounts"]["only_by_email"] == 1
    assert (sent["is_new"], again) == (True, {"id": sent["id"], "is_new": False})
    assert states == ["paused", "expanding", "cancelled"]
    assert (shown["expected"], shown["audience"]) == ({"telegram": 2}, {"platform": ["telegram"]})
    (delivery,) = await house.rows("SELECT notice_id, target FROM im_deliveries")
    assert ([delivery.notice_id], delivery.target) == (tested["notifications"], "-100:5")


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        (f"send {NEWS}", 2, "add --yes"),
        ("send --text -", 2, "--text: expected at least 1 character"),
        (f"send {NEWS} --level high --yes", 2, "expected levels such as"),
        (f"send {NEWS} --level 3-1 --yes", 2, "--level: expected min not above max"),
        (f"send {NEWS} --expires-within 0 --yes", 2, "--expires-within: expected"),
        (f"send {NEWS} --expires-within 1 --expiry active --yes", 2, "not allowed with"),
        ("send --text '<b></b>' --format html --yes", 2, "--text: expected"),
        (f"test {NEWS} --to icq:5", 2, "expected platform:target"),
        ("show 7", 1, "there is no broadcast 7"),
        ("pause 7", 1, "there is no broadcast 7"),
    ],
)
async def test_a_mistake_is_told_and_sends_nothing(
    type_in: Type, house: House, line: str, status: int, words: str
):
    """
    A script that forgot `--yes`, a level that is none, an id that there is not.
    """
    ended = await type_in(line)

    assert (ended.status, ended.output) == (status, "")
    assert words in ended.told
    assert not await house.rows("SELECT 1 FROM im_notices")


@pytest.mark.parametrize("says_yes", [True, False])
async def test_it_asks_before_it_sends(
    type_in: Type, house: House, operator: Operator, *, says_yes: bool
):
    """
    The operator sees how many it reaches and how long that takes, and says yes or no.
    """
    operator.says_yes = says_yes

    ended = await type_in(f"send {NEWS}")

    assert ended.status == (0 if says_yes else 1)
    assert operator.asked == ["This tells 2 accounts and takes at least 0 s."]
    assert "only by mail, so not told without --email: 1\n" in ended.output
    assert len(await house.rows("SELECT 1 FROM im_notices")) == says_yes


async def test_nobody_is_asked_where_standard_input_is_the_text(type_in: Type, operator: Operator):
    """
    What is read from standard input can't be confirmed there.
    """
    operator.says_yes = True

    ended = await type_in("send --text -", stdin="Hello")

    assert (ended.status, operator.asked) == (2, [])


async def test_a_person_reads_how_it_stands(type_in: Type):
    """
    `show` tells state, audience, and numbers by platform.
    """
    sent = await type_in(f"send {NEWS} --level 1,2 --inactive-for 3 --yes")
    shown = (await type_in("show 1")).output

    assert sent.output == "accepted as broadcast 1: `broadcast show 1` follows it\n"
    assert shown.startswith("broadcast 1: being sent, accepted ")
    assert "audience: level 1, 2; inactive for 3 days\n" in shown
    assert "accounts gone through: 0%\n" in shown
    assert "telegram         1" in shown


@pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)
async def test_a_process_shows_what_is_sent_and_asks(
    panel_url: str, database: Database, own_tables: OwnTables, set_config: SetConfig
):
    """
    At a terminal the text stands there as it would be sent, and „no" sends nothing.
    """
    await OwnSchema(database=database, tables=own_tables).upgrade()
    await set_config("enable_telegram", 1)
    await set_config("telegram_token", "1:a")
    environment = {key: value for key, value in os.environ.items() if "SSPANEL" not in key}
    environment["SSPANEL_IM_DATABASE_URL"] = panel_url
    environment["SSPANEL_IM_SITE_URL"] = "https://site.example"
    ours, theirs = pty.openpty()

    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-u", "run.py", "broadcast", "send", *shlex.split(NEWS)),
            cwd=ROOT,
            env=environment,
            stdin=theirs,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        async with asyncio.timeout(60):
            shown = await process.stdout.readuntil(b"Type yes to go on: ")
            os.write(ours, b"no\n")
            _, told = await process.communicate()
    finally:
        os.close(ours)
        os.close(theirs)

    assert "--- telegram ---\n<b>News</b>\n\nAll is <i>well</i>." in shown.decode()
    assert (process.returncode, told.decode()) == (1, "nothing was sent\n")
