"""dmlc/xgboost#11516: "Different results from using scale_pos_weight vs oversampling".

https://github.com/dmlc/xgboost/issues/11516: ``scale_pos_weight=10``, every positive row ten times, and row
weights of 10 were expected to be one model; the report finds other trees and gains, and that row weights
resemble oversampling. Three causes: the intercept (from version 3 on), the cut points of ``hist`` (both row
weights and repeated rows move them), and sampling (``subsample`` draws rows, and repeated rows are others).
"""

from typing import Any

import numpy as np
import pytest
from equivalence.recipes import frozen_cuts

import boostweights as bw
from boostweights.adapters.trees import first_difference
from boostweights.adapters.xgboost.model import trees

xgb = pytest.importorskip("xgboost")

TEN = bw.Explicit({0: 1.0, 1: 10.0})
PARAMS = {"objective": "binary:logistic", "nthread": 1, "max_depth": 4}


def reported() -> tuple[np.ndarray, np.ndarray]:
    """The report's features: A follows the label, B is A in whole numbers, C is constant, D is noise.

    The label is flipped for one row in eight, so that there is something left to learn.
    """
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 600)
    seen = np.where(rng.random(600) < 0.125, 1 - y, y)
    sign = np.where(seen == 1, -1, 1)
    A, B = sign * rng.random(600), np.round(-100.0 * sign * rng.random(600))
    return np.column_stack([A, B, np.full(600, 5.0), rng.random(600)]), y


def repeated(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    times = np.where(y == 1, 10, 1)
    return np.repeat(X, times, axis=0), np.repeat(y, times)


def forms(params: dict[str, Any]) -> dict[str, Any]:
    """The three models of the report."""
    X, y = reported()
    return {
        "ratio": xgb.train({**PARAMS, **params, "scale_pos_weight": 10.0}, xgb.DMatrix(X, y), 10),
        "rows": xgb.train({**PARAMS, **params}, xgb.DMatrix(X, y, weight=np.where(y == 1, 10.0, 1.0)), 10),
        "repeated": xgb.train({**PARAMS, **params}, xgb.DMatrix(*repeated(X, y)), 10),
    }


def delta(one: Any, other: Any) -> float:
    X = reported()[0]
    return float(np.abs(one.inplace_predict(X) - other.inplace_predict(X)).max())


def test_pasted_they_differ() -> None:
    models = forms({"tree_method": "hist", "max_bin": 64})
    assert delta(models["ratio"], models["rows"]) > 0.01
    assert delta(models["ratio"], models["repeated"]) > 0.01


def test_with_our_pins_ratio_and_row_weights_are_the_same_model() -> None:
    y = reported()[1]
    native = bw.to_native(TEN, "xgboost", y, form="scale_pos_weight")
    assert native.guarantee is bw.adapters.Guarantee.IDENTICAL
    assert native.params == {"scale_pos_weight": 10.0}
    models = forms(native.pins)
    assert delta(models["ratio"], models["rows"]) == 0
    assert first_difference(trees(models["ratio"]), trees(models["rows"])) is None


def test_with_our_pins_repeated_rows_are_the_same_up_to_the_order_of_sums() -> None:
    models = forms(dict(bw.to_native(TEN, "xgboost", reported()[1], form="scale_pos_weight").pins))
    assert delta(models["ratio"], models["repeated"]) < 1e-6


def test_frozen_cuts_keep_hist_and_its_bins() -> None:
    X, y = reported()
    params = {**PARAMS, "base_score": 0.5, "tree_method": "hist", "max_bin": 64}
    ratio = xgb.train({**params, "scale_pos_weight": 10.0}, frozen_cuts(X, y, max_bin=64), 10)
    weights = TEN.resolve(y).sample_weight(y)
    rows = xgb.train(params, frozen_cuts(X, y, weights, max_bin=64), 10)
    assert delta(ratio, rows) == 0
    assert first_difference(trees(ratio), trees(rows)) is None


def test_no_pin_makes_sampled_oversampling_the_same() -> None:
    """Rows are drawn one by one: a repeated row may be in by half its copies, a weighted one is in or out."""
    models = forms({"tree_method": "exact", "base_score": 0.5, "subsample": 0.5})
    assert delta(models["ratio"], models["rows"]) == 0
    assert delta(models["ratio"], models["repeated"]) > 0.01
