"""
A database that is killed and comes back while the daemon sends.
"""

from pathlib import Path

from tests.crash.harness import Plan, crash_site
from tests.crash.killing import kill_database
from tests.databases import PrivateMariaDB

PLAN = Plan(telegram=180, discord=40, slack=10, to_everyone=4, to_one=80, to_group=4)


async def test_a_database_that_is_killed_loses_nothing(
    mariadb: PrivateMariaDB, mariadb_url: str, tmp_path: Path
):
    """
    What the database had committed arrives, and what the daemon knows of while the database is
    away is written when it is back: nothing comes twice.
    """
    async with crash_site(mariadb_url, plan=PLAN, directory=tmp_path) as site:
        await site.daemon("a", telegram_rate=120).start()

        async with site.telling(seconds=8):
            await kill_database(site, mariadb, times=3, within=1.0)
        await site.until_done(60)
        verdict = await site.verdict()

    assert (verdict.lost, verdict.unended, verdict.strangers) == (set(), {}, set())
    assert verdict.doubles == []
