"""The harness beside scikit-learn's cross_validate(n_jobs=2) looping over its cells, and beside bare fits.

python -m benchmarks.throughput.measure [--quick] [--repeats 2] [--out DIRECTORY]

Three ways to the same figures on the same splits, each in two processes with one thread a fit:
  harness   boostweights' run: every distinct model once, every rule read off it, each result stored at once
  cells     cross_validate once a cell: a data set, a library, an arm, a decision rule
  arms      cross_validate once an arm, decisions at .5 only: fewer cells, in cross_validate's favour
and, one after another in one process, the fits alone, each a constructor, fit and predict_proba:
  bare      each distinct model by the library alone
  bins      the same on rows that are binned once a fold, where this trains the same model: no harness that
            trains them all can be faster than its processor seconds on two cores
The harness and the arms are also timed in turn for each library, on sets of more than 5,000 rows and on the
others, once the processes of both have started: cross_validate keeps its own, the harness a server of them.
The fixed start is what passes from the call to the first result of two tiny models, their own seconds taken
out. The first figure that differs ends the script. A run made under load is not published.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import resource
import statistics
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

from benchmarks.speed.load import Clock, average, loaded_before, loaded_during
from boostweights import WeightedClassifier
from boostweights.benchmark.data.load import prepare
from boostweights.benchmark.plan.arm import Arm
from boostweights.benchmark.plan.learners import LEARNERS, estimator, features, parameters
from boostweights.benchmark.plan.plan import Plan, make_plan
from boostweights.benchmark.plan.problem import Problem, read_problem
from boostweights.benchmark.plan.splits import folds
from boostweights.benchmark.plan.suite import Suite, load_suite
from boostweights.benchmark.run.fit import fit
from boostweights.benchmark.run.result import Result
from boostweights.benchmark.run.run import run
from boostweights.benchmark.run.shared import Shared
from boostweights.benchmark.run.store import Store
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
ONE_RULE = {("0.5", "raw"): 0.5}
RULES = {("0.5", "raw"): 0.5, ("0.5", "corrected"): 0.5, ("cost", "raw"): None, ("cost", "corrected"): None}
DATA = {
    True: ("yeast4",),
    False: ("hypothyroid", "lending-club", "satimage4", "churn-tv", "nass-crash", "bank-marketing"),
}


ROWS = 5_000
TARGETS = {("lightgbm", True): 2.0, ("catboost", True): 2.0}
"""Library, whether its sets have more than `ROWS` rows → how many times faster than once an arm."""
OVERHEAD, START = 0.05, 3.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one small data set, few trees: does it work?")
    parser.add_argument("--repeats", type=int, default=2, help="of each library's harness and arms, in turn")
    parser.add_argument("--out", type=Path, default=None)
    options = parser.parse_args()
    out = options.out or ROOT / ("runs" if options.quick else "benchmarks/results") / "throughput"
    published = out.resolve().is_relative_to(ROOT / "benchmarks" / "results")
    load, before = average(), Clock.now()
    if published and (refused := loaded_before(load)):
        raise SystemExit(f"error: {refused}")
    suite = chosen(quick=options.quick)
    plan = planned(suite)
    harness, bare = to_the_end(plan), timed(lambda: bare_fits(plan))
    start = started(suite)
    figures = harnessed(plan)[1]
    cells = timed(lambda: compare(plan, figures, RULES))
    groups = [measured(part, figures, options.repeats) for part in parts(suite)]
    results = summary(harness, bare, cells, start, groups) | {
        "what": __doc__.partition("\n")[0],
        "command": " ".join(["python -m benchmarks.throughput.measure", *sys.argv[1:]]),
        "data": suite.data,
        "folds": suite.folds,
        "trees": suite.trees,
        "models": len(plan.models),
        "figures": "identical to 1e-12",
        "versions": plan.versions,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "load_before": load,
        "others_share": Clock.now().others_since(before),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    for row in results["targets"]:
        print(" | ".join(map(str, row.values())))
    if published and (refused := loaded_during(results)):
        raise SystemExit(f"error: {refused}")
    out.mkdir(parents=True, exist_ok=True)
    file = out / f"{'quick' if options.quick else 'full'}.json"
    file.write_text(json.dumps(results, indent=2) + "\n")


def planned(suite: Suite) -> Plan:
    return make_plan(suite, {name: prepare(name) for name in suite.data})


def parts(suite: Suite) -> Iterator[Suite]:
    """A suite a library, of the sets of more than `ROWS` rows, and of the others."""
    large = {name: len(read_problem(prepare(name)).y) > ROWS for name in suite.data}
    for library in suite.libraries:
        for kind in (True, False):
            if names := tuple(name for name in suite.data if large[name] == kind):
                name = f"{library} {'above' if kind else 'up to'} {ROWS:,} rows"
                yield dataclasses.replace(suite, name=name, libraries=(library,), data=names)


def measured(suite: Suite, figures: pd.DataFrame, repeats: int) -> dict[str, Any]:
    """A library's harness and arms in turn, beside the fits alone."""
    plan = planned(suite)
    pairs = [
        (harnessed(plan)[0]["wall"], timed(lambda: compare(plan, figures, ONE_RULE))["wall"])
        for _ in range(repeats)
    ]
    harness, arms = (statistics.median(side) for side in zip(*pairs, strict=True))
    bare, bins = timed(lambda: bare_fits(plan))["cpu"], timed(lambda: fits_on_bins(plan))["cpu"]
    found = {
        "group": suite.name,
        "library": suite.libraries[0],
        "large": "above" in suite.name,
        "models": len(plan.models),
        "harness": harness,
        "arms": arms,
        "bare_cpu": bare,
        "bins_cpu": bins,
        "throughput": arms / harness,
        "bound": arms / (bins / JOBS),
    }
    print(found, flush=True)
    return found


