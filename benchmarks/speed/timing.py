"""Two sides measured in turn, on a machine that does nothing else."""

from __future__ import annotations

import gc
import os
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

Work = Callable[[], object]
Pair = tuple[float, float]
"""One figure of ours, and the peer's."""

LOAD_AT_MOST = 0.5
"""Load average per core before a run that is published."""
OTHERS_AT_MOST = 0.05
"""Share of all cores' time that other processes take during a run that is published."""
_BUSY = ("user", "nice", "system", "irq", "softirq", "steal")


def ratios(pairs: Sequence[Pair]) -> dict[str, float]:
    """Return ours divided by the peer's: the ratio of medians, and the extremes of the pairs.

    Examples
    --------
    >>> ratios([(1.0, 2.0), (3.0, 4.0), (2.0, 2.0)])
    {'median': 1.0, 'low': 0.5, 'high': 1.0}
    """
    ours, peer = (statistics.median(side) for side in zip(*pairs, strict=True))
    single = [one / other for one, other in pairs]
    return {"median": ours / peer, "low": min(single), "high": max(single)}


def timed(ours: Work, peer: Work, clock: Callable[[], float] = time.perf_counter) -> Callable[[], Pair]:
    """Return a function that takes the seconds of both sides, ours first: wall time, or another clock's."""
    return lambda: (_seconds(ours, clock), _seconds(peer, clock))


def _seconds(work: Work, clock: Callable[[], float]) -> float:
    gc.collect()
    gc.disable()  # a collection would fall on one side
    try:
        start = clock()
        result = work()
        seconds = clock() - start
    finally:
        gc.enable()
    del result  # freed outside of the time
    return seconds


def peak_bytes() -> int:
    """Return the highest resident memory of this process alone; Linux reports it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Wall time, and processor seconds of the whole machine and of this process with its children."""

    wall: float
    machine: float
    process: float

    @classmethod
    def now(cls) -> Moment:
        """Read the clocks."""
        times = psutil.cpu_times()
        usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return cls(
            wall=time.monotonic(),
            machine=sum(getattr(times, name, 0.0) for name in _BUSY),
            process=sum(usage.ru_utime + usage.ru_stime for usage in usages),
        )

    def others_since(self, start: Moment) -> float:
        """Return the share of all cores' time that other processes took."""
        others = (self.machine - start.machine) - (self.process - start.process)
        return max(others, 0.0) / ((self.wall - start.wall) * (os.cpu_count() or 1))
