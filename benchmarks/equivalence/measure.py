"""Train every claimed cell beside row weights, on real data, and write what was found.

    PYTHONPATH=tests python -m benchmarks.equivalence.measure [--library NAME] [--jobs N]

A cell is a library, form, setting, task, policy and data set. Each claim is compared with the two models; the
parameter alone, as it would be pasted, is trained too. Exits with 1 if a claim does not hold.
"""

import argparse
import json
import os
import platform
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from importlib import metadata
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from equivalence import ties, trials

import boostweights as bw
from benchmarks.equivalence.data import DATA, data, prepared
from boostweights.adapters.form import NativeForm
from boostweights.adapters.record import record_of
from boostweights.adapters.registry import adapter_named

RESULTS: Final = Path(__file__).parents[1] / "results" / "equivalence"
CELLS: Final = trials.CELLS
POLICIES: Final[Mapping[str, Mapping[str, bw.Policy]]] = {
    "binary": {
        "balanced, majority 1": bw.Balanced(scale="majority"),
        "balanced, mean 1": bw.Balanced(),
        "root, majority 1": bw.Balanced(power=0.5, scale="majority"),
        "ratio": bw.Explicit({0: 1.0, 1: 8.77}),
        "ratio and scale": bw.Explicit({0: 0.3, 1: 8.07}),
        "costs": bw.Costs(fn=50.0, fp=3.0),
        "1 to 1e6": bw.Explicit({0: 1.0, 1: 1e6}),
    },
    "multiclass": {
        "balanced, majority 1": bw.Balanced(scale="majority"),
        "balanced, mean 1": bw.Balanced(),
        "root, majority 1": bw.Balanced(power=0.5, scale="majority"),
        "four weights": bw.Explicit({0: 1.0, 1: 8.77, 2: 0.3, 3: 24.31}),
    },
}


def main() -> None:
    """Train all cells of the libraries that are named, and write their results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--library", choices=list(CELLS), action="append")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    failed = 0
    for library in options.library or CELLS:
        tasks = [(library, cell) for cell in CELLS[library]]
        with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
            rows = [row for rows in pool.map(_measured, tasks) for row in rows]
        broken = [row for row in rows if row["holds"] is False]
        for row in broken:
            print("does not hold:", json.dumps(row), file=sys.stderr)
        failed += len(broken)
        facts = {"configuration": _configuration(library), "rows": rows}
        (options.out / f"{library}.json").write_text(json.dumps(facts, indent=1) + "\n")
        print(library, dict(Counter(row["claim"] for row in rows)), "broken:", len(broken))
    sys.exit(1 if failed else 0)


def _measured(task: tuple[str, str]) -> list[dict[str, Any]]:
    warnings.simplefilter("ignore")
    return list(_rows(*task))


def _rows(library: str, cell: str) -> Iterator[dict[str, Any]]:
    settings = trials.settings_of(library, cell)
    if any("early_stop" in name for name in settings) and library != "sklearn":
        return  # needs an evaluation set: tests/equivalence trains these
    trained: dict[Any, Any] = {}
    for form in list(adapter_named(library).forms)[1:]:
        for task, policies in POLICIES.items():
            for policy in policies:
                for name in DATA[task]:
                    case = {"library": library, "form": form, "cell": cell, "task": task, "policy": policy}
                    yield {**case, "data": name, **_measure(settings, trained, **case, name=name)}


def _measure(
    settings: dict[str, Any],
    trained: dict[Any, Any],
    *,
    library: str,
    form: Any,
    cell: str,
    task: str,
    policy: str,
    name: str,
) -> dict[str, Any]:
    X, y = data(name, task)
    X = prepared(X, library, settings)
    if settings.get("class") in trials.NO_MISSING:
        X = X.fillna(0)
    weights = POLICIES[task][policy].resolve(y)
    if settings.get("class_names") == "reversed":
        settings = {**settings, "class_names": np.unique(y)[::-1].tolist()}
    estimator = trials.make(library, settings)
    try:
        native = bw.to_native(weights, estimator, y, form=form, allow_different=True)
    except bw.errors.InvalidValueError as refused:
        return {"claim": "refused", "reason": str(refused), "holds": None}

    def fit(pins: Mapping[str, Any], params: Mapping[str, Any], arguments: Mapping[str, Any]) -> Any:
        weighted = policy if arguments or params else ""  # one model for all policies where nothing weighs
        key = repr(
            (task, weighted, name, sorted(pins.items()), params, sorted(arguments), form if params else "")
        )
        if key not in trained:
            try:
                model = trials.make(library, {**settings, **pins, **params})
                trained[key] = model.fit(X, y, **arguments)
            except Exception as failure:
                trained[key] = f"{type(failure).__name__}: {str(failure).splitlines()[0]}"
        return trained[key]

    rows = bw.to_native(weights, estimator, y=y).fit_kwargs(y)
    ours, theirs = fit(native.pins, native.params, native.fit_kwargs(y)), fit(native.pins, {}, rows)
    if start := _start(native, theirs, len(y)):
        ours = fit(native.pins, native.params, {**native.fit_kwargs(y), **start})
        theirs = fit(native.pins, {}, {**rows, **start})
    difference, identical_trees = _compared(library, ours, theirs, X)
    bins = {"max_bin": "rows"} if "max_bin" in native.pins else {}
    return {
        "claim": native.guarantee.value,
        "pins": {**native.pins, **bins},
        "constant": native.row_weight is not None,
        "reason": native.reason,
        "max_difference": difference,
        "identical_trees": identical_trees,
        "pasted_difference": _compared(library, fit({}, native.params, {}), fit({}, {}, rows), X)[0],
        "holds": _holds(native.guarantee.value, difference, identical_trees),
    }


def _start(native: NativeForm, theirs: Any, rows: int) -> dict[str, Any]:
    """LightGBM's recipe for a first tree without a split, on which its claims are conditional."""
    if native.holds is None or isinstance(theirs, str) or native.holds(theirs, {}):
        return {}
    return {"init_score": np.zeros(rows)}


def _holds(claim: str, difference: float | None, identical_trees: bool) -> bool | None:
    """None where it takes a look at the split: whether a tie decided is tested apart."""
    if difference is None or claim == "different":
        return None
    if claim == "identical":
        return difference == 0 and identical_trees
    return True if difference <= ties.CLOSE else None


def _compared(library: str, ours: Any, theirs: Any, X: Any) -> tuple[float | None, bool]:
    if isinstance(ours, str) or isinstance(theirs, str):
        return None, ours == theirs
    found = trials.compare(library, ours, theirs, X)
    return found.delta, found.difference is None


def _configuration(library: str) -> dict[str, Any]:
    installed = {dist.metadata["Name"] for dist in metadata.distributions()}
    names = (*record_of(adapter_named(library)).distributions, "numpy", "boostweights")
    return {
        "command": "make equivalence",
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in names if name in installed},
        "rows": 700,
        "trees": 8,
        "data": {task: list(names) for task, names in DATA.items()},
        "cells": {
            name: {key: repr(value) for key, value in cell.items()} for name, cell in CELLS[library].items()
        },
    }


if __name__ == "__main__":
    main()
