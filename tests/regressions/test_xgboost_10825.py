"""dmlc/xgboost#10825: "`scale_pos_weight` and `sample_weight` give inconsistent results."

https://github.com/dmlc/xgboost/issues/10825 (reported for 2.1.1): the same weights, {0: 1, 1: 4.1} on 1,000
rows of noise with 20 % positives, give two accuracies. The cause is ``hist``: its cut points follow row
weights, not ``scale_pos_weight``; from version 3 on the intercept differs as well.
"""

from typing import Any

import numpy as np
import pytest

import boostweights as bw
from boostweights.adapters.trees import first_difference
from boostweights.adapters.xgboost.model import trees

xgb = pytest.importorskip("xgboost")

POLICY = bw.Explicit({0: 1.0, 1: 4.1})


def reported() -> tuple[np.ndarray, np.ndarray]:
    """The shape of the report's data: uniform noise, the last fifth positive."""
    rng = np.random.default_rng(42)
    X = rng.random((1000, 10))
    y = np.repeat([0, 1], [800, 200])
    train = np.sort(rng.permutation(1000)[:600])
    return X[train], y[train]


def fitted(settings: dict[str, Any], X: np.ndarray, y: np.ndarray, **fit: Any) -> Any:
    return xgb.XGBClassifier(n_estimators=20, n_jobs=1, **settings).fit(X, y, **fit)


def test_pasted_the_two_differ() -> None:
    X, y = reported()
    ratio = fitted({"scale_pos_weight": 4.1}, X, y).predict_proba(X)
    rows = fitted({}, X, y, sample_weight=np.where(y == 1, 4.1, 1.0)).predict_proba(X)
    assert np.abs(ratio - rows).max() > 0.05


@pytest.mark.parametrize("settings", [{}, {"tree_method": "hist"}], ids=["exact", "hist, a bin each"])
def test_with_our_pins_they_are_the_same_model(settings: dict[str, Any]) -> None:
    X, y = reported()
    native = bw.to_native(POLICY, xgb.XGBClassifier(**settings), y, form="scale_pos_weight")
    assert native.guarantee is bw.adapters.Guarantee.IDENTICAL
    reference = bw.to_native(POLICY, xgb.XGBClassifier(**settings), y=y)
    shared = {**settings, **native.pins}
    ratio = fitted({**shared, **native.params}, X, y, **native.fit_kwargs(y))
    rows = fitted(shared, X, y, **reference.fit_kwargs(y))
    np.testing.assert_array_equal(ratio.predict_proba(X), rows.predict_proba(X))
    assert first_difference(trees(ratio), trees(rows)) is None
    assert len(trees(ratio)[0]) > 10


def test_either_pin_alone_is_not_enough_for_hist() -> None:
    """Cuts: the base score alone leaves the models apart."""
    X, y = reported()
    start = {"base_score": 0.5, "tree_method": "hist"}
    ratio = fitted({"scale_pos_weight": 4.1, **start}, X, y).predict_proba(X)
    rows = fitted(start, X, y, sample_weight=np.where(y == 1, 4.1, 1.0)).predict_proba(X)
    assert np.abs(ratio - rows).max() > 0.05
