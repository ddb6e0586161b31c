"""The trap of CatBoost's dict ``class_weights``: its order becomes the order of the classes."""

import numpy as np
import pytest
from libraries import hard_data, make_estimator

import boostweights as bw

pytest.importorskip("catboost")
X, Y = hard_data(2)
WEIGHTS = {1: 9.0, 0: 1.0}


def test_naively_the_columns_of_probabilities_swap() -> None:
    rows = make_estimator("catboost").fit(X, Y, sample_weight=np.where(Y == 1, 9.0, 1.0))
    naive = make_estimator("catboost", class_weights=WEIGHTS).fit(X, Y)
    assert rows.classes_.tolist() == [0, 1]
    assert naive.classes_.tolist() == [1, 0]
    assert np.abs(rows.predict_proba(X) - naive.predict_proba(X)).max() > 0.5


def test_our_form_is_the_model_of_row_weights() -> None:
    native = bw.to_native(WEIGHTS, "catboost", form="class_weights", y=Y)
    assert native.params == {"class_weights": (1.0, 9.0)}
    ours = make_estimator("catboost", **native.params).fit(X, Y)
    theirs = make_estimator("catboost").fit(X, Y, sample_weight=np.where(Y == 1, 9.0, 1.0))
    np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