def summary(
    harness: Mapping[str, float],
    bare: Mapping[str, float],
    cells: Mapping[str, float],
    start: float,
    groups: list[dict[str, Any]],
) -> dict[str, Any]:
    """The figures, and those that have a target beside it and what bounds them."""
    overhead = harness["wall"] * JOBS / bare["wall"] - 1
    targets: list[dict[str, Any]] = [
        {
            "figure": f"arms / harness, {group['group']}",
            "value": round(group["throughput"], 3),
            "target": wanted and f"at least {wanted:g}",
            "met": wanted and group["throughput"] >= wanted,
            "bound": f"{group['bound']:.2f}: the fits alone on shared bins, "
            f"{group['bins_cpu'] / group['bare_cpu']:.0%} of the bare fits",
        }
        for group in groups
        for wanted in [TARGETS.get((group["library"], group["large"]))]
    ]
    targets += [
        {
            "figure": "harness on two cores / bare fits, over 1",
            "value": round(overhead, 3),
            "target": f"at most {OVERHEAD:g}",
            "met": overhead <= OVERHEAD,
            "bound": "below 0: what shared bins save",
        },
        {
            "figure": "fixed start, s",
            "value": round(start, 2),
            "target": f"at most {START:g}",
            "met": start <= START,
            "bound": "the import of scikit-learn and the libraries, once",
        },
    ]
    return {
        "seconds": {"harness": harness, "bare": bare, "cells": cells},
        "throughput_over_cells": cells["wall"] / harness["wall"],
        "throughput_over_arms": sum(each["arms"] for each in groups) / harness["wall"],
        "overhead_wall": overhead,
        "overhead_cpu": harness["cpu"] / bare["cpu"] - 1,
        "fixed_start": start,
        "groups": groups,
        "targets": targets,
    }


def chosen(*, quick: bool) -> Suite:
    base = load_suite("fixed")
    arms = {arm.name: dataclasses.replace(arm, tune=False) for arm in base.arms}
    return dataclasses.replace(
        base,
        name="throughput",
        data=DATA[quick],
        arms=tuple(arms[name] for name in ARMS),
        folds=3 if quick else 5,
        trees=10 if quick else 100,
    )


def harnessed(plan: Plan) -> tuple[dict[str, float], pd.DataFrame]:
    """The seconds of a run into an empty store, and its figures."""
    with tempfile.TemporaryDirectory() as directory, Store(Path(directory) / "store.sqlite") as store:
        return timed(lambda: run(plan, store, jobs=JOBS)), store.metrics()


def to_the_end(plan: Plan) -> dict[str, float]:
    """The seconds of a run with its server: those of processors count once a process was seen to end."""

    def work() -> None:
        harnessed(plan)
        stop_server()

    stop_server()
    return timed(work)


def stop_server() -> None:
    forkserver._forkserver._stop()  # type: ignore[attr-defined]


def started(suite: Suite) -> float:
    """Start the server of workers: seconds from a run's call to its first result, without its training."""
    plan = planned(dataclasses.replace(suite, data=DATA[True], trees=1, folds=2, arms=suite.arms[:1]))
    first: list[float] = []

    def on_result(result: Result) -> None:
        first.append(time.perf_counter() - result.wall_seconds)

    stop_server()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as directory, Store(Path(directory) / "store.sqlite") as store:
        run(plan, store, jobs=JOBS, on_result=on_result)
    return first[0] - start


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


def fits_on_bins(plan: Plan) -> None:
    """Each distinct model on bins that models of its fold share."""
    shared = Shared()
    for model in plan.models.values():
        X, tested = shared.rows(model)
        fitted = fit(model.recipe, X, shared.problem.y[model.split.train], shared)
        fitted.model.predict_proba(tested)


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


if __name__ == "__main__":
    main()
