"""How many trees until correction no longer fits: one model of many rounds, asked at fewer.

    python -m benchmarks.rounds.measure [--jobs N] [--quick]

An unweighted and a balanced model are trained once in each fold, and predict with their first 3, 10, …
rounds. The same rows as `benchmarks.probabilities`, so that the two can be read side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, Final

import numpy as np
from sklearn.metrics import log_loss

import boostweights as bw
from benchmarks.experiment.problem import Problem, problem
from benchmarks.experiment.run import Cell, Figures, measured
from benchmarks.probabilities import measure as probabilities
from benchmarks.rounds.page import write

ROUNDS: Final = (3, 10, 30, 100, 300)
PLAN: Final = replace(probabilities.PLAN, name="rounds", trees=300, code=1, settings={"rounds": ROUNDS})
Proba = np.ndarray


def measure(cell: Cell) -> Figures:
    data = problem(cell.dataset, cell.plan.rows)
    train, test = list(data.folds(cell.plan.folds, cell.repeat))[cell.fold]
    X, y = data.features(cell.library), data.y
    plain, balanced = (_trained(cell, data, train, arm) for arm in ("unweighted", "balanced"))
    weights = balanced.class_weights_
    asked = list(weights.class_weight.values())
    found: Figures = []
    for rounds in (rounds for rounds in ROUNDS if rounds <= cell.plan.trees):
        honest, weighted = (
            _probabilities(cell.library, model, X.iloc[test], rounds) for model in (plain, balanced)
        )
        corrected = bw.correct_proba(weighted, weights)
        known = _probabilities(cell.library, plain, X.iloc[train], rounds)
        figures = {
            ("unweighted", "raw", "log_loss"): loss(y[test], honest),
            ("unweighted", "raw", "train_log_loss"): loss(y[train], known),
            ("balanced", "raw", "log_loss"): loss(y[test], weighted),
            ("balanced", "corrected", "log_loss"): loss(y[test], corrected),
            ("balanced", "raw", "shift"): probabilities.shift(honest, weighted, asked),
        }
        found += [
            {"arm": arm, "proba": proba, "metric": metric, "rounds": rounds, "rule": "none", "value": value}
            for (arm, proba, metric), value in figures.items()
        ]
    return found


def _trained(cell: Cell, data: Problem, rows: np.ndarray, weighting: str) -> bw.WeightedClassifier:
    estimator = data.estimator(cell.library, cell.plan.trees, cell.repeat)
    return bw.WeightedClassifier(estimator, weighting=weighting).fit(
        data.features(cell.library).iloc[rows], data.y[rows]
    )


def _probabilities(library: str, model: bw.WeightedClassifier, X: Any, rounds: int) -> Proba:
    return np.asarray(_FIRST[library](model.estimator_, X, rounds), np.float64)


def _first_stages(model: Any, X: Any, rounds: int) -> Proba:
    stages: Iterator[Proba] = model.staged_predict_proba(X)
    return next(islice(stages, rounds - 1, None))


_FIRST: Final[Mapping[str, Callable[[Any, Any, int], Proba]]] = {
    "xgboost": lambda model, X, rounds: model.predict_proba(X, iteration_range=(0, rounds)),
    "lightgbm": lambda model, X, rounds: model.predict_proba(X, num_iteration=rounds),
    "catboost": lambda model, X, rounds: model.predict_proba(X, ntree_end=rounds),
    "sklearn": _first_stages,
}


def loss(truth: np.ndarray, proba: Proba) -> float:
    rows = proba / proba.sum(axis=1, keepdims=True)  # float32 rows sum to 1 within 1e-7
    return float(log_loss(truth, rows, labels=range(rows.shape[1])))


if __name__ == "__main__":
    write(*measured(PLAN, measure))
