"""Every claimed form, trained beside row weights in the real library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from libraries import ADAPTERS, ESTIMATORS, hard_data, make_estimator

import boostweights as bw

POLICIES = {
    "balanced majority": bw.Balanced(scale="majority"),
    "balanced mean": bw.Balanced(),
    "root majority": bw.Balanced(power=0.5, scale="majority"),
    "capped": bw.Balanced(cap=5.0, scale="majority"),
    "ratio": bw.Explicit({0: 1.0, 1: 8.77}),
    "ratio and scale": bw.Explicit({0: 0.3, 1: 8.07}),
    "first class heavier": bw.Explicit({0: 4.3, 1: 1.0}),
    "costs": bw.Costs(fn=50.0, fp=3.0),
    "extreme": bw.Explicit({0: 1.0, 1: 1e6}),
    "three and more": bw.Explicit({0: 1.0, 1: 8.77, 2: 0.3, 3: 24.31}),
}
CELLS = [
    pytest.param(library, name, form, policy, id=f"{name}-{form}-{policy}")
    for library, adapter in ADAPTERS.items()
    for name in ESTIMATORS[library]
    if name != "GradientBoostingClassifier"  # row weights only
    for form in adapter.forms
    if form != "sample_weight"
    for policy in POLICIES
]


def test_each_library_has_an_estimator_here() -> None:
    assert set(ESTIMATORS) == set(ADAPTERS)


@pytest.mark.parametrize("row_weighted", [False, True], ids=["", "row-weighted"])
@pytest.mark.parametrize(("library", "name", "form", "policy"), CELLS)
@pytest.mark.parametrize("classes", [2, 4])
def test_a_claim_holds(
    library: str, name: str, form: str, policy: str, classes: int, row_weighted: bool
) -> None:
    X, y = hard_data(classes)
    sample_weight = np.random.default_rng(1).uniform(0.5, 2, len(y)) if row_weighted else None
    estimator = make_estimator(library, name)
    try:
        weights = POLICIES[policy].resolve(y)
        native = bw.to_native(weights, estimator, form=form, y=y, sample_weight=sample_weight)
    except bw.InvalidValueError:
        return  # said before any training; what must be refused is in test_refusals.py
    reference = bw.to_native(weights, estimator)
    ours = _proba(make_estimator(library, name), native, native, X, y, sample_weight)
    theirs = _proba(make_estimator(library, name), reference, native, X, y, sample_weight)
    if native.guarantee is bw.adapters.Guarantee.IDENTICAL:
        np.testing.assert_array_equal(ours, theirs)
    else:
        assert native.guarantee is bw.adapters.Guarantee.EQUIVALENT
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)


NAIVE = {
    ("xgboost", "scale_pos_weight"): {"scale_pos_weight": 9.0},
    ("lightgbm", "scale_pos_weight"): {"scale_pos_weight": 9.0},
    ("catboost", "class_weights as a dict of another order"): {"class_weights": {1: 9.0, 0: 1.0}},
    ("sklearn", "class_weight of labels 1 and 2"): {"class_weight": {1: 9.0}},
}


@pytest.mark.parametrize(("library", "what"), NAIVE, ids=lambda value: str(value))
def test_the_naive_replacement_is_another_model(library: str, what: str) -> None:
    """The difference that pins and orders exist for: if it goes, the claim of a need for them goes too."""
    X, y = hard_data(2)
    labels = y + 1 if "1 and 2" in what else y
    naive = make_estimator(library, **NAIVE[library, what]).fit(X, labels).predict_proba(X)
    meant = labels == 1
    weights = np.where(meant, 9.0, 1.0)
    theirs = make_estimator(library).fit(X, y, sample_weight=weights).predict_proba(X)
    assert np.abs(naive - theirs).max() > 0.05


def _proba(
    estimator: Any, native: Any, pinned_as: Any, X: np.ndarray, y: np.ndarray, sample_weight: Any
) -> np.ndarray:
    estimator.set_params(**pinned_as.pins, **native.params)
    return np.asarray(estimator.fit(X, y, **native.fit_kwargs(y, sample_weight)).predict_proba(X))
