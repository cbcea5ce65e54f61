"""
Never two holders: the keepers against a database and a network that do what they may do.
"""

import asyncio
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.roles.simulation import ModelDaemon, ModelDeaths, ModelTable, Weather, simulate

EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["pause", "crash", "end", "cut", "calm", "storm", "die"]),
        st.integers(0, 2),
        st.floats(0.1, 15.0),
    ),
    max_size=12,
)


class Story:
    """Three daemons to whom things happen, watched all the time."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.table, self.deaths = ModelTable(), ModelDeaths()
        self.made = 0
        self.crew = [self.new() for _ in range(3)]
        self.doubles: list[list[str]] = []

    def new(self) -> ModelDaemon:
        self.made += 1
        return ModelDaemon(
            f"daemon{self.made}", table=self.table, deaths=self.deaths, dice=self.dice
        )

    async def watch(self) -> None:
        while True:
            acting = [daemon.name for daemon in self.crew if daemon.acts]
            if len(acting) > 1:
                self.doubles.append(acting)
            await asyncio.sleep(0.01)

    async def happen(self, event: str, whom: int, seconds: float) -> None:
        daemon = self.crew[whom]
        match event:
            case "pause":
                daemon.pause(seconds)
            case "cut":
                daemon.link.weather = Weather(lost=1.0)
            case "calm":
                daemon.link.weather = Weather(slowest=0.01, lost=0.0, stale=0.0)
            case "storm":
                daemon.link.weather = Weather(slowest=9.0, lost=0.3, stale=0.5)
            case "crash" | "die":
                await daemon.crash()
                if event == "die":
                    self.deaths.dead.add(daemon.name)
                self.crew[whom] = self.new()
            case _:
                await daemon.end()
                self.crew[whom] = self.new()
        await asyncio.sleep(seconds)

    async def heal(self) -> None:
        for daemon in self.crew:
            daemon.link.weather = Weather(slowest=0.01, lost=0.0, stale=0.0)
            daemon.link.paused_until = 0.0


@settings(max_examples=60, deadline=None)
@given(events=EVENTS, seed=st.integers(0, 2**32))
def test_no_role_has_two_holders(events: list[tuple[str, int, float]], seed: int):
    """
    Whatever is late, lost, stale, stopped, killed or cut off: at no moment do two daemons have the
    role, no epoch is given to two of them, and somebody has it once the way is clear.
    """

    async def story() -> None:
        it = Story(Random(seed))
        watching = asyncio.create_task(it.watch())
        await asyncio.sleep(5)
        for event in events:
            await it.happen(*event)
        await it.heal()
        async with asyncio.timeout(40):
            while not any(daemon.acts for daemon in it.crew):
                await asyncio.sleep(0.1)
        for daemon in it.crew:
            await daemon.end()
        watching.cancel()
        assert it.doubles == []

    simulate(story)


def test_a_holder_that_is_silent_is_followed_after_the_lease():
    """
    A standby on another host has the role a lease, its margin and a reading after the last beat.
    """

    async def story() -> float:
        it = Story(Random(1))
        await it.heal()
        await asyncio.sleep(2)
        first = next(daemon for daemon in it.crew if daemon.acts)
        await first.crash()
        crashed_at = asyncio.get_running_loop().time()
        while not any(daemon.acts for daemon in it.crew):
            await asyncio.sleep(0.01)
        taken_after = asyncio.get_running_loop().time() - crashed_at
        for daemon in it.crew:
            await daemon.end()
        return taken_after

    seconds = simulate(story)

    assert 3.0 < seconds < 4.0 * 1.05 + 1.0 + 0.3  # the last beat was up to 0.8 s before the crash


def test_a_holder_that_only_sleeps_does_not_believe_it_still_has_the_role():
    """
    After a pause longer than the lease the first look says no, before the database was asked.
    """

    async def story() -> list[bool]:
        it = Story(Random(2))
        await it.heal()
        await asyncio.sleep(2)
        first = next(daemon for daemon in it.crew if daemon.acts)
        first.pause(60)
        seen = [first.acts]
        await asyncio.sleep(59.9)
        seen.append(first.acts)
        for daemon in it.crew:
            await daemon.end()
        return seen

    assert simulate(story) == [True, False]


def test_a_lease_is_counted_from_before_it_was_asked_for():
    """
    However late the answer is, a holder that hears no more has its role for one lease only.
    """

    async def story() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        table = ModelTable()
        daemon = ModelDaemon("a", table=table, deaths=ModelDeaths(), dice=Random(3))
        daemon.link.weather = Weather(slowest=0.0, answers=2.3, lost=0.0, stale=0.0)
        while not table.holders:
            await asyncio.sleep(0.01)
        given_at = loop.time()
        while not daemon.acts:
            await asyncio.sleep(0.01)
        began_after = loop.time() - given_at
        daemon.link.weather = Weather(lost=1.0)
        while daemon.acts:
            await asyncio.sleep(0.01)
        await daemon.crash()
        return began_after, loop.time() - given_at

    began_after, ended_after = simulate(story)

    assert began_after > 2.2
    assert ended_after < 4.1
