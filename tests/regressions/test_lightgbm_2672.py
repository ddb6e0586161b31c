"""microsoft/LightGBM#2672, "param:class_weight in binary class generates better results than
param:is_unbalanced".

Reported, with more positives than negatives: is_unbalance predicts the positive class throughout, and
class_weight="balanced" does not. Cause: is_unbalance weighs up the negatives as it should, but starts from
the unweighted share of positives, which few trees do not make up for.
"""

from typing import Any

import numpy as np
from libraries import hard_data, make_estimator

import boostweights as bw

X, RARE = hard_data(2)
Y = 1 - RARE  # positives are common
POLICY = bw.Balanced(scale="majority")


def proba(fit_kwargs: dict[str, Any] | None = None, **params: Any) -> np.ndarray:
    settings = {"n_estimators": 2, **params}
    return np.asarray(make_estimator("lightgbm", **settings).fit(X, Y, **fit_kwargs or {}).predict_proba(X))


def test_the_report() -> None:
    unbalance, balanced = proba(is_unbalance=True), proba(class_weight="balanced")
    assert (unbalance.argmax(axis=1) == 1).all()
    assert (balanced.argmax(axis=1) == 0).any()
    assert np.abs(unbalance - balanced).max() > 0.1


def test_with_pins_is_unbalance_is_balanced_class_weights() -> None:
    native = bw.to_native(POLICY, make_estimator("lightgbm"), Y, form="is_unbalance")
    ours = proba(**native.pins, **native.params)
    class_weight = POLICY.resolve(Y).class_weight
    theirs = proba(**native.pins, class_weight=class_weight)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)
    assert (ours.argmax(axis=1) == 0).any()


def test_the_class_that_is_weighed_up_is_the_rarer_one() -> None:
    ratio = (Y == 1).sum() / (Y == 0).sum()
    rows = proba({"sample_weight": np.where(Y == 0, ratio, 1.0)}, boost_from_average=False)
    np.testing.assert_allclose(proba(is_unbalance=True, boost_from_average=False), rows, rtol=0, atol=1e-6)
    native = bw.to_native(POLICY, make_estimator("lightgbm"), Y, form="scale_pos_weight")
    assert native.params["scale_pos_weight"] < 1
