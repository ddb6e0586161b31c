"""Thresholds tuned on the other folds' scores, beside those tuned within each training fold.

    python -m benchmarks.nested.measure [--jobs N] [--minutes N] [--quick]

The unweighted model's threshold as `weight_path` tunes it, with ``tuning="folds"`` and ``tuning="nested"``, by
F1 and by costs (a miss costs as many false alarms as there are negatives for each positive), on the test rows
of each fold.
"""

from __future__ import annotations

from functools import lru_cache
from tempfile import TemporaryDirectory
from typing import Final, Literal, get_args

import numpy as np

import boostweights as bw
from benchmarks.experiment.problem import LIBRARIES, problem
from benchmarks.experiment.run import Cell, Figures, Plan, measured
from benchmarks.nested.page import write
from benchmarks.probabilities.measure import ROWS, sets
from boostweights.benchmark.data.entries import catalogue
from boostweights.benchmark.data.rows import split_groups
from boostweights.path.scores import at_threshold, costs_of_counts, counts_at

Way = Literal["folds", "nested"]
PLAN: Final = Plan(
    name="nested",
    data=tuple(name for name in sets() if catalogue().entries[name].task == "binary"),
    libraries=LIBRARIES,
    rows=ROWS,
    trees=100,
    repeats=1,
    folds=5,
    code=1,
    settings={},
)


def measure(cell: Cell) -> Figures:
    found: Figures = []
    for (way, metric), path in _paths(cell.dataset, cell.library, *_sizes(cell)).items():
        here, threshold = path.fold == cell.fold, path.tuned_threshold[cell.fold]
        counts = counts_at(path.y[here], path.baseline[here], [threshold])[0]
        costs = _costs(path.y)
        scores = at_threshold(counts, costs_of_counts(costs, (0, 1), 1))
        none = path.y[here].mean() * costs.fn  # of calling no row positive
        value = scores["f1"] if metric == "f1" else scores["cost"] / none
        found.append({"arm": way, "rule": "tuned", "proba": "raw", "metric": metric, "value": value})
        found.append({**found[-1], "metric": f"threshold by {metric}", "value": float(threshold)})
    return found


def _sizes(cell: Cell) -> tuple[int, int, int, int]:
    return cell.plan.rows, cell.plan.trees, cell.plan.folds, cell.repeat


@lru_cache(maxsize=1)  # its folds follow each other
def _paths(
    dataset: str, library: str, rows: int, trees: int, folds: int, repeat: int
) -> dict[tuple[str, str], bw.path.WeightPath]:
    """The path of weight 1 for each way and metric, all folds of it."""
    data = problem(dataset, rows)
    groups = split_groups(data.dataset)
    given = {
        "X": data.features(library),
        "y": data.y,
        "ratios": [1.0],
        "cv": list(data.folds(folds, repeat)),
        "cv_groups": groups if groups.max() + 1 < len(groups) else None,  # which take long
    }
    estimator = data.estimator(library, trees, repeat)
    with TemporaryDirectory() as store:  # the ways share the folds' own fits
        return {
            (way, metric): bw.weight_path(estimator, costs=costs, tuning=way, store=store, **given)
            for way in get_args(Way)
            for metric, costs in {"f1": None, "cost": _costs(data.y)}.items()
        }


def _costs(y: np.ndarray) -> bw.Costs:
    """A miss weighs as all negatives over all positives."""
    return bw.Costs(fn=float((1 - y.mean()) / y.mean()), fp=1.0)


if __name__ == "__main__":
    write(*measured(PLAN, measure))
