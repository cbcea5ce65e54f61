"""
`notify` and `queue` as a script starts them: processes of their own.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from config_store.database import Database
from config_store.own.schema import OwnSchema
from config_store.own.tables import OwnTables
from tests.databases import PASSWORD, PrivateMariaDB

ROOT = Path(__file__).parents[2]


async def start(
    panel_url: str, *arguments: str, stdin: bytes = b"", **settings: Any
) -> tuple[int | None, str, str]:
    settings = {"database_url": panel_url, "site_url": "https://site.example", **settings}
    environment = {key: value for key, value in os.environ.items() if "SSPANEL" not in key}
    environment |= {f"SSPANEL_IM_{name.upper()}": str(value) for name, value in settings.items()}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "run.py", *arguments),
        cwd=ROOT,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        output, told = await process.communicate(stdin)
    return process.returncode, output.decode(), told.decode()


async def test_a_notice_is_queued_without_a_daemon(panel_url: str, database: Database):
    """
    Commands work on the database; the text is read from standard input to its end.
    """
    await OwnSchema(database=database, tables=OwnTables()).upgrade()

    queued = await start(panel_url, "notify", "admins", "--text", "-", stdin="早上好\n".encode())
    stats = await start(panel_url, "queue", "stats", "--json")

    assert (queued[0], queued[2]) == (0, "")
    assert queued[1].startswith("accepted as notice 1: `sspanel-im queue list --notice 1`")
    assert (stats[0], stats[2]) == (0, "")
    assert json.loads(stats[1])["notifications"] == {"expanding": 1}
    rows = await database.run(lambda it: it.execute(text("SELECT content FROM im_notices")))
    assert json.loads(rows.scalar_one())["text"] == "早上好"


async def test_tables_that_are_not_there_name_the_command(panel_url: str):
    """
    Before the daemon ever ran the next step is one line, and no traceback.
    """
    told = [
        await start(panel_url, *arguments)
        for arguments in (("queue", "list"), ("notify", "group", "--text", "x"))
    ]

    for status, output, line in told:
        assert (status, output, line.count("\n")) == (1, "", 1)
        assert "migrate" in line


@pytest.mark.parametrize("panel_url", ["mariadb"], indirect=True)
async def test_a_database_that_is_away_is_one_line(panel_url: str, mariadb: PrivateMariaDB):
    """
    It names address and reason, and no secret.
    """
    await asyncio.to_thread(mariadb.stop)

    status, output, told = await start(panel_url, "notify", "group", "--text", "x")

    await asyncio.to_thread(mariadb.start)
    assert (status, output, told.count("\n")) == (1, "", 1)
    assert "connection refused" in told
    assert PASSWORD not in told


@pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "arguments",
    [
        ("queue",),
        ("queue", "list", "--state", "lost"),
        ("queue", "list", "--notice", "-1"),
        ("notify", "group"),
        ("notify", "admins", "hello"),
    ],
)
async def test_a_command_that_is_not_understood_is_status_2(panel_url: str, arguments: tuple[str]):
    """
    One line says what is wrong and how to see what there is.
    """
    status, output, told = await start(panel_url, *arguments)

    assert (status, output, told.count("\n")) == (2, "", 1)
    assert "--help" in told


@pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)
async def test_a_text_without_its_flag_is_told_where_it_goes(panel_url: str):
    """
    `notify admins hello` names `--text`.
    """
    _, _, told = await start(panel_url, "notify", "admins", "hello")

    assert "behind --text" in told


@pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "arguments",
    [
        ("--config", "{}", "queue", "stats"),
        ("queue", "--config", "{}", "stats"),
        ("queue", "stats", "--config", "{}"),
    ],
)
async def test_a_settings_file_is_named_before_a_command_or_behind_it(
    panel_url: str, tmp_path: Path, arguments: tuple[str, ...]
):
    """
    `--config` counts wherever it stands.
    """
    file = tmp_path / "here.toml"
    file.write_text('log_levle = "info"\n')

    status, _, told = await start(panel_url, *(each.format(file) for each in arguments))

    assert (status, told.count("\n")) == (2, 1)
    assert str(file) in told
