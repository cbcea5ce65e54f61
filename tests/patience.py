"""
Seconds in which a machine had time for us.

A promise in seconds is one of a machine that is not overloaded. While programs wait for a processor
it can be neither kept nor broken, so those seconds do not count. Where Linux does not tell them
(no /proc/pressure), every second counts.
"""

import re
import time
from pathlib import Path

_PRESSURE = Path("/proc/pressure/cpu")
_WAITED = re.compile(r"^some .*total=(\d+)", re.MULTILINE)  # microseconds


def fair_time() -> float:
    """A clock for what must not take long: seconds, without those of waiting for a processor."""
    return time.monotonic() - _waited()


def _waited() -> float:
    try:
        told = _WAITED.search(_PRESSURE.read_text())
    except OSError:
        return 0.0
    return int(told[1]) / 1e6 if told else 0.0
