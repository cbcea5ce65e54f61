"""
Daemons that are killed at random instants while they send.
"""

from pathlib import Path

from tests.crash.harness import Plan, crash_site
from tests.crash.killing import kill_daemon

KILLS = 8
PLAN = Plan(telegram=244, discord=60, slack=16, to_everyone=4, to_one=180, to_group=20)


async def test_a_daemon_killed_again_and_again_loses_nothing(panel_url: str, tmp_path: Path):
    """
    What was accepted arrives, however often the daemon is killed. Twice comes only what a platform
    had taken and the queue did not know yet when the daemon was killed; at Discord nothing.
    """
    async with crash_site(panel_url, plan=PLAN, directory=tmp_path) as site:
        daemon = site.daemon("a", telegram_rate=120)

        async with site.telling(seconds=5):
            await kill_daemon(site, daemon, times=KILLS, within=0.8)
        await site.until_done(200)
        verdict = await site.verdict()

    assert verdict.deliveries == PLAN.deliveries
    assert (verdict.lost, verdict.unended, verdict.strangers) == (set(), {}, set())
    assert verdict.unaccounted == []
    assert verdict.doubles_on("discord") == 0
