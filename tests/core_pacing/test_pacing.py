"""The pacing of sending, against a strict model of what platforms allow."""

import asyncio
import itertools
import random
import time
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.pacing import Limit, Pacer, PaceRules, Priority, Ticket
from tests.core_pacing.simulation import (
    Simulation,
    most_in_any,
    refused_by_the_platform,
)

REPLY, NOTICE, BROADCAST = Priority.REPLY, Priority.NOTICE, Priority.BROADCAST
GROUP = "-100"


def limits_of(target: str) -> tuple[Limit, ...]:
    """As Telegram's: one a second for each chat, twenty a minute for a group."""
    each_second = Limit(1, 1.0)
    return (each_second, Limit(20, 60.0)) if target.startswith("-") else (each_second,)


def telegram(rate: int = 30, **changes) -> PaceRules:
    return PaceRules(overall=Limit(rate, 1.0), limits_of=limits_of, **changes)


def late(seconds: float, seed: int = 1):
    """Timers that fire up to so many seconds late."""
    dice = random.Random(seed)
    return (dice.uniform(0, seconds) for _ in itertools.count())


WISHES = st.lists(
    st.tuples(
        st.floats(0, 20, allow_nan=False),
        st.sampled_from(["1", "2", "3", "4", "5", "-100", "-200"]),
        st.sampled_from(Priority),
    ),
    max_size=150,
)


@settings(deadline=None)
@given(wishes=WISHES, rate=st.sampled_from([1, 5, 30]), seed=st.integers(0, 99))
def test_a_strict_platform_never_refuses_and_everything_is_sent(wishes, rate, seed):
    """
    Whatever is asked for and when, no window of the platform is overrun, and nothing is forgotten.
    """
    simulation = Simulation(telegram(rate), lateness=late(0.005, seed))
    start = simulation.clock.now
    events = [
        (start + at, lambda target=target, priority=priority: simulation.ask(target, priority))
        for at, target, priority in wishes
    ]

    simulation.run(events)

    assert len(simulation.admissions) == len(wishes)
    assert simulation.model.waiting == 0
    assert not refused_by_the_platform(simulation, random.Random(seed))


@settings(deadline=None)
@given(wishes=WISHES)
def test_what_is_more_urgent_goes_first_and_the_order_within_is_kept(wishes):
    """
    No message goes while a more urgent one, or an older one as urgent, could have gone instead.
    """
    simulation = Simulation(telegram(10, reply_reserve=0.0))
    start = simulation.clock.now
    sent: dict[str, list[float]] = defaultdict(list)

    def could_have_gone(ticket: Ticket) -> bool:
        now = simulation.clock.now
        return all(
            sum(at > now - limit.seconds - simulation.rules.margin for at in sent[ticket.target])
            < limit.count
            for limit in limits_of(ticket.target)
        )

    def check(admitted: list[Ticket]) -> None:
        for position, ticket in enumerate(admitted):
            passed_over = [*simulation.waiting, *admitted[position + 1 :]]
            assert not [each for each in passed_over if each < ticket and could_have_gone(each)]
            sent[ticket.target].append(simulation.clock.now)

    simulation.watch = check
    simulation.run(
        (start + at, lambda target=target, priority=priority: simulation.ask(target, priority))
        for at, target, priority in wishes
    )

    lanes: dict[tuple[str, Priority], list[int]] = defaultdict(list)
    for admission in simulation.admissions:
        ticket = admission.ticket
        lanes[ticket.target, ticket.priority].append(ticket.number)
    assert all(numbers == sorted(numbers) for numbers in lanes.values())


@pytest.mark.parametrize(("rate", "lateness"), [(30, 0.005), (30, 0.01), (1000, 0.003)])
def test_a_broadcast_uses_nearly_all_of_the_rate(rate, lateness):
    """
    97 % of what is allowed, also with timers that fire late, and not one refusal.
    """
    simulation = Simulation(telegram(rate), lateness=late(lateness))
    for number in range(rate * 40):
        simulation.ask(str(number))

    simulation.run()

    times = simulation.times()
    assert (len(times) - 1) / (times[-1] - times[0]) >= 0.97 * rate
    assert not refused_by_the_platform(simulation, random.Random(1))


