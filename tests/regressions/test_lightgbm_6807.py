"""microsoft/LightGBM#6807, "Class/Sample weights vs is_unbalance/scale_pos_weight".

Reported: row weights and class weights agree with one another, as do is_unbalance and scale_pos_weight, but
the two pairs give other probabilities for the same weights. Cause: the score from which boosting starts is
the weighted share of positives for row weights, the unweighted one for the parameters.
"""

from typing import Any

import numpy as np
import pytest
from libraries import make_estimator
from sklearn.datasets import make_classification

import boostweights as bw

X, Y = make_classification(n_samples=600, weights=[0.95], random_state=123)
POLICY = bw.Balanced(scale="majority")
WEIGHTS = POLICY.resolve(Y)
RATIO = WEIGHTS.class_weight[1]
FORMS = ["class_weight", "scale_pos_weight", "is_unbalance"]


def proba(params: dict[str, Any], **fit_kwargs: Any) -> np.ndarray:
    return np.asarray(make_estimator("lightgbm", **params).fit(X, Y, **fit_kwargs).predict_proba(X))


def test_the_report() -> None:
    rows = proba({}, sample_weight=WEIGHTS.sample_weight(Y))
    np.testing.assert_array_equal(proba({"class_weight": {0: 1.0, 1: float(np.float32(RATIO))}}), rows)
    naive = proba({"scale_pos_weight": RATIO})
    np.testing.assert_allclose(proba({"is_unbalance": True}), naive, rtol=0, atol=1e-6)
    assert np.abs(naive - rows).max() > 0.2


@pytest.mark.parametrize("form", FORMS)
def test_with_pins_all_four_agree(form: str) -> None:
    native = bw.to_native(POLICY, make_estimator("lightgbm"), Y, form=form)
    ours = proba({**native.pins, **native.params}, **native.fit_kwargs(Y))
    theirs = proba(native.pins, sample_weight=WEIGHTS.sample_weight(Y))
    if native.guarantee is bw.adapters.Guarantee.IDENTICAL:
        np.testing.assert_array_equal(ours, theirs)
    else:
        assert form == "is_unbalance"  # its ratio is float64, a row weight its float32
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)
