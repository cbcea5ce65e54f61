"""
Daemons on a cluster of which one node after the other is lost.
"""

import asyncio
from pathlib import Path

import pytest

from tests.crash.harness import Plan
from tests.galera.cluster import PrivateGalera
from tests.galera.conftest import SECONDS_OFF
from tests.galera.site import cluster_site
from tests.galera.strikes import CUT_OFF, KILL

LEASE = 5.0  # seconds; a cluster as watchful as this one stands still for less than 3
PLAN = Plan(telegram=50, discord=25, slack=25)

pytestmark = pytest.mark.galera


async def test_losing_one_node_after_the_other_loses_nothing(
    cluster: PrivateGalera, tmp_path: Path
):
    """
    Three daemons, each on a node of its own: the node of who sends, who lives in another time, is
    cut off, then that of who sends next is killed. What was accepted arrives, twice only what was
    in flight, no role has two holders, others take the roles over, and wait for no clock.
    """
    async with cluster_site(
        cluster,
        plan=PLAN,
        directory=tmp_path,
        seconds_off=SECONDS_OFF,
        lease_seconds=LEASE,
        telegram_rate=40,
    ) as struck:
        site = struck.site
        await struck.start()
        for number, strike in enumerate((CUT_OFF, KILL)):
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(
                    struck.tell(first=1000 * number, to_one=150, to_group=17, seconds=6)
                )
                await site.until_more_is_taken(20)
                former = await struck.holder("telegram")
                roles = struck.roles_of(former)
                await struck.strike(former, strike)
                await struck.until_taken_over(roles, former, seconds=20)
            if strike is CUT_OFF:
                await asyncio.to_thread(cluster.ensure_whole)
        await site.until_done(20)
        verdict = await site.verdict()

    told = "\n".join(verdict.lines())
    assert (verdict.lost, verdict.unended, verdict.strangers) == (set(), {}, set()), told
    assert verdict.unaccounted == [], told
    assert verdict.doubles_on("discord") == 0
    assert struck.watch.overlaps == []
    assert struck.probes.most == 1
