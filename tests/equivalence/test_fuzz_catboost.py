"""Random settings, labels, policies and row weights: what is claimed holds when both sides are trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from equivalence.trials_catboost import FORMS, held, trial

import boostweights as bw
from boostweights.errors import IgnoredParameterError

LABELS: dict[int, list[list[Any]]] = {
    2: [[0, 1], [-1, 1], ["bad", "good"], [False, True], [3, 7]],
    3: [[0, 1, 2], ["a", "b", "c"], [-1, 0, 5]],
}


def settings(rng: np.random.Generator, classes: int, labels: list[Any]) -> dict[str, Any]:
    """Settings that CatBoost trains with, each of them random."""

    def one(*options: Any) -> Any:
        return options[rng.integers(len(options))]

    policy = one("SymmetricTree", "Depthwise", "Lossguide")
    bootstrap = one("Bayesian", "Bernoulli", "MVS", "No")
    drawn: dict[str, Any] = {
        "grow_policy": policy,
        "boosting_type": one("Plain", "Ordered") if policy == "SymmetricTree" else "Plain",
        "bootstrap_type": bootstrap,
        "score_function": one("Cosine", "L2"),
        "leaf_estimation_method": one("Newton", "Gradient"),
        "leaf_estimation_iterations": int(rng.integers(1, 6)),
        "random_strength": one(0, 1, 3.0),
        "l2_leaf_reg": float(10 ** rng.uniform(-2, 2)),
        "learning_rate": float(rng.uniform(0.05, 0.9)),
        "depth": int(rng.integers(2, 7)),
        "rsm": one(1.0, 0.6),
        "border_count": one(4, 32, 254),
        "random_seed": int(rng.integers(1000)),
        "has_time": one(False, True),
        "iterations": int(rng.integers(1, 12)),
    }
    if bootstrap in ("Bernoulli", "MVS"):
        drawn["subsample"] = one(0.5, 0.9)
    if bootstrap == "MVS":
        drawn["mvs_reg"] = one(None, 0.0, 0.5)
    if rng.random() < 0.4:
        drawn |= {"cat_features": one([2], [2, 5]), "one_hot_max_size": one(2, 30)}
    if rng.random() < 0.2:
        drawn["langevin"] = True
    if rng.random() < 0.3 and labels != [False, True]:  # which CatBoost takes in this order only
        drawn["class_names"] = [labels[i] for i in rng.permutation(len(labels))]
    if classes == 2 and rng.random() < 0.4:
        drawn["boost_from_average"] = one(False, True)
    elif classes > 2 or rng.random() < 0.3:
        drawn["loss_function"] = one("MultiClass", "MultiClassOneVsAll")
    return {name: value for name, value in drawn.items() if value is not None}


def policy(rng: np.random.Generator, labels: list[Any]) -> Any:
    kind = rng.integers(6)
    if kind == 0:
        return bw.Balanced(scale="majority")
    if kind == 1:
        return bw.Balanced()
    if kind == 2:
        return bw.Balanced(power=float(rng.uniform()), scale="majority")
    span = {3: 1.0, 4: 3.0, 5: 0.0}[int(kind)]
    weights = 10 ** rng.uniform(-span, span, len(labels))
    return bw.Explicit({label: float(weight) for label, weight in zip(labels, weights, strict=True)})


def draw(seed: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(seed)
    classes = int(rng.choice([2, 2, 3]))
    labels = LABELS[classes][rng.integers(len(LABELS[classes]))]
    rows = int(rng.integers(150, 400))
    wide = rng.normal(size=rows)
    X = np.column_stack(
        [wide, -wide, rng.integers(0, 5, rows), rng.normal(size=rows).round(1), wide**3, wide]
    )
    X[:, 5] = rng.integers(0, 12, rows)
    codes = np.digitize(wide + rng.normal(size=rows), np.quantile(wide, [0.75, 0.92])[: classes - 1])
    y = np.array(labels)[codes]
    given = rng.uniform(0.3, 3, rows) if rng.random() < 0.4 else None
    return settings(rng, classes, labels), FORMS[rng.integers(3)], policy(rng, labels), X, y, given


def check(seed: int) -> None:
    drawn = draw(seed)
    try:
        native, found = trial(*drawn)
    except IgnoredParameterError:
        assert drawn[1] == "scale_pos_weight"
        assert len(np.unique(drawn[4])) > 2 or "loss_function" in drawn[0]
        return
    except bw.InvalidValueError:
        assert drawn[1] == "auto_class_weights"
        return
    assert native.guarantee is not bw.adapters.Guarantee.DIFFERENT
    assert held(native, found), (drawn[:3], native, found)


@pytest.mark.parametrize("seed", range(10))
def test_a_random_claim_holds(seed: int) -> None:
    check(seed)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(10, 310))
def test_every_random_claim_holds(seed: int) -> None:
    check(seed)
