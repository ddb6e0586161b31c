"""What else the machine does while a benchmark runs, and when that is too much to publish its seconds."""

from __future__ import annotations

import os
import resource
import time
from dataclasses import dataclass
from typing import Any

import psutil

BEFORE_AT_MOST = 0.5
"""The load average of the minute before, a core."""
OTHERS_AT_MOST = 0.05
"""The share of all cores' time that other processes take during a benchmark."""
MEND = "Stop what else runs, or write elsewhere: --out FOLDER."


_BUSY = ("user", "nice", "system", "irq", "softirq", "steal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Seconds at one moment: by the clock, of all processors, and of them this process and its children's."""

    wall: float
    busy: float
    own: float

    @classmethod
    def now(cls) -> Clock:
        times = psutil.cpu_times()
        busy = sum(getattr(times, name, 0.0) for name in _BUSY)
        return cls(wall=time.monotonic(), busy=busy, own=_own())

    def others_since(self, start: Clock) -> float:
        """The share of all cores' time that other processes took; what a hypervisor took counts too."""
        others = (self.busy - start.busy) - (self.own - start.own)
        return max(others, 0.0) / ((self.wall - start.wall) * (os.cpu_count() or 1))


def _own() -> float:
    """Of this process, of those that it saw end, and of those that still run."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds = sum(usage.ru_utime + usage.ru_stime for usage in used)
    for child in psutil.Process().children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        seconds += times.user + times.system + times.children_user + times.children_system
    return seconds


def average() -> float | None:
    """The load average of the last minute; None where the system has none."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def loaded_before(before: float | None) -> str:
    """Why a run must not begin, or nothing."""
    most = BEFORE_AT_MOST * (os.cpu_count() or 1)
    if before is None or before <= most:
        return ""
    return f"a published run begins at a load average of at most {most:g}; got {before:.2f}. {MEND}"


def loaded_during(machine: dict[str, Any]) -> str:
    """Why a run must not be published, by what its JSON file says of the machine, or nothing."""
    share = machine["others_share"]
    if share <= OTHERS_AT_MOST:
        return ""
    return (
        f"other processes take at most {OTHERS_AT_MOST:.0%} of the cores' time during a published run; "
        f"got {share:.0%}. {MEND}"
    )
