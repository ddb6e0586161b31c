"""Checks that train: labels, weights, the claims of forms, evaluation sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.metrics import log_loss

from boostweights.adapters.adapter import unfitted_with
from boostweights.adapters.expressing import to_native
from boostweights.adapters.form import Guarantee
from boostweights.adapters.registry import adapter_of
from boostweights.errors import InvalidValueError
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.testing.case import Case
from boostweights.testing.data import complete_data, row_weights
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import Balanced, Explicit
from boostweights.weighting.policies.costs import Costs

__all__ = ["KINDS", "WEIGHTS", "check_claim", "check_evaluation", "check_labels", "check_parameters"]

WEIGHTS: Final = (1.0, 8.77, 0.3)
KINDS: Final[Mapping[str, Sequence[Any]]] = {
    "0 and 1": [0, 1],
    "-1 and 1": [-1, 1],
    "1 and 2": [1, 2],
    "text": ["bad", "good"],
    "bool": [False, True],
    "float": [0.0, 1.0],
    "far apart": [-(10**12), 10**12],
    "three": ["ant", "bee", "cat"],
}
POLICIES: Final[Mapping[str, Policy]] = {
    "balanced mean": Balanced(),
    "ratio and scale": Explicit({0: 0.3, 1: 8.07}),
    "balanced majority": Balanced(scale="majority"),
    "root majority": Balanced(power=0.5, scale="majority"),
    "capped": Balanced(cap=5.0, scale="majority"),
    "ratio": Explicit({0: 1.0, 1: 8.77}),
    "first class heavier": Explicit({0: 4.3, 1: 1.0}),
    "costs": Costs(fn=50.0, fp=3.0),
    "extreme": Explicit({0: 1.0, 1: 1e6}),
    "three": Explicit(dict(enumerate(WEIGHTS))),
}
_UNDER_SETTINGS: Final = ("balanced majority", "ratio and scale", "three")
_CLOSE: Final = 1e-6


def check_labels(case: Case, labels: Sequence[Any]) -> None:
    """Labels of any kind train the model that the library trains by hand, to the bit."""
    X, y = complete_data(len(labels))
    named, given = np.array(labels)[y], row_weights(len(y))
    dtype = case.adapter.dtype
    own = np.array(WEIGHTS)[y].astype(dtype)
    weighting = dict(reversed(list(zip(labels, WEIGHTS, strict=False))))
    unweighted = case.make().fit(X, y).predict_proba(X)
    for caller, weight in ((None, own), (given, own * given.astype(dtype))):
        clf = WeightedClassifier(case.make(), weighting=weighting).fit(X, named, sample_weight=caller)
        proba = clf.predict_proba(X)
        by_hand = case.make().fit(X, y, sample_weight=weight).predict_proba(X)
        np.testing.assert_array_equal(proba, by_hand)
        assert np.abs(proba - unweighted).max() > 0.01, "sample_weight must change the model"
        assert clf.classes_.tolist() == list(labels)
        assert clf.classes_.dtype == named.dtype
        np.testing.assert_array_equal(clf.predict(X), clf.classes_[proba.argmax(axis=1)])


def check_parameters(case: Case) -> None:
    """Parameters are stated as they were set, and copies leave the given estimator alone."""
    X, y = complete_data()
    given = case.make()
    assert adapter_of(given) is case.adapter, f"the adapter of {case.spelled} must be found: register it"
    before = case.adapter.get_params(given)
    for name, value in case.settings.items():
        assert value is None or before[name] == value, f"get_params must state {name}={value!r}"
    if case.settings:
        return
    proba = given.fit(X, y).predict_proba(X)
    name, value = next((name, value) for name, value in case.small.items() if type(value) is int)
    changed = unfitted_with(case.adapter, given, {name: value + 1})
    assert case.adapter.get_params(changed) == {**before, name: value + 1}, f"configured must set {name}"
    assert case.adapter.get_params(given) == before, "unfitted and configured must change copies only"
    np.testing.assert_array_equal(case.adapter.unfitted(given).fit(X, y).predict_proba(X), proba)


def check_claim(case: Case, form: str, classes: int) -> None:
    """A form trains the model that row weights train, as near as it claims; what it cannot say it refuses."""
    X, y = complete_data(classes)
    tried = [POLICIES[name] for name in _UNDER_SETTINGS] if case.settings else POLICIES.values()
    rows = (None,) if case.settings else (None, row_weights(len(y)))  # a tie may decide where these round
    expressed = [_claim_holds(case, form, policy, X, y, given) for policy in tried for given in rows]
    assert any(expressed) or not case.is_own, f"{form} must express one policy under the library's defaults"


def _claim_holds(case: Case, form: str, policy: Policy, X: Any, y: Any, given: Any) -> bool:
    estimator = case.make()
    try:
        weights = policy.resolve(y)
        native = to_native(weights, estimator, form=form, y=y, sample_weight=given)
    except InvalidValueError:
        return False
    reference = to_native(weights, estimator)

    def trained(params: Mapping[str, Any], fit_kwargs: Mapping[str, Any]) -> npt.NDArray[Any]:
        made = unfitted_with(case.adapter, estimator, {**native.pins, **params})
        return np.asarray(made.fit(X, y, **fit_kwargs).predict_proba(X))

    ours = trained(native.params, native.fit_kwargs(y, given))
    theirs = trained({}, reference.fit_kwargs(y, given))
    assert native.guarantee is not Guarantee.DIFFERENT, "another model must be refused"
    near = 0.0 if native.guarantee is Guarantee.IDENTICAL else _CLOSE
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=near, err_msg=f"{policy!r}: {native.reason}")
    return True


def check_evaluation(case: Case, form: str) -> None:
    """The loss on an evaluation set is weighted as asked: as in training or not, and by the caller."""
    (X, y), (X_val, y_val) = complete_data(rows=500), complete_data(rows=300, seed=1)
    ratio = (y == 0).sum() / (y == 1).sum()
    for weighting in ("same", "none"):
        for given in (None, row_weights(len(y_val))):
            clf = WeightedClassifier(
                case.make(**case.record.evaluated),
                weighting=Balanced(scale="majority"),
                form=form,
                eval_weighting=weighting,
            )
            quiet = case.record.fit_quietly
            clf.fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=given, **quiet)
            weight = np.ones(len(y_val)) if given is None else given
            if weighting == "same":
                weight = weight * np.where(y_val == 1, ratio, 1.0)
            expected = log_loss(y_val, clf.predict_proba(X_val)[:, 1], sample_weight=weight)
            assert case.record.losses is not None
            found = case.record.losses(clf.estimator_)[-1]
            np.testing.assert_allclose(found, expected, rtol=2e-5, err_msg=f"{weighting}, {given}")
