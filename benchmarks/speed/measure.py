"""What the speed benchmarks share: two sides timed in turn, peak memory, and results with their origin."""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import shlex
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from load import Clock, average, loaded_before, loaded_during
from targets import cells, judged

ROOT = Path(__file__).resolve().parent.parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "speed"
QUICK_RESULTS = ROOT / "runs" / "speed"
LOAD, START = average(), Clock.now()  # before the benchmark adds its own
Work = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Seconds of repeated runs."""

    median: float
    min: float
    max: float
    repeats: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Spread:
        return cls(
            median=statistics.median(seconds), min=min(seconds), max=max(seconds), repeats=len(seconds)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """How many times one side's seconds are the other's, in one run."""

    median: float
    min: float
    max: float

    @classmethod
    def of(cls, above: Spread, below: Spread) -> Ratio:
        """Ratio of medians; its extremes pair each side's best with the other's worst."""
        return cls(median=above.median / below.median, min=above.min / below.max, max=above.max / below.min)


def alternate(*sides: Work, repeats: int, budget: float = float("inf")) -> list[Spread]:
    """Time sides in turn, A B A B …; a side that has used up its budget of seconds sits out the rest."""
    taken: list[list[float]] = [[] for _ in sides]
    gc.collect()
    gc.disable()  # a collection would fall on one side
    try:
        for _ in range(repeats):
            for side, times in zip(sides, taken, strict=True):
                if sum(times) < budget:
                    times.append(_seconds(side))
    finally:
        gc.enable()
    return [Spread.of(times) for times in taken]


def traced_bytes(work: Work) -> int:
    """Peak memory of one run as Python and numpy allocate it, the result included."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        result = work()
        peak = tracemalloc.get_traced_memory()[1]
        del result
        return peak - before
    finally:
        tracemalloc.stop()


def resident_bytes(work: Work) -> int | None:
    """Growth of the process's resident memory at its peak, whoever allocates; None but on Linux."""
    reset = Path("/proc/self/clear_refs")
    if not os.access(reset, os.W_OK):
        return None
    gc.collect()
    before = status_bytes("VmRSS")
    reset.write_text("5")
    result = work()
    peak = status_bytes("VmHWM")
    del result
    return max(peak - before, 0)


class Options(argparse.ArgumentParser):
    """Options of every benchmark; with --quick, `small` replaces what they say."""

    def __init__(self, purpose: str | None, **small: Any) -> None:
        super().__init__(description=purpose, formatter_class=argparse.RawDescriptionHelpFormatter)
        self._small = small
        self.add_argument("--quick", action="store_true", help="small sizes: does it run at all?")
        self.add_argument("--out", type=Path, help="folder of the JSON file (with --quick: runs/speed)")

    def read(self) -> argparse.Namespace:
        options = self.parse_args()
        if options.quick:
            vars(options).update(self._small)
        options.out = options.out or (QUICK_RESULTS if options.quick else RESULTS)
        if publishes(options.out) and (refused := loaded_before(LOAD)):
            raise SystemExit(f"error: {refused}")
        return options


def publishes(folder: Path) -> bool:
    """Whether a folder is that of the published results, or in it."""
    return folder.resolve().is_relative_to(RESULTS)


def whole(text: str) -> int:
    """An int, also as 1e7."""
    return int(float(text))


def write(name: str, options: argparse.Namespace, libraries: Iterable[str], **results: Any) -> None:
    """Write results with the command, configuration, versions and machine that made them."""
    path = options.out / f"{name}.json"
    configuration = {key: value for key, value in vars(options).items() if key != "out"}
    document = {
        "command": command(name),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "configuration": configuration,
        "versions": {"python": platform.python_version()}
        | {library: version(library) for library in libraries},
        "machine": {
            "cpu": _cpu(),
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
            "load_average_before": LOAD,
            "others_share": Clock.now().others_since(START),
        },
        **json.loads(json.dumps(results, default=_plain)),
    }
    document["targets"] = judged(name, document)
    for row in document["targets"]:
        print(" | ".join(cells(row)))
    if publishes(options.out) and (refused := loaded_during(document["machine"])):
        raise SystemExit(f"error: {refused}")
    options.out.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n")
    print(f"wrote {path.name}")


def command(name: str) -> str:
    """The command line, as typed at the root of the repository."""
    words = iter(sys.argv[1:])
    kept = [word for word in words if not (word == "--out" and next(words))]
    return shlex.join(["python", f"benchmarks/speed/{name}.py", *kept])


def _seconds(work: Work) -> float:
    start = time.perf_counter()
    result = work()
    taken = time.perf_counter() - start
    del result  # freed outside of the time
    return taken


def _plain(value: Any) -> Any:
    return asdict(value)


def status_bytes(field: str) -> int:
    for each in Path("/proc/self/status").read_text().splitlines():
        if each.startswith(f"{field}:"):
            return int(each.split()[1]) * 1024
    raise LookupError(field)


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()
