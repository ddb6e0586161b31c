"""Where the harness's time goes, step by step: benchmarks/results/throughput/profile.json.

    python -m benchmarks.throughput.profile

One run a library of `measure`'s plan on its sets of more than 5,000 rows. *fit* counts the bins that a model
found made as if it had made them, as the harness stores it.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.throughput.measure import JOBS, ROOT, ROWS, chosen, parts, planned, timed
from boostweights.benchmark.run.run import run
from boostweights.benchmark.run.store import Store

OUT = ROOT / "benchmarks" / "results" / "throughput" / "profile.json"


def main() -> None:
    found = [profile(part) for part in parts(chosen(quick=False)) if f"above {ROWS:,}" in part.name]
    OUT.write_text(
        json.dumps({"command": "python -m benchmarks.throughput.profile", "groups": found}, indent=1)
    )
    for each in found:
        print(each)


def profile(suite: Any) -> dict[str, Any]:
    """Seconds of the processors by step, and those of two cores over the whole run."""
    plan = planned(suite)
    with tempfile.TemporaryDirectory() as directory, Store(Path(directory) / "store.sqlite") as store:
        wall = timed(lambda: run(plan, store, jobs=JOBS))["wall"]
        timings = store.timings()
    steps = timings[timings["step"].str.endswith("_cpu")].groupby("step")["seconds"].sum()
    return {
        "group": suite.name,
        "models": len(plan.models),
        "two cores": round(JOBS * wall, 2),
        **{step.removesuffix("_cpu"): round(seconds, 2) for step, seconds in steps.items()},
    }


if __name__ == "__main__":
    main()
