"""
The clock of the leases: it goes on while the machine sleeps, and nobody can set it.
"""

import sys
import time


def boot_time() -> float:
    """Seconds since the machine's start, those in which it slept included where that is told."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()
