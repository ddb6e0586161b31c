"""What weights do to probabilities, and what takes it away again: correction, recalibration, both.

    python -m benchmarks.probabilities.measure [--jobs N] [--quick]

In each fold an unweighted and a balanced model are trained, and for recalibration three more of each on two
thirds of the training rows: what CalibratedClassifierCV(cv=3) does, with its models shared between arms.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold

import boostweights as bw
from benchmarks.experiment.problem import LIBRARIES, Problem, problem
from benchmarks.experiment.run import Cell, Figures, Plan, measured
from benchmarks.probabilities.page import write

STRONG: Final = {
    "xgboost": {"reg_lambda": 100.0},
    "lightgbm": {"reg_lambda": 100.0},
    "catboost": {"l2_leaf_reg": 100.0},
    "sklearn": {"l2_regularization": 100.0},
}
STOPPING: Final = {"patience": 10, "validation_fraction": 0.15, "trees": 300}
PLAN: Final = Plan(
    name="probabilities",
    data=("bank-marketing", "give-me-credit", "lending-club", "hypothyroid", "hpc-jobs"),
    libraries=LIBRARIES,
    rows=8_000,
    trees=100,
    repeats=1,
    folds=5,
    code=2,
    settings={"strong": STRONG, "stopping": STOPPING, "bins": 10},
)
METHODS: Final = ("sigmoid", "isotonic")
Proba = np.ndarray


def measure(cell: Cell) -> Figures:
    data = problem(cell.dataset, cell.plan.rows)
    train, test = list(data.folds(cell.plan.folds, cell.repeat))[cell.fold]
    probabilities = {(arm, proba): found for arm, proba, found in _probabilities(cell, data, train, test)}
    weights = bw.Balanced().resolve(data.y[train])
    found = {side: figures(data.y[test], proba) for side, proba in probabilities.items()}
    for (arm, proba), values in probabilities.items():
        if arm.startswith("balanced") and proba == "raw":
            plain = probabilities[arm.replace("balanced", "unweighted").replace(" on plain rows", ""), "raw"]
            found[arm, proba]["shift"] = shift(plain, values, list(weights.class_weight.values()))
    return [
        {"arm": arm, "rule": "none", "proba": proba, "metric": metric, "value": value}
        for (arm, proba), of_side in found.items()
        for metric, value in of_side.items()
    ]


def _probabilities(
    cell: Cell, data: Problem, train: np.ndarray, test: np.ndarray
) -> Iterator[tuple[str, str, Proba]]:
    X = data.features(cell.library)
    rows, tests, y = X.iloc[train], X.iloc[test], data.y[train]
    for arm in ("unweighted", "balanced"):
        model = _classifier(cell, data, arm).fit(rows, y)
        inner = _inner_models(cell, data, arm, rows, y)
        for proba in ("raw", "corrected") if arm == "balanced" else ("raw",):
            yield arm, proba, _as(model, proba).predict_proba(tests)
            for method in METHODS:
                yield arm, f"{proba}+{method}", _recalibrated(inner, proba, method, rows, y, tests)
    for arm, settings in _variants(cell):
        quiet = {"verbose": False} if cell.library == "xgboost" else {}
        model = _classifier(cell, data, arm.split(",")[0], **settings).fit(rows, y, **quiet)
        yield arm, "raw", model.predict_proba(tests)
        if arm.startswith("balanced"):
            yield arm, "corrected", _as(model, "corrected").predict_proba(tests)


def _variants(cell: Cell) -> Iterator[tuple[str, dict[str, Any]]]:
    """What may break the inversion: an absolute penalty on leaves, rounds chosen by a weighted loss."""
    strong = STRONG[cell.library]
    stopping = STOPPING | {"trees": min(STOPPING["trees"], 3 * cell.plan.trees)}
    yield "unweighted, strong lambda", strong
    yield "balanced, strong lambda", strong
    yield "unweighted, early stopping", stopping
    yield "balanced, early stopping", stopping
    yield "balanced, early stopping on plain rows", {**stopping, "eval_weighting": "none"}


def _classifier(cell: Cell, data: Problem, weighting: str, **settings: Any) -> bw.WeightedClassifier:
    ours = {
        name: settings.pop(name) for name in ("validation_fraction", "eval_weighting") if name in settings
    }
    trees = settings.pop("trees", cell.plan.trees)
    return bw.WeightedClassifier(
        data.estimator(cell.library, trees, cell.repeat, **settings), weighting=weighting, **ours
    )


def _as(model: bw.WeightedClassifier, proba: str) -> bw.WeightedClassifier:
    """The same fitted model, asked for corrected probabilities or not."""
    found = copy.copy(model)
    found.correct_proba = proba == "corrected"
    return found


Inner = list[tuple[bw.WeightedClassifier, np.ndarray]]


def _inner_models(cell: Cell, data: Problem, arm: str, rows: Any, y: np.ndarray) -> Inner:
    folds = StratifiedKFold(3).split(rows, y)
    return [(_classifier(cell, data, arm).fit(rows.iloc[inside], y[inside]), out) for inside, out in folds]


def _recalibrated(inner: Inner, proba: str, method: str, rows: Any, y: np.ndarray, tests: Any) -> Proba:
    """What CalibratedClassifierCV(ensemble=True, cv=3) predicts: the mean over its models."""
    found = []
    for model, out in inner:
        calibrated = CalibratedClassifierCV(FrozenEstimator(_as(model, proba)), method=method, cv=2)
        found.append(calibrated.fit(rows.iloc[out], y[out]).predict_proba(tests))
    return np.mean(found, axis=0)


def figures(truth: np.ndarray, proba: Proba) -> dict[str, float]:
    """Log loss, Brier score and expected calibration error.

    The Brier score is that of the positive class, and the sum over classes for more than two. The expected
    calibration error has ten bins of equal counts, of the positive class or as a mean over the classes.
    """
    proba = np.asarray(proba, np.float64)
    proba = proba / proba.sum(axis=1, keepdims=True)
    k = proba.shape[1]
    hits = truth[:, None] == np.arange(k)
    columns = [1] if k == 2 else list(range(k))
    return {
        "log_loss": float(log_loss(truth, proba, labels=range(k))),
        "brier": float(np.mean(np.sum((proba[:, columns] - hits[:, columns]) ** 2, axis=1))),
        "ece": float(np.mean([calibration_error(hits[:, i], proba[:, i]) for i in columns])),
    }


def shift(plain: Proba, weighted: Proba, weights: list[float]) -> float:
    """By how much of what the weights ask they move the log odds, as a mean over rows.

    Of the most common class against each other one: 1 is what correction takes away.
    """
    first = int(np.argmin(weights))
    moved = np.log(np.clip(weighted, 1e-15, 1)) - np.log(np.clip(plain, 1e-15, 1))
    asked = np.log(np.asarray(weights) / weights[first])
    others = [k for k in range(len(weights)) if k != first]
    return float(np.mean([(moved[:, k] - moved[:, first]).mean() / asked[k] for k in others]))


def calibration_error(hits: np.ndarray, proba: np.ndarray, bins: int = 10) -> float:
    parts = np.array_split(np.argsort(proba, kind="stable"), bins)
    return float(sum(len(p) * abs(proba[p].mean() - hits[p].mean()) for p in parts if len(p)) / len(proba))


if __name__ == "__main__":
    write(*measured(PLAN, measure))
