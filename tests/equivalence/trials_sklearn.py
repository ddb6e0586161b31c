"""scikit-learn's ``class_weight`` trained beside row weights, and what was found."""

import importlib
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from libraries import CELLS as ALL
from libraries import hard_data

import boostweights as bw
from boostweights.adapters.sklearn.model import trees
from boostweights.adapters.trees import TreeDifference, first_difference

CELLS = ALL["sklearn"]
TINY = float(np.finfo(np.float32).tiny)
CLASSES = {"binary": 2, "multiclass": 4}
POLICIES: dict[str, Any] = {
    "unweighted": bw.Unweighted(),
    "balanced majority": bw.Balanced(scale="majority"),
    "balanced mean": bw.Balanced(),
    "root majority": bw.Balanced(power=0.5, scale="majority"),
    "ratio": {0: 1.0, 1: 8.77},
    "ratio and scale": {0: 0.3, 1: 8.07},
    "heavy": {0: 1.0, 1: 1e6},
    "smallest": {0: 1.3 * TINY, 1: 11.0 * TINY},
    "costs": {0: 3.0, 1: 50.0},
}
"""Kinds of policy; given weights go on in threes and more with those of REST."""
REST = {2: 0.3, 3: 24.31}
NO_MISSING = (
    "LogisticRegression",
    "LogisticRegressionCV",
    "SGDClassifier",
    "NuSVC",
    "GradientBoostingClassifier",
)
DEFAULTS: dict[str, dict[str, Any]] = {
    "HistGradientBoostingClassifier": {"max_iter": 8},
    "RandomForestClassifier": {"n_estimators": 8},
    "ExtraTreesClassifier": {"n_estimators": 8},
    "GradientBoostingClassifier": {"n_estimators": 8},
}
MODULES = {"L": "linear_model", "S": "linear_model", "N": "svm", "D": "tree"}


@cache
def data(name: str, task: str) -> tuple[np.ndarray, np.ndarray]:
    """Six features: "hard", or "adversarial": ties, a mirrored and a constant feature, long tails."""
    if name == "hard":
        return hard_data(CLASSES[task])
    rng = np.random.default_rng(7)
    wide = rng.normal(size=600)
    gaps = np.where(rng.random(600) < 0.1, np.nan, np.exp(wide))
    few = rng.integers(0, 20, 600).astype(float)
    X = np.column_stack([wide, -wide, few, np.zeros(600), gaps, np.round(wide)])
    score = wide + 0.5 * np.cos(few) + rng.normal(size=600)
    cuts = {"binary": [1.5], "multiclass": [0.5, 1.2, 2.0]}[task]
    return X, np.digitize(score, cuts).astype(np.int64)


def estimator_of(cell: str) -> str:
    """The class that a cell's settings are for."""
    return cell.partition(": ")[0]


def data_for(cell: str, name: str, task: str) -> tuple[np.ndarray, np.ndarray]:
    """A data set as the cell's estimator takes it."""
    X, y = data(name, task)
    return (np.nan_to_num(X), y) if estimator_of(cell) in NO_MISSING else (X, y)


def policy_of(name: str, task: str) -> Any:
    """A policy, or given weights for as many classes as there are."""
    policy = POLICIES[name]
    if not isinstance(policy, dict):
        return policy
    if name == "costs" and task == "binary":
        return bw.Costs(fn=policy[1], fp=policy[0])
    return bw.Explicit(policy if task == "binary" else {**policy, **REST})


def row_weights(rows: int) -> np.ndarray:
    """Weights of a caller's own."""
    return np.random.default_rng(1).uniform(0.5, 2, rows)


def make(name: str, **settings: Any) -> Any:
    """An estimator, by the name of its class."""
    module = "tree" if name == "ExtraTreeClassifier" else MODULES.get(name[0], "ensemble")
    factory = getattr(importlib.import_module(f"sklearn.{module}"), name)
    return factory(**{"random_state": 0, **DEFAULTS.get(name, {}), **settings})


def from_cell(cell: str) -> Any:
    """A cell's estimator."""
    return make(estimator_of(cell), **CELLS[cell])


@dataclass(frozen=True)
class Found:
    """Largest difference in probability (or decision), and the first in trees or coefficients."""

    delta: float
    difference: TreeDifference | None

    @property
    def identical(self) -> bool:
        return self.delta == 0 and self.difference is None


def trial(estimator: Any, policy: Any, X: Any, y: Any, given: np.ndarray | None = None) -> tuple[Any, Found]:
    """A claim, and what training both sides finds. Errors of `to_native` pass through."""
    from sklearn.base import clone

    weights = policy.resolve(y)
    native = bw.to_native(
        weights, estimator, y, form="class_weight", sample_weight=given, allow_different=True
    )
    reference = bw.to_native(weights, estimator, y=y)
    ours = clone(estimator).set_params(**native.params).fit(X, y, **native.fit_kwargs(y, given))
    theirs = clone(estimator).fit(X, y, **reference.fit_kwargs(y, given))
    return native, compare(ours, theirs, X)


def compare(ours: Any, theirs: Any, X: Any) -> Found:
    """Probabilities (or decisions) on the training rows, and trees or coefficients where there are any."""
    method = "predict_proba" if hasattr(ours, "predict_proba") else "decision_function"
    mine, other = (np.asarray(getattr(model, method)(X)) for model in (ours, theirs))
    assert np.isfinite(mine).all()
    difference = first_difference(trees(ours), trees(theirs))
    return Found(delta=float(np.abs(mine - other).max()), difference=difference)
