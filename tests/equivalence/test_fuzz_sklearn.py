"""Random estimators, labels, policies, row weights: what is claimed holds when both sides are trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from equivalence.trials_sklearn import make, trial

import boostweights as bw

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
LABELS: dict[int, list[list[Any]]] = {
    2: [[0, 1], [-1, 1], ["bad", "good"], [False, True], [1, 2]],
    3: [[0, 1, 2], ["a", "b", "c"], [1, 2, 3]],
}


def one(rng: np.random.Generator, *options: Any) -> Any:
    return options[rng.integers(len(options))]


def histogram(rng: np.random.Generator, classes: int) -> Any:
    settings: dict[str, Any] = {
        "max_iter": int(rng.integers(1, 8)),
        "learning_rate": float(rng.uniform(0.05, 1)),
        "max_leaf_nodes": int(rng.integers(2, 20)),
        "min_samples_leaf": int(rng.integers(1, 30)),
        "l2_regularization": one(rng, 0.0, 1.0, 30.0),
        "max_bins": one(rng, 5, 30, 255),
        "max_features": one(rng, 1.0, 0.5),
        "categorical_features": one(rng, None, [2], [2, 5]),
        "early_stopping": one(rng, False, True),
        "n_iter_no_change": 2,
        "scoring": one(rng, "loss", "accuracy"),
        "random_state": int(rng.integers(1000)),
    }
    if settings["categorical_features"]:
        settings["max_bins"] = max(settings["max_bins"], 30)  # a bin for each category
    if classes == 2 and rng.random() < 0.3:
        settings["monotonic_cst"] = [1, 0, 0, -1, 0, 0]
    return make("HistGradientBoostingClassifier", **settings)


def grown(rng: np.random.Generator, classes: int) -> Any:
    name = one(
        rng, "RandomForestClassifier", "ExtraTreesClassifier", "DecisionTreeClassifier", "ExtraTreeClassifier"
    )
    settings: dict[str, Any] = {
        "criterion": one(rng, "gini", "entropy"),
        "max_depth": one(rng, None, 3),
        "min_samples_leaf": int(rng.integers(1, 10)),
        "min_weight_fraction_leaf": one(rng, 0.0, 0.05),
        "min_impurity_decrease": one(rng, 0.0, 0.005),
        "ccp_alpha": one(rng, 0.0, 0.005),
        "max_features": one(rng, None, 3, "sqrt"),
        "random_state": int(rng.integers(1000)),
    }
    if name in ("RandomForestClassifier", "ExtraTreesClassifier"):
        settings |= {"n_estimators": int(rng.integers(1, 10)), "bootstrap": one(rng, False, True)}
        if settings["bootstrap"]:
            settings["max_samples"] = one(rng, None, 0.5, 80)
    return make(name, **settings)


def policy(rng: np.random.Generator, labels: list[Any]) -> Any:
    kind = int(rng.integers(5))
    if kind < 3:
        return (bw.Balanced(scale="majority"), bw.Balanced(), bw.Unweighted())[kind]
    weights = 10 ** rng.uniform(-kind, 1, len(labels))
    return bw.Explicit({label: float(weight) for label, weight in zip(labels, weights, strict=True)})


def draw(seed: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(seed)
    classes = int(rng.choice([2, 2, 3]))
    labels = LABELS[classes][rng.integers(len(LABELS[classes]))]
    rows = int(rng.integers(150, 500))
    wide = rng.normal(size=rows)
    few = rng.integers(0, 12, (rows, 2))
    X = np.column_stack([wide, -wide, few[:, 0], rng.normal(size=rows).round(1), wide**3, few[:, 1]])
    codes = np.digitize(wide + rng.normal(size=rows), np.quantile(wide, [0.75, 0.92])[: classes - 1])
    given = rng.uniform(0.3, 3, rows) if rng.random() < 0.4 else None
    estimator = one(rng, histogram, grown)(rng, classes)
    return estimator, policy(rng, labels), X, np.array(labels)[codes], given


def check(seed: int) -> None:
    drawn = draw(seed)
    native, found = trial(*drawn)
    assert native.guarantee is bw.adapters.Guarantee.IDENTICAL
    assert found.identical, (drawn[:2], native, found)


@pytest.mark.parametrize("seed", range(10))
def test_a_random_claim_holds(seed: int) -> None:
    check(seed)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(10, 310))
def test_every_random_claim_holds(seed: int) -> None:
    check(seed)
