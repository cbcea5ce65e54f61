"""
What can befall a node of a cluster.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.galera.cluster import GaleraNode


@dataclass(frozen=True, slots=True)
class Strike:
    """Something that befalls a node, which `GaleraNode.bring_back` mends. `done`: as a word."""

    done: str
    strike: Callable[[GaleraNode], None]


KILL = Strike("killed", GaleraNode.kill)
STOP = Strike("stopped", GaleraNode.stop)
CUT_OFF = Strike("cut off", GaleraNode.cut_off)
PAUSE = Strike("paused", GaleraNode.pause)
ALL = (KILL, STOP, CUT_OFF, PAUSE)