def test_sending_is_spread_evenly():
    """
    No burst at the start of a broadcast: whoever comes next waits for a moment only.
    """
    simulation = Simulation(telegram(30))
    for number in range(60):
        simulation.ask(str(number))

    simulation.run()

    assert most_in_any(simulation.times(), 0.1) <= 5


def test_a_group_gets_twenty_a_minute_at_nearly_its_full_rate():
    """
    Notices to one group are held to its minute while others go on.
    """
    simulation = Simulation(telegram(30))
    for number in range(200):
        simulation.ask(GROUP, NOTICE)
        simulation.ask(str(number), NOTICE)

    simulation.run()

    times = simulation.times(GROUP)
    others = [each.at for each in simulation.admissions if each.ticket.target != GROUP]
    assert most_in_any(times, 60.0) == 20
    assert times[-1] - times[0] <= 9 * 60.1 + 20 * 1.1
    assert max(others) - min(others) < 10


def test_a_reply_does_not_wait_behind_a_broadcast():
    """
    In the middle of a broadcast a person is answered within a tenth of a second.
    """
    simulation = Simulation(telegram(30), lateness=late(0.005))
    start = simulation.clock.now
    for number in range(900):
        simulation.ask(str(number))

    simulation.run(
        (start + n * 0.37, lambda n=n: simulation.ask(f"r{n}", REPLY)) for n in range(60)
    )

    waits = [
        each.at - each.asked_at for each in simulation.admissions if each.ticket.priority is REPLY
    ]
    assert len(waits) == 60
    assert max(waits) < 0.1


def test_a_broadcast_leaves_room_while_people_are_being_answered():
    """
    The reserve is kept while replies happen, and used again when they have ceased.
    """
    simulation = Simulation(telegram(30, reply_reserve=0.2))
    start = simulation.clock.now
    for number in range(2000):
        simulation.ask(str(number))

    simulation.run((start + n, lambda n=n: simulation.ask(f"r{n}", REPLY)) for n in range(20))

    broadcast = [each.at for each in simulation.admissions if each.ticket.priority is BROADCAST]
    assert most_in_any([at for at in broadcast if start + 1 < at < start + 20], 1.0) <= 24
    assert most_in_any([at for at in broadcast if at > start + 40], 1.0) == 30


def test_a_full_target_holds_up_nobody_and_is_not_forgotten():
    """
    A thousand notices to one chat take their time; those to others pass them.
    """
    simulation = Simulation(telegram(30))
    for _ in range(100):
        simulation.ask("busy", NOTICE)
    for number in range(100):
        simulation.ask(str(number), BROADCAST)

    simulation.run()

    last = max(each.at for each in simulation.admissions if each.ticket.target != "busy")
    assert last - simulation.times()[0] < 4
    assert len(simulation.times("busy")) == 100


def test_a_burst_may_be_allowed_to_a_target():
    """
    A limit over several seconds lets some go at once and keeps the average.
    """
    rules = PaceRules(overall=None, limits_of=lambda _target: (Limit(3, 3.0),))
    simulation = Simulation(rules)
    start = simulation.clock.now
    for _ in range(9):
        simulation.ask("1", REPLY)

    simulation.run()

    assert sum(at == start for at in simulation.times()) == 3
    assert most_in_any(simulation.times(), 3.0) == 3


def test_answers_over_a_groups_budget_are_left_out():
    """
    An answer in a group goes at once or never, and leaves the group a share for notices.
    """
    simulation = Simulation(telegram(30))
    answers = []

    def answer() -> None:
        answers.append(simulation.ask_if_free(GROUP, REPLY, leave=0.25))

    start = simulation.clock.now
    simulation.run((start + 1.1 * n, answer) for n in range(40))

    assert answers == [True] * 15 + [False] * 25


def test_an_answer_in_a_group_does_not_pass_what_waits_there():
    """
    While a notice waits for the group's budget, no answer takes it.
    """
    simulation = Simulation(telegram(30))
    for _ in range(2):
        simulation.ask(GROUP, NOTICE)
    simulation.run(until=simulation.clock.now + 0.5)

    taken = simulation.ask_if_free(GROUP, REPLY)

    assert not taken
    assert simulation.ask_if_free("7", REPLY)


def test_two_answers_at_the_same_moment_are_counted_as_two():
    """
    What is in the line already has taken its part of the budget.
    """
    simulation = Simulation(telegram(30))

    answers = [simulation.ask_if_free(GROUP, REPLY) for _ in range(2)]

    assert answers == [True, False]


