"""Claims under random settings, each checked by training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from equivalence.harness_lightgbm import ADAPTER, DATA, Trial, aborts, data, row_weights

import boostweights as bw

SEEDS = 240
QUICK = 10
CHOICES: dict[str, list[Any]] = {
    "boosting_type": ["gbdt", "gbdt", "dart", "rf"],
    "boost_from_average": [None, None, True, False],
    "data_sample_strategy": ["bagging", "bagging", "goss"],
    "linear_tree": [False, False, True],
    "n_estimators": [1, 4, 9],
    "num_leaves": [3, 8, 31],
    "max_depth": [-1, 3],
    "learning_rate": [0.05, 0.3, 1.0],
    "min_child_samples": [3, 20, 60],
    "min_child_weight": [1e-3, 0.5, 5.0],
    "reg_alpha": [0.0, 0.0, 0.5],
    "reg_lambda": [0.0, 1.0, 20.0],
    "min_split_gain": [0.0, 0.0, 0.2],
    "max_delta_step": [0.0, 0.0, 0.3],
    "path_smooth": [0.0, 0.0, 2.0],
    "colsample_bytree": [1.0, 0.7],
    "extra_trees": [False, False, True],
    "max_bin": [8, 63, 255],
    "max_cat_to_onehot": [1, 4, 20],
    "sigmoid": [1.0, 1.0, 0.6],
    "use_quantized_grad": [False, False, True],
    "monotone_constraints": [None, None, [1, 0, 0, 0, 0, -1]],
    "random_state": [0, 1, 2],
}


def random_settings(rng: np.random.Generator) -> dict[str, Any]:
    """Settings that LightGBM accepts together."""
    settings = {name: values[rng.integers(len(values))] for name, values in CHOICES.items()}
    if settings["boosting_type"] == "rf" or rng.random() < 0.3:
        settings |= {"subsample": 0.7, "subsample_freq": 1}
    if settings["data_sample_strategy"] == "goss":
        settings |= {"subsample": 1.0, "subsample_freq": 0}
    if settings["linear_tree"]:  # takes neither of these
        settings |= {"use_quantized_grad": False, "monotone_constraints": None, "extra_trees": False}
    if aborts(settings):
        settings |= {"use_quantized_grad": False}
    if settings["use_quantized_grad"]:
        settings |= {"monotone_constraints": None}
    return {name: value for name, value in settings.items() if value is not None}


def random_policy(rng: np.random.Generator) -> bw.Policy:
    ratio, scale = np.exp(rng.uniform(-3, 7)), np.exp(rng.uniform(-2, 2))
    return [
        bw.Explicit({0: 1.0, 1: float(ratio)}),
        bw.Explicit({0: float(scale), 1: float(scale * ratio)}),
        bw.Explicit({0: 0.5, 1: float(ratio)}),
        bw.Balanced(scale="majority"),
        bw.Balanced(power=float(rng.uniform(0, 1))),
        bw.Costs(fn=float(ratio), fp=1.0),
    ][rng.integers(6)]


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=() if seed < QUICK else pytest.mark.full) for seed in range(SEEDS)]
)
def test_a_claim_holds_under_random_settings(seed: int) -> None:
    rng = np.random.default_rng(seed)
    settings, policy = random_settings(rng), random_policy(rng)
    X, y = data(DATA["binary"][rng.integers(3)], "binary")
    own = row_weights(len(y)) if rng.random() < 0.3 else None
    for form in ADAPTER.forms:
        try:
            trial = Trial(settings, form, policy, X, y, own)
        except bw.InvalidValueError:
            if form != "is_unbalance":
                raise
            continue
        trial.check()
