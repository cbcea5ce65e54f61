"""
Two daemons on one database, of which the one at work is got out of the way.
"""

from pathlib import Path

from tests.crash.harness import Plan, crash_site
from tests.crash.takeovers import Duo, Way
from tests.crash.watching import watching_leases

PLAN = Plan(telegram=160, discord=40, slack=10, to_everyone=4, to_one=100, to_group=6)


async def test_the_other_daemon_goes_on_and_nothing_is_lost(mariadb_url: str, tmp_path: Path):
    """
    Whatever becomes of the daemon at work, another takes its roles and goes on. Nothing is lost,
    nothing is sent by who has lost the role, and there are never two who have it.
    """
    async with (
        crash_site(mariadb_url, plan=PLAN, directory=tmp_path) as site,
        watching_leases(mariadb_url, site.daemons) as watch,
    ):
        duo = await Duo.make(site, watch, lease=1.5)
        async with site.telling(seconds=15):
            await duo.take_turns([Way.KILLED, Way.STOPPED, Way.PAUSED, Way.CUT, Way.MUTE])
        await site.until_done(60)
        verdict = await site.verdict()

    assert (verdict.lost, verdict.unended, verdict.strangers) == (set(), {}, set())
    assert verdict.unaccounted == []
    assert verdict.doubles_on("discord") == 0
    assert watch.breaches() == []
    assert duo.trespasses() == []
