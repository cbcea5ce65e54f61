"""
Commands as they are typed, on a queue of either engine; what they print is read by `capsys`.
"""

import argparse
import json
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config_store.own.schema import OwnSchema
from core.clock import SiteClock
from core.console import notify, queue
from core.delivery.content import LiteralContent
from core.delivery.model import ToChat
from core.platform import PlatformName
from tests.delivery.conftest import House, house, open_house, own_tables, site

__all__ = ["house", "open_house", "own_tables", "site"]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it printed."""

    status: int
    output: str
    told: str

    @property
    def json(self) -> Any:
        return json.loads(self.output)


Type = Callable[..., Awaitable[Ended]]


@pytest.fixture
async def schema(house: House) -> OwnSchema:
    """
    The revision of the tables as `migrate` leaves it.
    """
    schema = OwnSchema(database=house.database, tables=house.queue.tables.own)
    await schema.upgrade()
    return schema


@pytest.fixture
def type_in(house: House, schema: OwnSchema, capsys: pytest.CaptureFixture[str]) -> Type:
    """
    Types a command; `stdin` is what stands in standard input.
    """

    async def type_(line: str, *more: str, stdin: str = "") -> Ended:
        parser = argparse.ArgumentParser(exit_on_error=False)
        commands = parser.add_subparsers(dest="command")
        notify.add_to(commands)
        queue.add_to(commands)
        capsys.readouterr()  # what was logged before
        try:
            options = parser.parse_args([*shlex.split(line), *more])
        except SystemExit as end:
            return Ended(int(end.code or 0), *capsys.readouterr())
        if options.command == "notify":
            status = await notify.run(
                options, notifier=house.notifier, schema=schema, read=lambda: stdin
            )
        else:
            clock = SiteClock(ZoneInfo("Asia/Shanghai"), house.time)
            command = queue.QueueCommand(
                oversight=house.queue.oversight, schema=schema, clock=clock
            )
            status = await command.run(options)
        return Ended(status, *capsys.readouterr())

    return type_


@pytest.fixture
def fill(house: House) -> Callable[[int], Awaitable[None]]:
    """
    Puts messages to chats 1, 2, 3 … into the queue.
    """

    async def fill(number: int) -> None:
        for each in range(number):
            await house.notifier.accept(
                ToChat(PlatformName.TELEGRAM, str(each + 1)), LiteralContent(text=f"text {each}")
            )

    return fill
