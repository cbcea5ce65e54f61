"""
Where a daemon runs, in words that another on the same host can check: has that process ended?

A process is named by the machine's start, the namespaces that its id and its start time count in,
the id and the start time. Only who shares all of the first can say that it has ended, and does so
if there is no such process any more: an id that is used again has another start time. Without a
`/proc` that is ours nothing is known, and nobody is said to have ended.
"""

import os
from pathlib import Path

_UNKNOWN = ""
_START_TIME = 18  # its place among the fields of `/proc/PID/stat` behind the state
_ENDED_STATES = "ZX"  # a zombie does nothing any more


class Host:
    """This machine, as its `proc` file system shows it."""

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._proc = proc
        self._place = self._find_place()

    def this_process(self) -> str:
        """The name of this process; empty if it cannot be told apart for sure."""
        stat = self._stat(os.getpid())
        if self._place is None or stat is None:
            return _UNKNOWN
        return f"{self._place}/{os.getpid()}/{stat[1]}"

    def has_ended(self, name: str) -> bool:
        """Whether the process of that name has surely ended."""
        place, _, rest = name.rpartition("/")
        place, _, pid = place.rpartition("/")
        if self._place is None or place != self._place or not pid.isdecimal():
            return False
        try:
            os.kill(int(pid), 0)
        except (ProcessLookupError, OverflowError):
            return True
        except PermissionError:
            pass  # it is there, and another user's
        stat = self._stat(int(pid))
        return stat is not None and (stat[0] in _ENDED_STATES or stat[1] != rest)

    def _find_place(self) -> str | None:
        try:
            if (self._proc / "self").readlink().name != str(os.getpid()):
                return None  # mounted from another namespace: its ids are not ours
            boot = (self._proc / "sys/kernel/random/boot_id").read_text().strip()
            ids = self._namespace("pid")
            times = self._namespace("time") if (self._proc / "self/ns/time").is_symlink() else ""
        except OSError:
            return None
        return f"{boot}/{ids}/{times}"

    def _namespace(self, kind: str) -> str:
        return (self._proc / "self/ns" / kind).readlink().name

    def _stat(self, pid: int) -> tuple[str, str] | None:
        """A process's state and start time; None if it is gone or hidden."""
        try:
            text = (self._proc / str(pid) / "stat").read_text()
        except OSError:
            return None
        state, *fields = text.rpartition(")")[2].split()  # a name may hold blanks and brackets
        return state, fields[_START_TIME]