def test_the_even_spacing_of_a_broadcast_is_no_reason_to_leave_out_an_answer():
    """
    Only the target's own budget and a pause are: for its slot among all an answer waits.
    """
    simulation = Simulation(telegram(30))
    for number in range(300):
        simulation.ask(str(number))
    simulation.run(until=simulation.clock.now + 5)

    assert simulation.ask_if_free(GROUP, REPLY)

    simulation.run()
    assert len(simulation.times(GROUP)) == 1


@pytest.mark.parametrize("seconds", [0.5, 3.0, 3600.0])
def test_a_pause_of_the_whole_bot_lasts_exactly_as_long_as_asked(seconds):
    """
    Nothing goes before its end, and the first message at its end.
    """
    simulation = Simulation(telegram(30))
    for number in range(100):
        simulation.ask(str(number))
    simulation.run(until=simulation.clock.now + 1)
    refused_at, before = simulation.clock.now, len(simulation.admissions)

    simulation.model.penalise(None, seconds)
    is_free = simulation.ask_if_free("someone", REPLY)
    simulation.run()

    assert not is_free
    assert simulation.times()[before] == pytest.approx(refused_at + seconds)
    assert len(simulation.admissions) == 100


def test_a_pause_of_one_target_disturbs_nobody_else():
    """
    A refusal for one chat is that chat's alone.
    """
    simulation = Simulation(telegram(30))
    start = simulation.clock.now
    simulation.model.penalise("slow", 30)
    simulation.ask("slow", REPLY)
    for number in range(50):
        simulation.ask(str(number))

    simulation.run()

    others = [each.at for each in simulation.admissions if each.ticket.target != "slow"]
    assert simulation.times("slow") == [pytest.approx(start + 30)]
    assert max(others) - start < 2
    assert not simulation.ask_if_free("slow", REPLY)


def test_a_pause_also_holds_what_was_next_in_line():
    """
    A target that was about to go when it was refused waits all the same.
    """
    simulation = Simulation(telegram(30))
    start = simulation.clock.now
    for target in ("1", "2", "slow", "3"):
        simulation.ask(target)
    simulation.run(until=start + 0.01)

    simulation.model.penalise("slow", 5)
    simulation.run()

    assert simulation.times("slow") == [pytest.approx(start + 5.01)]
    assert simulation.times("3")[0] < start + 1


def test_after_a_refusal_the_pace_falls_and_recovers():
    """
    Slower at first, at the full rate again after some minutes.
    """
    simulation = Simulation(telegram(30))
    for number in range(30 * 300):
        simulation.ask(str(number))
    simulation.model.penalise(None, 2)

    simulation.run()

    times = simulation.times()
    assert most_in_any([at for at in times if at < times[0] + 5], 1.0) <= 25
    assert sum(at > times[-1] - 60 for at in times) / 60 >= 0.97 * 30


def test_many_refusals_at_once_count_as_one():
    """
    What was on its way when the platform said stop does not bring the pace to a standstill.
    """
    once, often = Simulation(telegram(30)), Simulation(telegram(30))
    for simulation, refusals in ((once, 1), (often, 30)):
        for number in range(300):
            simulation.ask(str(number))
        for _ in range(refusals):
            simulation.model.penalise(None, 2)
        simulation.run()

    assert often.times() == once.times()


@settings(deadline=None)
@given(
    wishes=WISHES,
    pauses=st.lists(
        st.tuples(
            st.floats(0, 20, allow_nan=False),
            st.sampled_from([None, "1", "-100"]),
            st.floats(-1, 40, allow_nan=False),
        ),
        max_size=8,
    ),
)
def test_no_message_goes_within_any_pause_and_all_go_after_it(wishes, pauses):
    """
    However pauses overlap, each is kept to its end, and nothing is lost over them.
    """
    simulation = Simulation(telegram(30))
    start = simulation.clock.now
    events = [
        (start + at, lambda target=target, priority=priority: simulation.ask(target, priority))
        for at, target, priority in wishes
    ]
    events += [
        (
            start + at,
            lambda target=target, seconds=seconds: simulation.model.penalise(target, seconds),
        )
        for at, target, seconds in pauses
    ]

    simulation.run(events)

    assert len(simulation.admissions) == len(wishes)
    for at, target, seconds in pauses:
        assert not [
            each
            for each in simulation.times(target)
            if start + at + 1e-6 < each < start + at + seconds - 1e-6
        ]
    assert not refused_by_the_platform(simulation, random.Random(1))


