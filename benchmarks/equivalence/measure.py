"""Train every claimed cell beside row weights, on real data, and write what was found.

    python -m benchmarks.equivalence.measure [--library NAME] [--jobs N]

A cell is a library, form, setting, task, policy and data set. Each claim is compared with the two models; the
parameter alone, as it would be pasted, is trained too. Exits with 1 if a claim does not hold.
"""

import argparse
import json
import os
import platform
import sys
import tomllib
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from importlib import import_module, metadata
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy.special import expit

import boostweights as bw
from benchmarks.equivalence.data import DATA, data, prepared
from boostweights.adapters.record import record_of
from boostweights.adapters.registry import adapters
from boostweights.adapters.trees import first_difference

RESULTS: Final = Path(__file__).parents[1] / "results" / "equivalence"
FEWER_TREES: Final = {
    "RandomForestClassifier": {"n_estimators": 8},
    "ExtraTreesClassifier": {"n_estimators": 8},
    "GradientBoostingClassifier": {"n_estimators": 8},
}
NO_MISSING: Final = (
    "LogisticRegression",
    "LogisticRegressionCV",
    "SGDClassifier",
    "NuSVC",
    "GradientBoostingClassifier",
)
MODULES: Final = ("sklearn.ensemble", "sklearn.tree", "sklearn.linear_model", "sklearn.svm")
CELLS: Final = tomllib.loads(Path(__file__).parents[2].joinpath("tests", "cells.toml").read_text())
ADAPTERS = {adapter.name: adapter for adapter in adapters()}
RECORDS: Final = {name: record_of(ADAPTERS[name]) for name in CELLS}
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
CLOSE: Final = 1e-6


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
        counts = {
            each: sum(row["claim"] == each for row in rows)
            for each in ("identical", "equivalent", "different", "refused")
        }
        print(library, counts, "broken:", len(broken))
    sys.exit(1 if failed else 0)


def _measured(task: tuple[str, str]) -> list[dict[str, Any]]:
    warnings.simplefilter("ignore")
    return list(_rows(*task))


def _rows(library: str, cell: str) -> Iterator[dict[str, Any]]:
    settings = dict(CELLS[library][cell])
    if any("early_stop" in name for name in settings) and library != "sklearn":
        return  # needs an evaluation set: tests/equivalence trains these
    trained: dict[Any, Any] = {}
    for form in ADAPTERS[library].forms:
        if form == "sample_weight":
            continue
        for task, policies in POLICIES.items():
            for policy in policies:
                for name in DATA[task]:
                    measured = _measure(library, cell, settings, form, task, policy, name, trained)
                    yield {
                        "library": library,
                        "form": form,
                        "cell": cell,
                        "task": task,
                        "policy": policy,
                        "data": name,
                        **measured,
                    }


def _measure(
    library: str,
    cell: str,
    settings: dict[str, Any],
    form: Any,
    task: str,
    policy: str,
    name: str,
    trained: dict[Any, Any],
) -> dict[str, Any]:
    X, y = data(name, task)
    X = _complete(prepared(X, library, settings), library, cell)
    weights = POLICIES[task][policy].resolve(y)
    if settings.get("class_names") == "reversed":
        settings = {**settings, "class_names": np.unique(y)[::-1].tolist()}
    try:
        native = bw.to_native(weights, _make(library, cell, settings), y, form=form, allow_different=True)
    except bw.errors.InvalidValueError as refused:
        return {"claim": "refused", "reason": str(refused), "holds": None}

    def fit(pins: Mapping[str, Any], params: Mapping[str, Any], arguments: Mapping[str, Any]) -> Any:
        key = repr(
            (
                task,
                policy if arguments or params else "",
                name,
                sorted(pins.items()),
                params,
                sorted(arguments),
                form if params else "",
            )
        )
        if key not in trained:
            try:
                trained[key] = _make(library, cell, {**settings, **pins, **params}).fit(X, y, **arguments)
            except Exception as failure:
                trained[key] = f"{type(failure).__name__}: {str(failure).splitlines()[0]}"
        return trained[key]

    rows = bw.to_native(
        weights, library if library != "sklearn" else _make(library, cell, settings), y=y
    ).fit_kwargs(y)
    ours, theirs = fit(native.pins, native.params, native.fit_kwargs(y)), fit(native.pins, {}, rows)
    start = _start(native, theirs, len(y))
    if start:
        ours = fit(native.pins, native.params, {**native.fit_kwargs(y), **start})
        theirs = fit(native.pins, {}, {**rows, **start})
    found = _compared(library, ours, theirs, X)
    pasted = _compared(library, fit({}, native.params, {}), fit({}, {}, rows), X)
    claim = native.guarantee.value
    return {
        "claim": claim,
        "pins": {name: value for name, value in native.pins.items() if name != "max_bin"}
        | ({"max_bin": "rows"} if "max_bin" in native.pins else {}),
        "constant": native.row_weight is not None,
        "reason": native.reason,
        "max_difference": found[0],
        "identical_trees": found[1],
        "pasted_difference": pasted[0],
        "holds": _holds(claim, *found),
    }


def _start(native: bw.adapters.NativeForm, theirs: Any, rows: int) -> dict[str, Any]:
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
    return True if difference <= CLOSE else None


def _compared(library: str, ours: Any, theirs: Any, X: Any) -> tuple[float | None, bool]:
    if isinstance(ours, str) or isinstance(theirs, str):
        return (None, ours == theirs)
    method = "predict_proba" if hasattr(ours, "predict_proba") else "decision_function"
    mine, other = (np.asarray(getattr(model, method)(X), float) for model in (ours, theirs))
    if getattr(ours, "objective", None) == "binary:logitraw":
        mine, other = expit(mine), expit(other)
    try:
        same = first_difference(ADAPTERS[library].trees(ours), ADAPTERS[library].trees(theirs)) is None
    except bw.errors.InvalidTypeError:
        same = True  # no trees to compare
    return float(np.abs(mine - other).max()), same


def _make(library: str, cell: str, settings: Mapping[str, Any]) -> Any:
    spelled, defaults = next(iter(RECORDS[library].estimators.items()))
    module, _, name = spelled.partition(":")
    if library == "sklearn" and (own := cell.partition(":")[0]) != name:
        module, name = next(each for each in MODULES if hasattr(import_module(each), own)), own
        defaults = {"random_state": 0, **FEWER_TREES.get(name, {})}
    return getattr(import_module(module), name)(**{**defaults, **settings})


def _complete(X: Any, library: str, cell: str) -> Any:
    return X.fillna(0) if library == "sklearn" and cell.split(":", maxsplit=1)[0] in NO_MISSING else X


def _configuration(library: str) -> dict[str, Any]:
    installed = {dist.metadata["Name"] for dist in metadata.distributions()}
    versions = {
        name: metadata.version(name)
        for name in (*RECORDS[library].distributions, "numpy", "boostweights")
        if name in installed
    }
    return {
        "command": "make equivalence",
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "versions": versions,
        "rows": 700,
        "trees": 8,
        "data": {task: list(names) for task, names in DATA.items()},
        "cells": {
            name: {key: repr(value) for key, value in cell.items()} for name, cell in CELLS[library].items()
        },
    }


if __name__ == "__main__":
    main()
