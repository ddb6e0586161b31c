"""Ten million rows from labels to a fitted correction, block by block and read whole; not of `make speed`.

    python benchmarks/speed/tenmillion.py [--rows 1e6 1e7] [--trees 30] [--threads 2]

Each step is a fresh process, whose seconds, processor seconds and peak memory beyond imports are kept as
they are made: a run that is stopped goes on where it was. Steps: count the labels and resolve weights; a
weight path of three ratios with a fifth of the rows held out; a model with a correction fitted on a tenth of
the rows. What a row adds between the sizes is what a thousand million rows are reckoned from.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import numpy as np
from measure import ROOT, Options, status_bytes, whole, write
from outofcore import features_folder

import boostweights as bw
from boostweights.files import write_atomically
from boostweights.outofcore import count_parquet, fit_parquet, weight_path_parquet

FEATURES = 20
RATIOS = (1.0, 5.0, 25.0)
TARGET = "label"
POSITIVE = "good"
LIBRARIES = ("lightgbm", "xgboost")
STEPS = ("count", *(f"{step} {library}" for library in LIBRARIES for step in ("path", "fitted")))
SIDES = ("blocks", "whole")


def booster(library: str, trees: int, threads: int) -> Any:
    if library == "xgboost":
        from xgboost import XGBClassifier

        return XGBClassifier(n_estimators=trees, max_depth=6, n_jobs=threads, random_state=0)
    from lightgbm import LGBMClassifier

    return LGBMClassifier(n_estimators=trees, num_leaves=31, n_jobs=threads, random_state=0, verbose=-1)


def count(side: str, folder: str, model: Any) -> dict[str, Any]:
    counts = count_parquet(folder, TARGET) if side == "blocks" else bw.ClassCounts.of(frame(folder)[TARGET])
    return {"weights": bw.Balanced().resolve(counts).class_weight}


def path(side: str, folder: str, model: Any) -> dict[str, Any]:
    if side == "blocks":
        found = weight_path_parquet(model, folder, TARGET, RATIOS, positive=POSITIVE, holdout=0.2)
    else:
        rows = frame(folder)
        held = np.random.default_rng(0).random(len(rows)) < 0.2
        split = [(np.flatnonzero(~held), np.flatnonzero(held))]
        X, y = rows.drop(columns=TARGET), rows[TARGET]
        del rows
        found = bw.weight_path(model, X, y, RATIOS, positive=POSITIVE, cv=split, tuning="nested")
    names = ["ratio", "log_loss", "log_loss_corrected", "log_loss_fitted"]
    return {"table": found.to_frame()[names].to_dict("list"), "reused": found.reused}


def fitted(side: str, folder: str, model: Any) -> dict[str, Any]:
    """Train on nine tenths with balanced weights, and learn the correction from the rest."""
    if side == "blocks":
        clf = bw.WeightedClassifier(model, correct_proba="fitted")
        return {"map": str(fit_parquet(clf, folder, TARGET, calibration=0.1).calibration_)}
    rows = frame(folder)
    held = np.random.default_rng(0).random(len(rows)) < 0.1
    X, y = rows.drop(columns=TARGET), rows[TARGET]
    del rows
    clf = bw.WeightedClassifier(model).fit(X[~held], y[~held])
    scores = np.log(clf.predict_proba(X[held]))
    return {"map": str(bw.probabilities.fit_correction(scores, y[held], clf.class_weights_))}


def frame(folder: str) -> Any:
    import pandas as pd

    return pd.read_parquet(folder)


WORK = {"count": count, "path": path, "fitted": fitted}


def worker(step: str, side: str, folder: str, trees: str, threads: str) -> None:
    """Do one step in this process, and print what it took."""
    import pandas as pd

    name, _, library = step.partition(" ")
    model = booster(library, int(trees), int(threads)) if library else None
    rows = pd.DataFrame({"a": np.arange(64.0), "b": np.arange(64.0) % 3})
    if model is not None:  # imports
        bw.WeightedClassifier(booster(library, 1, int(threads))).fit(rows, np.arange(64) % 2).predict_proba(
            rows
        )
    start, before, used = time.perf_counter(), status_bytes("VmHWM"), sum(os.times()[:2])
    found = WORK[name](side, folder, model)
    took = {"seconds": time.perf_counter() - start, "processor_seconds": sum(os.times()[:2]) - used}
    print(json.dumps({**took, "peak_bytes": status_bytes("VmHWM") - before, "found": found}))


def measured(options: Any, folder: Path, step: str, side: str, rows: int) -> dict[str, Any]:
    """Return what a step took, from the work folder if it is there."""
    sizes = (str(options.trees), str(options.threads))
    kept = options.work / "-".join([*step.split(), side, str(rows), *sizes, "measured.json"])
    if not kept.exists():
        given = [step, side, str(folder), *sizes]
        command = [sys.executable, __file__, "--worker", *given]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        result = {"step": step, "side": side, "rows": rows, "load_average": os.getloadavg()[0]}
        result |= json.loads(done.stdout.splitlines()[-1])
        write_atomically(kept, json.dumps(result).encode())
    found: dict[str, Any] = json.loads(kept.read_text())
    print(
        f"{rows:>11,}  {step:<16} {side:<7} {found['seconds']:8.1f} s  {found['peak_bytes'] / 1e6:9,.0f} MB",
        flush=True,
    )
    return found


def main() -> None:
    if sys.argv[1:2] == ["--worker"]:
        worker(*sys.argv[2:])
        return
    parser = Options(__doc__, rows=[20_000, 40_000], trees=3, work=ROOT / "runs" / "tenmillion-quick")
    parser.add_argument("--rows", type=whole, nargs="+", default=[10**6, 10**7])
    parser.add_argument("--trees", type=int, default=30)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--work", type=Path, default=ROOT / "runs" / "tenmillion", help="kept for the next run"
    )
    options = parser.read()
    results = []
    for rows in options.rows:
        folder = options.work / f"rows-{rows}"
        if not folder.exists():
            features_folder(options.work / f"half-{rows}", rows, FEATURES).rename(folder)
        results += [measured(options, folder, step, side, rows) for step in STEPS for side in SIDES]
    options.work = None  # a place on one machine
    libraries = ("boostweights", "numpy", "pyarrow", "lightgbm", packages_distributions()["xgboost"][0])
    write("tenmillion", options, libraries, features=FEATURES, ratios=RATIOS, steps=results)


if __name__ == "__main__":
    main()
