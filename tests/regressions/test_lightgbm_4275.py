"""microsoft/LightGBM#4275, "What is the difference between class_weight and scale_pos_weight in binary
classification problem?"

Reported: no class_weight gives the model of scale_pos_weight, while three ways to write balanced weights
agree in performance. Two causes: the start score, and the scale: "balanced" weights average 1, those of
scale_pos_weight start at 1, and regularisation is absolute.
"""

from typing import Any

import numpy as np
from libraries import hard_data, make_estimator

import boostweights as bw

X, Y = hard_data(2)
RATIO = float(np.float32((Y == 0).sum() / (Y == 1).sum()))
START = {"boost_from_average": False}


def proba(**params: Any) -> np.ndarray:
    return np.asarray(make_estimator("lightgbm", **params).fit(X, Y).predict_proba(X))


def test_the_report() -> None:
    ratio = proba(scale_pos_weight=RATIO)
    assert np.abs(proba(class_weight={0: 1.0, 1: RATIO}) - ratio).max() > 0.1
    balanced = proba(class_weight="balanced")
    assert np.abs(balanced - ratio).max() > 0.1
    shares = len(Y) / (2 * np.bincount(Y))
    np.testing.assert_array_equal(proba(class_weight=dict(enumerate(shares.tolist()))), balanced)


def test_the_scale_is_a_cause_of_its_own() -> None:
    settings = {**START, "reg_lambda": 5.0}
    ratio = proba(scale_pos_weight=RATIO, **settings)
    np.testing.assert_array_equal(proba(class_weight={0: 1.0, 1: RATIO}, **settings), ratio)
    assert np.abs(proba(class_weight="balanced", **settings) - ratio).max() > 1e-3


def test_with_pins_and_the_scale_carried_along_they_agree() -> None:
    for policy in (bw.Balanced(), bw.Balanced(scale="majority")):
        weights = policy.resolve(Y)
        native = bw.to_native(weights, make_estimator("lightgbm", reg_lambda=5.0), Y, form="scale_pos_weight")
        ours = make_estimator("lightgbm", reg_lambda=5.0, **native.pins, **native.params)
        theirs = make_estimator("lightgbm", reg_lambda=5.0, **native.pins, class_weight=weights.class_weight)
        p, q = ours.fit(X, Y, **native.fit_kwargs(Y)).predict_proba(X), theirs.fit(X, Y).predict_proba(X)
        np.testing.assert_allclose(p, q, rtol=0, atol=1e-6)
        if native.guarantee is bw.adapters.Guarantee.IDENTICAL:
            np.testing.assert_array_equal(p, q)
