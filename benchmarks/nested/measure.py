"""Thresholds tuned on the other folds' scores, beside those tuned within each training fold.

    python -m benchmarks.nested.measure [--jobs N] [--minutes N] [--quick]

The unweighted model's threshold as `weight_path` tunes it, with ``tuning="folds"`` and ``tuning="nested"``,
by F1 and by costs (a miss costs as many false alarms as there are negatives for each positive), on each
fold's test rows. "folds" tries each score; "same search" is scikit-learn's search, which "nested" does as
well, on the scores of "folds": so that it differs from "nested" only in where it tunes.
"""

from __future__ import annotations

from functools import lru_cache
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal, get_args

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import make_scorer
from sklearn.model_selection import TunedThresholdClassifierCV

import boostweights as bw
from benchmarks.experiment.problem import problem
from benchmarks.experiment.run import Cell, Figures, Plan, measured
from benchmarks.nested.page import write
from benchmarks.probabilities.measure import ROWS, sets
from boostweights.benchmark.data.entries import catalogue
from boostweights.benchmark.data.rows import split_groups
from boostweights.path.result import at_threshold, costs_of_counts
from boostweights.probabilities.thresholds import counts_at

Way = Literal["folds", "nested"]
PLAN: Final = Plan(
    name="nested",
    data=tuple(name for name in sets() if catalogue().entries[name].task == "binary"),
    libraries=("lightgbm", "xgboost"),
    rows=ROWS,
    trees=100,
    repeats=1,
    folds=5,
    code=2,
    settings={},
)


class Given(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A model whose probabilities are its one feature."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> Given:
        """Learn which classes there are."""
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Return the probabilities that are given."""
        return np.column_stack([1 - X[:, 0], X[:, 0]])


def measure(cell: Cell) -> Figures:
    """The figures of a fold's test rows at each way's threshold."""
    plan, found = cell.plan, []
    paths = _paths(cell.dataset, cell.library, plan.rows, plan.trees, plan.folds, cell.repeat)
    for (way, metric), path in paths.items():
        thresholds = {way: path.tuned_threshold[cell.fold]}
        if way == "folds":
            thresholds["same search"] = _same_search(path, cell.fold, metric)
        for arm, threshold in thresholds.items():
            here = path.fold == cell.fold
            value = _scores(path.y[here], path.baseline[here] >= threshold, _costs(path.y))[metric]
            found.append({"arm": arm, "rule": "tuned", "proba": "raw", "metric": metric, "value": value})
    return found


def _same_search(path: bw.path.WeightPath, fold: int, metric: str) -> float:
    """The threshold by scikit-learn's search on the other folds' scores."""
    others, sign = path.fold != fold, 1 if metric == "f1" else -1
    costs = _costs(path.y)

    def worth(y: np.ndarray, predicted: np.ndarray) -> float:
        return sign * _scores(y == 1, predicted == 1, costs)[metric]

    scores, truth = path.baseline[others, None], path.y[others].astype(int)
    every = np.arange(len(truth))  # nothing is learned
    folds = [(every, np.flatnonzero(path.fold[others] == other)) for other in np.unique(path.fold[others])]
    tuner = TunedThresholdClassifierCV(Given(), scoring=make_scorer(worth), cv=folds)
    return float(tuner.fit(scores, truth).best_threshold_)


def _scores(y: np.ndarray, positive: np.ndarray, costs: bw.Costs) -> dict[str, float]:
    """F1, and the cost over that of calling no row positive."""
    counts = counts_at(y, positive.astype(float), [0.5])[0]
    found = at_threshold(counts, costs_of_counts(costs, (0, 1), 1))
    return {"f1": found["f1"], "cost": found["cost"] / (y.mean() * costs.fn)}


@lru_cache(maxsize=1)  # its folds follow each other
def _paths(
    dataset: str, library: str, rows: int, trees: int, folds: int, repeat: int
) -> dict[tuple[str, str], bw.path.WeightPath]:
    """The path of weight 1 for each way and metric, all folds of it."""
    data = problem(dataset, rows)
    groups = split_groups(data.dataset)
    given: dict[str, Any] = {
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
