"""Where the harness's time goes, step by step: benchmarks/results/throughput/profile.json.

    python -m benchmarks.throughput.profile

One run of `measure`'s plan for each library that has a target there, on its sets. *fit* counts the bins that
a model found made as if it had made them, as the harness stores it; *run* is all that the processors did.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.throughput.measure import JOBS, ROOT, TARGETS, chosen, parts, planned, stop_server, timed
from boostweights.benchmark.run.run import run
from boostweights.benchmark.run.store import Store

OUT = ROOT / "benchmarks" / "results" / "throughput" / "profile.json"


def main() -> None:
    wanted = ((part, (part.libraries[0], "above" in part.name)) for part in parts(chosen(quick=False)))
    found = [profile(part) for part, kind in wanted if kind in TARGETS]
    OUT.write_text(
        json.dumps({"command": "python -m benchmarks.throughput.profile", "groups": found}, indent=1)
    )
    for each in found:
        print(each)


def profile(suite: Any) -> dict[str, Any]:
    """Seconds of the processors by step, and of the whole run."""
    plan = planned(suite)

    def work() -> None:
        run(plan, store, jobs=JOBS)
        stop_server()  # whose seconds count once it was seen to end

    stop_server()
    with tempfile.TemporaryDirectory() as directory, Store(Path(directory) / "store.sqlite") as store:
        whole = timed(work)["cpu"]
        timings = store.timings()
    steps = timings[timings["step"].str.endswith("_cpu")].groupby("step")["seconds"].sum()
    return {
        "group": suite.name,
        "models": len(plan.models),
        "run": round(whole, 2),
        **{step.removesuffix("_cpu"): round(seconds, 2) for step, seconds in steps.items()},
    }


if __name__ == "__main__":
    main()
