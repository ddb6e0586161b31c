"""The harness beside scikit-learn's cross_validate(n_jobs=2) looping over its cells, and beside bare fits.

python benchmarks/throughput/measure.py [--quick] [--out DIRECTORY]

Three ways to the same figures on the same splits, each in two processes with one thread a fit:
  harness   boostweights' run: every distinct model once, every rule read off it, each result stored at once
  cells     cross_validate once a cell: a data set, a library, an arm, a decision rule
  arms      cross_validate once an arm, decisions at .5 only: fewer cells, in cross_validate's favour
and the bare fits, one after another in one process: constructor, fit and predict_proba of each distinct
model, by the library alone. The overhead is the processor time of the whole harness (the start of its
processes included) over that of the bare fits. The first figure that differs ends the script.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score, make_scorer, precision_score
from sklearn.model_selection import FixedThresholdClassifier, cross_validate

from boostweights import WeightedClassifier
from boostweights.benchmark.data.load import prepare
from boostweights.benchmark.plan.arm import Arm
from boostweights.benchmark.plan.learners import LEARNERS, estimator, features, parameters
from boostweights.benchmark.plan.plan import Plan, make_plan
from boostweights.benchmark.plan.problem import Problem, read_problem
from boostweights.benchmark.plan.splits import folds
from boostweights.benchmark.plan.suite import Suite, load_suite
from boostweights.benchmark.run.run import run
from boostweights.benchmark.run.store import Store
from boostweights.benchmark.run.train import attempt
from boostweights.weighting.policies.by_class import Balanced, Unweighted

ROOT = Path(__file__).resolve().parents[2]
JOBS = 2
COST = 10.0  # fn : fp
ARMS = ("unweighted", "power_0.25", "sqrt_balanced", "power_0.75", "balanced", "balanced_majority")
POLICIES = {
    "unweighted": Unweighted(),
    "power_0.25": Balanced(power=0.25),
    "sqrt_balanced": Balanced(power=0.5),
    "power_0.75": Balanced(power=0.75),
    "balanced": Balanced(),
    "balanced_majority": Balanced(scale="majority"),
}
SCORERS: dict[str, Any] = {
    "recall": "recall",
    "precision": make_scorer(precision_score, zero_division=0),
    "f1": make_scorer(f1_score, zero_division=0),
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced_accuracy",
    "mcc": "matthews_corrcoef",
    "average_precision": "average_precision",
    "roc_auc": "roc_auc",
    "log_loss": "neg_log_loss",
    "brier": "neg_brier_score",
}
RULES = {("0.5", "raw"): 0.5, ("0.5", "corrected"): 0.5, ("cost", "raw"): None, ("cost", "corrected"): None}
DATA = {
    True: ("yeast4",),
    False: ("hypothyroid", "lending-club", "satimage4", "churn-tv", "nass-crash", "bank-marketing"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one small data set, few trees: does it work?")
    parser.add_argument("--out", type=Path, default=None)
    options = parser.parse_args()
    suite = chosen(quick=options.quick)
    load = os.getloadavg()[0]
    plan = make_plan(suite, {name: prepare(name) for name in suite.data})
    with tempfile.TemporaryDirectory() as directory, Store(Path(directory) / "store.sqlite") as store:
        harness = timed(lambda: run_to_the_end(plan, store))
        figures = store.metrics()
    bare = timed(lambda: bare_fits(plan))
    repeated = timed(lambda: [attempt(model) for model in plan.models.values()])
    peers = {
        "cells": timed(lambda: compare(plan, figures, RULES)),
        "arms": timed(lambda: compare(plan, figures, {("0.5", "raw"): 0.5})),
    }
    write(suite, plan, load, {"harness": harness, "bare": bare, "in_process": repeated, **peers}, options)


def chosen(*, quick: bool) -> Suite:
    base = load_suite("default")
    arms = {arm.name: dataclasses.replace(arm, tune=False) for arm in base.arms}
    return dataclasses.replace(
        base,
        name="throughput",
        data=DATA[quick],
        arms=tuple(arms[name] for name in ARMS),
        folds=3 if quick else 5,
        trees=10 if quick else 100,
    )


def run_to_the_end(plan: Plan, store: Store) -> None:
    """The harness, and the end of the server of its workers: seconds count once a process was seen to end."""
    run(plan, store, jobs=JOBS)
    forkserver._forkserver._stop()  # type: ignore[attr-defined]


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Seconds by the clock, and of processors: this process and those that it started and saw end."""
    before, start = processor_seconds(), time.perf_counter()
    work()
    return {"wall": time.perf_counter() - start, "cpu": processor_seconds() - before}


