"""
Many notices of which no two are the same.
"""

from pathlib import Path

import pytest

from tests.crash.harness import Plan, crash_site

PLAN = Plan(telegram=240, discord=140, to_one=380)


@pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)
async def test_each_of_many_notices_is_sent(panel_url: str, tmp_path: Path):
    """
    However many different notices are on their way at once, each is sent.
    """
    async with crash_site(panel_url, plan=PLAN, directory=tmp_path) as site:
        await site.tell()
        await site.daemon("a").start()
        await site.until_done(60)
        verdict = await site.verdict()

    assert (verdict.lost, verdict.unended, verdict.doubles) == (set(), {}, [])
