"""
How much of a broadcast is written ahead of what can be sent.
"""

from core.delivery.backlogs import ENOUGH, Backlogs


def test_a_platform_with_little_to_do_gets_more():
    """
    While the only platform has little to do, more is written.
    """
    assert not Backlogs().are_enough({"telegram": ENOUGH - 1}, at=0.0)


def test_what_moves_is_waited_for():
    """
    A large platform that gets through its work is waited for, also when a small one is idle.
    """
    backlogs = Backlogs()

    for second in range(100):
        waiting = {"telegram": ENOUGH + 500 - second, "slack": 0}
        assert backlogs.are_enough(waiting, at=float(second))


def test_what_stands_still_keeps_nobody_waiting():
    """
    A platform whose token is refused does not hold up the others' part of a broadcast.
    """
    backlogs = Backlogs()
    waiting = {"telegram": ENOUGH, "slack": 0}

    assert backlogs.are_enough(waiting, at=0.0)
    assert not backlogs.are_enough(waiting, at=20.0)


def test_a_platform_that_goes_on_is_waited_for_again():
    """
    A token that is mended ends the exception.
    """
    backlogs = Backlogs()
    backlogs.are_enough({"telegram": ENOUGH + 9, "slack": 0}, at=0.0)
    backlogs.are_enough({"telegram": ENOUGH + 9, "slack": 0}, at=20.0)

    assert backlogs.are_enough({"telegram": ENOUGH + 8, "slack": 0}, at=21.0)


def test_nothing_is_written_when_every_platform_stands_still():
    """
    Nobody could send it: it waits in the notice, not in a million rows.
    """
    backlogs = Backlogs()
    backlogs.are_enough({"telegram": ENOUGH}, at=0.0)

    assert backlogs.are_enough({"telegram": ENOUGH}, at=60.0)