def processor_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def bare_fits(plan: Plan) -> None:
    """Each distinct model by its library alone."""
    problems: dict[Path, Problem] = {}
    ready: dict[Any, pd.DataFrame] = {}
    for model in plan.models.values():
        problem = problems.setdefault(model.data, read_problem(model.data))
        key = (model.data, model.recipe.categories)
        X = ready.setdefault(key, features(problem.dataset.X, model.recipe.categories))
        y = problem.y[model.split.train]
        weights = np.asarray(model.recipe.weights)[y] if model.recipe.weighted else None
        fitted = estimator(model.recipe.classifier, model.recipe.parameters)
        fitted.fit(X.iloc[model.split.train], y, sample_weight=weights)
        fitted.predict_proba(X.iloc[model.split.test])


def compare(plan: Plan, figures: pd.DataFrame, rules: Mapping[Any, float | None]) -> None:
    """cross_validate over the cells of these rules; ends where a figure differs."""
    for name, library, arm, X, y, splits in questions(plan):
        for (rule, proba), threshold in rules.items():
            if proba == "corrected" and arm.name == "unweighted":
                continue
            clf = classifier(plan.suite, name, library, arm, corrected=proba == "corrected")
            at = 1 / (1 + COST) if threshold is None else threshold
            if (rule, proba) != ("0.5", "raw"):
                clf = FixedThresholdClassifier(clf, threshold=at, response_method="predict_proba")
            scores = cross_validate(clf, X, y, cv=splits, scoring=SCORERS, n_jobs=JOBS)
            check(scores, figures, name, library, arm.name, rule, proba)


def questions(plan: Plan) -> Iterator[tuple[str, str, Arm, pd.DataFrame, np.ndarray, list[Any]]]:
    for name in plan.suite.data:
        problem = read_problem(prepare(name))
        splits = [(split.train, split.test) for split in folds(problem.dataset, plan.suite)]
        for library in plan.suite.libraries:
            X = features(problem.dataset.X, LEARNERS[library].categories)
            for arm in plan.suite.arms:
                yield name, library, arm, X, problem.y, splits


def classifier(suite: Suite, name: str, library: str, arm: Arm, *, corrected: bool) -> WeightedClassifier:
    learner = LEARNERS[library]
    categorical = read_problem(prepare(name)).dataset.categorical
    arguments = parameters(
        learner, trees=suite.trees, seed=suite.seed, threads=suite.threads, categorical=categorical
    )
    return WeightedClassifier(
        estimator(learner.classifier, arguments), weighting=POLICIES[arm.name], correct_proba=corrected
    )


def check(scores: Mapping[str, Any], figures: pd.DataFrame, *cell: str) -> None:
    name, library, arm, rule, proba = cell
    mine = figures[(figures["dataset"] == name) & (figures["library"] == library) & (figures["arm"] == arm)]
    for metric, scorer in SCORERS.items():
        of_scores = metric in ("average_precision", "roc_auc", "log_loss", "brier")
        wanted = mine[(mine["rule"] == ("none" if of_scores else rule)) & (mine["proba"] == proba)]
        by_fold = wanted[wanted["metric"] == metric].sort_values("fold")["value"].to_numpy()
        theirs = scores[f"test_{metric}"] * (-1 if str(scorer).startswith("neg_") else 1)
        if not np.allclose(by_fold, theirs, rtol=0, atol=1e-12):
            raise SystemExit(f"{cell}: {metric} is {by_fold} in the harness, {theirs} in cross_validate")


def write(
    suite: Suite, plan: Plan, load: float, seconds: Mapping[str, Any], options: argparse.Namespace
) -> None:
    quick = "quick" if options.quick else "full"
    default = ROOT / ("runs" if options.quick else "benchmarks/results") / "throughput"
    out = options.out or default
    results = {
        "what": __doc__.partition("\n")[0],
        "command": " ".join(["python", "benchmarks/throughput/measure.py", *sys.argv[1:]]),
        "data": suite.data,
        "folds": suite.folds,
        "trees": suite.trees,
        "models": len(plan.models),
        "seconds": seconds,
        "throughput_over_cells": seconds["cells"]["wall"] / seconds["harness"]["wall"],
        "throughput_over_arms": seconds["arms"]["wall"] / seconds["harness"]["wall"],
        "overhead_cpu": seconds["harness"]["cpu"] / seconds["bare"]["cpu"] - 1,
        "overhead_cpu_without_start": seconds["in_process"]["cpu"] / seconds["bare"]["cpu"] - 1,
        "overhead_wall": seconds["harness"]["wall"] * JOBS / seconds["bare"]["wall"] - 1,
        "figures": "identical to 1e-12",
        "versions": plan.versions,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "load_before": load,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{quick}.json").write_text(json.dumps(results, indent=2) + "\n")
    for name in ("throughput_over_cells", "throughput_over_arms", "overhead_cpu", "overhead_wall"):
        print(f"{name}: {results[name]:.3f}")


if __name__ == "__main__":
    main()
