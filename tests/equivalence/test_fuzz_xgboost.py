"""Random settings: the claim that they get holds when both sides are trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from equivalence.trials_xgboost import held, names_for, trial, xgb

import boostweights as bw

TREES: dict[str, tuple[Any, ...]] = {
    "booster": ("gbtree", "dart"),
    "tree_method": ("exact", "hist", "approx", "auto"),
    "objective": ("binary:logistic", "binary:logitraw", "reg:logistic"),
    "base_score": (0.5, 0.1, 0.8),
    "max_bin": (8, 64, 600, 2000),
    "max_depth": (1, 3, 8),
    "max_leaves": (0, 6),
    "grow_policy": ("depthwise", "lossguide"),
    "learning_rate": (0.05, 0.3, 1.0),
    "min_child_weight": (0.0, 1.0, 20.0),
    "reg_lambda": (0.0, 1.0, 30.0),
    "reg_alpha": (0.0, 0.5),
    "gamma": (0.0, 0.3),
    "max_delta_step": (0.0, 0.7),
    "subsample": (1.0, 0.5),
    "colsample_bytree": (1.0, 0.6),
    "colsample_bynode": (1.0, 0.6),
    "num_parallel_tree": (1, 3),
    "random_state": (0, 1, 2),
    "monotone_constraints": ((1, -1, 0, 0, 0, 0),),
    "interaction_constraints": ("[[0, 2], [1, 3, 4, 5]]",),
}
DART: dict[str, tuple[Any, ...]] = {
    "rate_drop": (0.2, 0.6),
    "skip_drop": (0.0, 0.3),
    "sample_type": ("uniform", "weighted"),
    "normalize_type": ("tree", "forest"),
    "one_drop": (True,),
}
CATEGORICAL: dict[str, tuple[Any, ...]] = {"max_cat_to_onehot": (1, 4, 100), "max_cat_threshold": (4, 64)}
LINEAR: dict[str, tuple[Any, ...]] = {
    "updater": ("shotgun", "coord_descent"),
    "feature_selector": ("cyclic", "shuffle"),
    "reg_lambda": (0.0, 0.5),
    "reg_alpha": (0.0, 0.05),
    "learning_rate": (0.3, 0.8),
    "base_score": (0.5, 0.2),
    "random_state": (0, 1, 2),
}
QUICK, ALL = 10, 260
NEEDED = 200


def drawn(seed: int) -> tuple[dict[str, Any], Any, bool]:
    """Settings, a policy and whether rows are weighted, by a seed alone."""
    rng = np.random.default_rng(seed)
    if rng.random() < 0.12:
        settings = {"booster": "gblinear", **some(rng, LINEAR, 0.5)}
    else:
        settings = some(rng, TREES, 0.35)
        if settings.get("booster") == "dart":
            settings |= some(rng, DART, 0.6)
        if settings.get("tree_method") in (None, "hist") and rng.random() < 0.3:
            settings |= {"enable_categorical": True, **some(rng, CATEGORICAL, 0.5)}
            settings.pop("monotone_constraints", None)
            settings.pop("interaction_constraints", None)
    settings["n_estimators"] = int(rng.integers(1, 16))
    scale = ("none", "majority", "mean")[rng.integers(3)]
    weights = {0: float(10 ** rng.uniform(-2, 2)), 1: float(10 ** rng.uniform(-2, 3))}
    policies = (bw.Explicit(weights, scale=scale), bw.Balanced(power=float(rng.random()), scale=scale))
    return settings, policies[rng.integers(2)] if scale != "none" else policies[0], bool(rng.random() < 0.3)


def some(rng: np.random.Generator, space: dict[str, tuple[Any, ...]], share: float) -> dict[str, Any]:
    return {name: values[rng.integers(len(values))] for name, values in space.items() if rng.random() < share}


def checked(seed: int) -> str | None:
    """Which claim was tested, or None where the library refuses the settings."""
    settings, policy, row_weighted = drawn(seed)
    names = names_for(settings)
    name = names[seed % len(names)]
    try:
        native, found = trial(settings, policy, name, row_weighted=row_weighted)
    except xgb.core.XGBoostError:
        return None
    assert held(native, found), (seed, settings, policy, row_weighted, native.reason, found)
    return str(native.guarantee.value)


def test_random_settings() -> None:
    claims = [checked(seed) for seed in range(QUICK)]
    assert "identical" in claims


@pytest.mark.full
def test_many_random_settings() -> None:
    claims = [checked(seed) for seed in range(ALL)]
    assert sum(claim is not None for claim in claims) >= NEEDED
    assert set(claims) >= {"identical", "equivalent", "different"}
    assert claims.count("identical") > claims.count("different")