def test_what_other_daemons_send_is_left_to_them():
    """
    Our share falls by their rate, and never to nothing.
    """
    for foreign, most in ((10.0, 22), (29.9, 4), (1000.0, 4)):
        simulation = Simulation(telegram(30))
        simulation.model.set_foreign_rate(foreign)
        for number in range(100):
            simulation.ask(str(number), NOTICE)

        simulation.run()

        assert most_in_any(simulation.times(), 1.0) <= most
        assert len(simulation.admissions) == 100


def test_the_rate_of_replies_is_known_and_fades():
    """
    Other daemons are told about as many replies a second as there are.
    """
    simulation = Simulation(telegram(30))
    start = simulation.clock.now

    simulation.run((start + n / 4, lambda n=n: simulation.ask(str(n), REPLY)) for n in range(200))
    meanwhile = simulation.model.reply_rate()
    simulation.clock.now += 60

    assert meanwhile == pytest.approx(4, rel=0.1)
    assert simulation.model.reply_rate() < 0.01


def test_memory_follows_what_is_recent_and_not_who_was_ever_written_to():
    """
    Thirty thousand recipients leave no trace once their second is over.
    """
    simulation = Simulation(telegram(1000))
    most = 0
    for number in range(30_000):
        simulation.ask(str(number))
        if number % 50 == 0:
            simulation.run()
            most = max(most, simulation.model.remembered_targets)

    assert most < 4000


def test_giving_up_during_a_long_pause_leaves_nothing_behind():
    """
    Senders that time out again and again while the platform is away do not pile up.
    """
    simulation = Simulation(telegram(30))
    simulation.model.penalise(None, 10_000)
    for number in range(20_000):
        for target in ("same", GROUP, str(number)):
            simulation.model.cancel(simulation.model.request(target, NOTICE))

    assert simulation.model.waiting == 0
    assert simulation.model.remembered_targets < 2000
    assert len(simulation.model._line) < 2000
    assert simulation.model.next_at() is None


def test_a_limit_that_allows_nothing_is_refused():
    """
    A wrong setting shows at start, not as silence.
    """
    with pytest.raises(ValueError, match="allows nothing"):
        Limit(0, 1.0)


async def test_senders_wait_in_real_time():
    """
    On the event loop as in the model: never too fast, and all are let go.
    """
    pacer = Pacer(PaceRules(overall=Limit(100, 1.0)))
    times: list[float] = []

    async def send(number: int) -> None:
        await pacer.wait(str(number), BROADCAST)
        times.append(time.monotonic())

    async with asyncio.timeout(20), asyncio.TaskGroup() as senders:
        for number in range(150):
            senders.create_task(send(number))

    assert len(times) == 150
    assert times[-1] - times[0] >= 1.4
    assert pacer.waiting == 0


async def test_who_is_cancelled_leaves_the_line():
    """
    A sender that gives up uses nothing, and the next takes the place.
    """
    pacer = Pacer(PaceRules(overall=None, limits_of=lambda _target: (Limit(1, 0.2),)))
    await pacer.wait("1", NOTICE)
    given_up = asyncio.create_task(pacer.wait("1", REPLY))
    patient = asyncio.create_task(pacer.wait("1", NOTICE))
    async with asyncio.timeout(5):
        await asyncio.sleep(0)  # both are in the line now
        given_up.cancel()
        await patient

    assert given_up.cancelled()
    assert pacer.waiting == 0


async def test_an_answer_is_left_out_without_waiting():
    """
    `try_now` says no at once where `wait` would wait.
    """
    pacer = Pacer(PaceRules(overall=None, limits_of=lambda _target: (Limit(1, 60.0),)))

    async with asyncio.timeout(20):
        first = await pacer.try_now(GROUP, REPLY)
        second = await pacer.try_now(GROUP, REPLY)
        pacer.penalise(None, 60)
        elsewhere = await pacer.try_now("1", REPLY)

    assert (first, second, elsewhere) == (True, False, False)
