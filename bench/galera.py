"""
What the loss of nodes costs a site of three daemons on a Galera cluster, one daemon a node.

`python -m bench.galera [--deliveries N] [--rounds N]` starts three nodes on loopback, of which the
last, and its daemon, live 90 seconds ahead, and three local platforms. While deliveries go out the
node of the daemon that sends is killed, stopped, cut off and paused in turn, and brought back.
Printed is what was lost, what came twice and why, how long nobody had the roles, whether two ever
had one, and how long people waited for the answer to `/my`. The cluster has the usual settings: it
stands still for some six seconds when it loses a node without warning.
"""

import argparse
import asyncio
import resource
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from sandbox.telegram import Message
from tests.crash.far_side import TELEGRAM, marks_in
from tests.crash.harness import CrashSite, Plan
from tests.galera.cluster import GaleraNode, PrivateGalera, missing_here
from tests.galera.site import ROLES, ClusterSite, cluster_site
from tests.galera.strikes import ALL, Strike

SECONDS_OFF = 90  # of the last node's clock
ACCOUNTS = {"telegram": 300, "discord": 100, "slack": 100}
TO_GROUP = 5  # notices to the site's groups between two strikes
TELLING = 5.0  # seconds over which the notices between two strikes are spread
SETTLING = 4.0  # seconds from a takeover until the node is brought back
PATIENCE = 60.0  # seconds for a takeover, and for an answer
ASK_EVERY = 2.0  # seconds


def main() -> None:
    """Print the figures; exit with 1 if a promise was broken."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--deliveries", type=int, default=5000)
    options.add_argument("--rounds", type=int, default=2, help="strikes of each kind")
    given = options.parse_args()
    if (reason := missing_here()) is not None:
        sys.exit(reason)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    cluster = PrivateGalera(seconds_off=SECONDS_OFF)
    with tempfile.TemporaryDirectory() as directory:
        try:
            began = time.monotonic()
            cluster.start()
            print(f"three nodes up after {time.monotonic() - began:.1f} s", flush=True)
            kept = asyncio.run(
                _measure(cluster, Path(directory), given.deliveries, list(ALL) * given.rounds)
            )
        finally:
            cluster.close()
    sys.exit(0 if kept else 1)


async def _measure(
    cluster: PrivateGalera, directory: Path, deliveries: int, strikes: list[Strike]
) -> bool:
    each_time = deliveries // len(strikes) - sum(ACCOUNTS.values()) - 3 * TO_GROUP
    async with cluster_site(
        cluster,
        plan=Plan(**ACCOUNTS),
        directory=directory,
        seconds_off=SECONDS_OFF,
        lease_seconds=None,
        telegram_rate=60,
    ) as struck:
        await struck.start()
        asking = Asking(struck.site)
        async with asyncio.TaskGroup() as tasks:
            asker = tasks.create_task(asking.run())
            for number, strike in enumerate(strikes):
                telling = tasks.create_task(
                    struck.tell(
                        first=1000 * number,
                        to_one=max(each_time, 1),
                        to_group=TO_GROUP,
                        seconds=TELLING,
                    )
                )
                await _strike(struck, number, strike)
                await telling
            await struck.site.until_done(240)
            asker.cancel()
        return await _tell(struck, asking)


async def _strike(struck: ClusterSite, number: int, strike: Strike) -> None:
    """Strike the node of who sends in the middle of it, wait for the takeover, bring it back."""
    role = ROLES[number % 3]
    await struck.site.until_more_is_taken(struck.site.random.randint(20, 200), 60)
    former = await struck.holder(role)
    roles = struck.roles_of(former)
    at = await struck.strike(former, strike)
    taken_over = await struck.until_taken_over(roles, former, PATIENCE)
    await asyncio.sleep(SETTLING)
    node = struck.node_of(former)
    began = time.monotonic()
    await asyncio.to_thread(struck.cluster.ensure_whole)
    print(
        f"node {node.name} {strike.done}: {', '.join(roles)} with others after"
        f" {taken_over - at:.1f} s; back in {time.monotonic() - began:.1f} s",
        flush=True,
    )


@dataclass
class Asking:
    """
    Somebody who asks `/my` all the time. Seconds until the answer: `told` are those that say that
    the site cannot be reached.
    """

    site: CrashSite
    answered: list[float] = field(default_factory=list)
    told: list[float] = field(default_factory=list)
    unanswered: int = 0

    async def run(self) -> None:
        world, bot = self.site.far.telegram.world, self.site.far.telegram_bot
        account = next(each for each in self.site.accounts if each.platform == TELEGRAM)
        person = int(account.target)

        def is_answer(message: Message) -> bool:
            is_of_bot = message.sender is not None and message.sender.id == bot.id
            return is_of_bot and not marks_in(message.text)

        while True:
            began = time.monotonic()
            asked = world.write(person, person, "/my")
            try:
                answer = await world.wait_for(person, is_answer, after=asked.id, seconds=PATIENCE)
            except TimeoutError:
                self.unanswered += 1
                continue
            is_account = answer.text.count("\n") > 2  # the other is one sentence
            (self.answered if is_account else self.told).append(time.monotonic() - began)
            await asyncio.sleep(ASK_EVERY)


async def _tell(struck: ClusterSite, asking: Asking) -> bool:
    """Print what it came to; whether all promises were kept."""
    verdict = await struck.site.verdict()
    watch, probes = struck.watch, struck.probes
    print(*verdict.lines(), sep="\n")
    for double in verdict.unaccounted:
        before = [each.at for each in verdict.incidents if each.at <= double.first_at]
        after = f"{double.first_at - max(before):.2f} s after a strike" if before else "before any"
        print(f"  without a cause: {double.key}, first taken {after}")
    print(
        f"roles: {len(watch.told)} times taken, two holders {len(watch.overlaps)} times;"
        f" contenders watched every 5 ms ({probes.looks} looks, {probes.takeovers} takeovers):"
        f" at most {probes.most} at once"
    )
    print(f"/my answered {_spread(asking.answered)}")
    print(f"/my told that the site cannot be reached {_spread(asking.told)}")
    print(f"/my not answered {asking.unanswered} times")
    for node in struck.cluster.nodes:
        print(
            f"node {node.name}: {_memory(node)} MB,"
            f" transactions taken back since it was last started:"
            f" {node.status('wsrep_local_cert_failures')} at COMMIT,"
            f" {node.status('wsrep_local_bf_aborts')} before"
        )
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"this process, platforms included: {own} MB at most")
    kept = (
        not (verdict.lost or verdict.unended or verdict.strangers or verdict.unaccounted)
        and not watch.overlaps
        and probes.most == 1
    )
    print("all promises kept" if kept else "A PROMISE WAS BROKEN")
    return kept


def _spread(seconds: list[float]) -> str:
    if not seconds:
        return "0 times"
    return (
        f"{len(seconds)} times, median {statistics.median(seconds):.2f} s,"
        f" slowest {max(seconds):.2f} s"
    )


def _memory(node: GaleraNode) -> int:
    """Resident memory of a node's process in MB."""
    fields = Path(f"/proc/{node.pid}/status").read_text().splitlines()
    line = next(each for each in fields if each.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    main()
