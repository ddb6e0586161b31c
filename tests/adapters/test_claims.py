"""What claims of forms are made against: forms without pins and order (claims: test_conformance.py)."""

import numpy as np
import pytest
from libraries import hard_data, make_estimator

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
