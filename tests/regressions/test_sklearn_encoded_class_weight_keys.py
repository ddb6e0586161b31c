"""The trap of HistGradientBoostingClassifier's ``class_weight``: its keys are positions, not labels."""

import numpy as np
import pytest
from libraries import hard_data, make_estimator

import boostweights as bw

X, CODES = hard_data(2)


def test_naively_the_other_class_is_weighted_up() -> None:
    y = CODES + 1  # labels 1 and 2: the key 1 is the position of label 2
    naive = make_estimator("sklearn", class_weight={1: 9.0}).fit(X, y)
    meant = make_estimator("sklearn").fit(X, y, sample_weight=np.where(y == 1, 9.0, 1.0))
    got = make_estimator("sklearn").fit(X, y, sample_weight=np.where(y == 2, 9.0, 1.0))
    assert np.abs(naive.predict_proba(X) - meant.predict_proba(X)).max() > 0.5
    np.testing.assert_array_equal(naive.predict_proba(X), got.predict_proba(X))


def test_naively_text_is_no_key() -> None:
    y = np.array(["bad", "good"])[CODES]
    with pytest.raises(ValueError, match=r"not in class_weight"):
        make_estimator("sklearn", class_weight={"bad": 9.0, "good": 1.0}).fit(X, y)


@pytest.mark.parametrize("labels", [[1, 2], ["bad", "good"], [-1, 1]], ids=str)
def test_our_form_is_the_model_of_row_weights(labels: list[object]) -> None:
    y = np.array(labels)[CODES]
    policy = bw.Explicit({labels[0]: 9.0, labels[1]: 1.0})
    native = bw.to_native(policy, make_estimator("sklearn"), form="class_weight", y=y)
    ours = make_estimator("sklearn", **native.params).fit(X, y)
    theirs = make_estimator("sklearn").fit(X, y, sample_weight=np.where(CODES == 0, 9.0, 1.0))
    np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
