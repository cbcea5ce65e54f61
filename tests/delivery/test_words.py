"""
The words that stand in the database, in statements and in the code, are the same ones.
"""

import re
from pathlib import Path

import pytest

import config_store.own
from config_store.own.claims import PRIORITIES
from core.delivery.model import NoticeState, QueuePriority, State

STATEMENTS = sorted(Path(config_store.own.__file__).parent.glob("*.py"))


def test_priorities_are_claimed_in_their_order():
    """
    The most urgent is claimed first.
    """
    assert list(PRIORITIES) == [priority.value for priority in QueuePriority]


@pytest.mark.parametrize("file", STATEMENTS, ids=lambda file: file.stem)
def test_statements_name_states_that_there_are(file: Path):
    """
    A statement that names a state which nothing is ever in would find nothing, without a word.
    """
    written = file.read_text(encoding="utf-8")
    named = {
        state
        for comparison in re.findall(r"state(?: =| IN| NOT IN) (\([^)]*\)|'[a-z_]+')", written)
        for state in re.findall(r"'([a-z_]+)'", comparison)
    }

    assert named <= {*State, *NoticeState}
