"""
All platforms in trouble at once.
"""

from pathlib import Path

import pytest

from tests.crash.far_side import DISCORD, SLACK, TELEGRAM
from tests.crash.harness import Plan, crash_site
from tests.crash.troubles import make_trouble, measure_lateness

PLAN = Plan(telegram=60, discord=60, slack=60, to_one=180)
LASTING = {SLACK: 9.0, TELEGRAM: 3.0, DISCORD: 6.0}  # seconds
AFTERWARDS = 15.0  # seconds: until it is tried again (5), and for what waits at its pace
PROMPT = 2.0


@pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)
async def test_trouble_on_one_platform_makes_nothing_late_on_another(
    panel_url: str, tmp_path: Path
):
    """
    Slack hangs, Telegram asks to wait and Discord refuses the token at the same time: each is late
    only while its own trouble lasts and a little longer. Nothing is lost.
    """
    async with crash_site(panel_url, plan=PLAN, directory=tmp_path) as site:
        daemon = site.daemon("a", settings_interval=0.2)
        await daemon.start()
        await site.say_hello()

        async with site.telling(seconds=15):
            began = await make_trouble(site, lasting=LASTING)
        await site.until_done(60)
        verdict = await site.verdict()

    assert (verdict.lost, verdict.unended, verdict.strangers) == (set(), {}, set())
    for platform, lateness in measure_lateness(site, began=began).items():
        over = LASTING[platform] + AFTERWARDS
        assert [
            each for each in lateness if each.seconds > max(PROMPT, over - each.accepted_at)
        ] == []
