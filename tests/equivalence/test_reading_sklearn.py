"""scikit-learn's weighting read from estimators and parameters, and back to a policy."""

from typing import Any

import numpy as np
import pytest
from equivalence.trials_sklearn import data, make
from sklearn.pipeline import make_pipeline

import boostweights as bw
from boostweights.adapters.sklearn.settings import policy_of, read

X, CODES = data("hard", "binary")
Y = np.array(["bad", "good"])[CODES]
HIST, RF = "HistGradientBoostingClassifier", "RandomForestClassifier"
CASES: dict[str, tuple[str, Any, Any]] = {
    "balanced": (RF, "balanced", bw.Balanced()),
    "none": (RF, None, bw.Unweighted()),
    "labels": (RF, {"bad": 2.0, "good": 9.0}, bw.Explicit({"bad": 2.0, "good": 9.0})),
    "a label without a key": (RF, {"good": 9.0}, bw.Explicit({"bad": 1.0, "good": 9.0})),
    "positions": (HIST, {0: 2.0, 1: 9.0}, bw.Explicit({"bad": 2.0, "good": 9.0})),
    "a position without a key": (HIST, {1: 9.0}, bw.Explicit({"bad": 1.0, "good": 9.0})),
    "balanced histogram": (HIST, "balanced", bw.Balanced()),
}


@pytest.mark.parametrize("case", CASES)
def test_a_configured_and_a_fitted_estimator_read_as_the_policy(case: str) -> None:
    name, weights, policy = CASES[case]
    estimator = make(name, class_weight=weights)
    assert policy_of(read(estimator), classes=["bad", "good"]) == policy
    model = estimator.fit(X, Y)
    assert policy_of(read(model)) == policy
    assert read(model).classes == ("bad", "good")


@pytest.mark.parametrize("case", CASES)
def test_the_policy_read_trains_the_model_that_was_read(case: str) -> None:
    name, weights, policy = CASES[case]
    model = make(name, class_weight=weights).fit(X, Y)
    native = bw.to_native(policy, make(name), y=Y)
    again = make(name).fit(X, Y, **native.fit_kwargs(Y))
    np.testing.assert_array_equal(model.predict_proba(X), again.predict_proba(X))


def test_parameters_are_read_by_label() -> None:
    assert policy_of(read({"class_weight": {0: 1.0, 1: 9.0}})) == bw.Explicit({0: 1.0, 1: 9.0})
    assert read({"max_depth": 3}).settings == {}


def test_what_cannot_be_known_is_said() -> None:
    inside = make_pipeline(make(RF, class_weight="balanced"))
    with pytest.raises(bw.errors.InvalidValueError, match=r"randomforestclassifier__class_weight.*by hand"):
        policy_of(read(inside))
    with pytest.raises(bw.errors.InvalidValueError, match="each tree's own rows"):
        policy_of(read(make(RF, class_weight="balanced_subsample")))
    assert read(make_pipeline(make(RF))).unknown == ""


def test_positions_need_labels() -> None:
    reading = read(make(HIST, class_weight={0: 1.0, 1: 9.0}))
    with pytest.raises(bw.errors.InvalidValueError, match="Pass classes="):
        policy_of(reading)
    with pytest.raises(bw.errors.InvalidValueError, match="0 to 1"):
        policy_of(read(make(HIST, class_weight={1: 1.0, 2: 9.0})), classes=[1, 2])


def test_what_is_no_source() -> None:
    with pytest.raises(bw.errors.InvalidTypeError, match="runs code"):
        read("model.joblib")
    with pytest.raises(bw.errors.InvalidTypeError, match="Pass the estimator"):
        read(3)
    with pytest.raises(bw.errors.InvalidTypeError, match="no policy"):
        policy_of(read({"class_weight": [{0: 1.0}]}))
