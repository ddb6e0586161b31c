"""Thresholds, probabilities and weights that fit each other, or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from audit.mistakes import X, Y, codes, lgbm, needed, weighted
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV, TunedThresholdClassifierCV
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

import boostweights as bw
from boostweights.probabilities import Promised


@pytest.mark.parametrize(
    ("make", "threshold", "expected"),
    [
        (lambda: weighted(lgbm(), correct_proba=True), 0.5, {"half-on-corrected"}),
        (lambda: weighted(lgbm(), correct_proba=True), "auto", {"half-on-corrected"}),
        (lambda: weighted(lgbm(), correct_proba=True), 0.1, set()),
        (lambda: weighted(lgbm()), 0.5, set()),
        (lambda: weighted(lgbm(), None, correct_proba=True), 0.5, set()),
        (lambda: lgbm(scale_pos_weight=9.0), 0.1, {"costs-twice"}),
        (lambda: lgbm(scale_pos_weight=9.0), 0.1005, {"costs-twice"}),
        (lambda: lgbm(scale_pos_weight=9.0), 0.12, set()),
        (lambda: lgbm(scale_pos_weight=9.0), 0.08, set()),
        (lambda: lgbm(scale_pos_weight=9.0), "auto", set()),
        (lambda: lgbm(scale_pos_weight=1.0), 0.5, set()),
        (lambda: lgbm(), 0.1, set()),
        (lambda: weighted(lgbm(), {0: 1.0, 1: 9.0}), 0.1, {"costs-twice"}),
        (lambda: weighted(lgbm(), {0: 1.0, 1: 9.0}, correct_proba=True), 0.1, set()),
        (lambda: CalibratedClassifierCV(lgbm(scale_pos_weight=9.0)), 0.1, set()),
    ],
    ids=range(15),
)
def test_thresholds_and_weights_that_fit_each_other_or_not(
    make: Any, threshold: Any, expected: set[str]
) -> None:
    found = bw.audit(FixedThresholdClassifier(make(), threshold=threshold), Y).at_least("warning")
    assert set(found.codes()) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"correct_proba": True, "threshold": 0.5}, {"half-on-corrected"}),
        ({"correct_proba": True, "threshold": 0.2}, set()),
        ({"threshold": 0.5}, set()),
        ({"correct_proba": True, "threshold": 0.5, "weighting": None}, set()),
        ({"threshold": 0.1, "weighting": {0: 1.0, 1: 9.0}}, {"costs-twice"}),
        ({"threshold": 0.1, "weighting": {0: 1.0, 1: 9.0}, "correct_proba": True}, set()),
        ({"threshold": "f1", "correct_proba": True}, set()),
        ({"threshold": "costs", "weighting": bw.Costs(fn=9, fp=1), "correct_proba": True}, set()),
        ({"threshold": Promised(recall=0.9), "correct_proba": True}, set()),
        ({"threshold": Promised(recall=0.9), "weighting": {0: 1.0, 1: 9.0}}, set()),
    ],
    ids=range(10),
)
def test_a_classifiers_own_threshold_and_its_weights(settings: dict[str, Any], expected: set[str]) -> None:
    clf = bw.WeightedClassifier(lgbm(), **settings)
    assert set(bw.audit(clf, Y).at_least("warning").codes()) == expected


@pytest.mark.parametrize(
    ("around", "threshold", "found"),
    [
        (CalibratedClassifierCV, Promised(recall=0.9), True),
        (FixedThresholdClassifier, 0.3, True),
        (TunedThresholdClassifierCV, "f1", True),
        (TunedThresholdClassifierCV, None, False),
        (lambda clf: GridSearchCV(clf, {"threshold": [None, 0.2]}), None, False),
        (lambda clf: Pipeline([("clf", clf)]), Promised(recall=0.9), False),
        (lambda clf: VotingClassifier([("clf", clf)]), Promised(recall=0.9), False),
    ],
    ids=range(7),
)
def test_a_threshold_is_overruled_where_a_container_decides(around: Any, threshold: Any, found: bool) -> None:
    clf = bw.WeightedClassifier(lgbm(), None, threshold=threshold)
    assert ("threshold-overruled" in codes(around(clf), Y)) == found


def test_a_card_of_a_promise_made_elsewhere_is_no_mistake_where_no_number_decides() -> None:
    rows, y = np.nan_to_num(X), Y
    clf = bw.WeightedClassifier(lgbm(), None).fit(rows[:300], y[:300])
    made = bw.promise(clf.predict_proba(rows[300:])[:, 1], y[300:], at_least={"recall": 0.7})
    bw.Card.of(clf, y[:300], promise=made).attach(clf)
    assert "threshold-off-card" not in codes(clf)
    clf.set_params(threshold=made.threshold)
    assert "threshold-off-card" not in codes(clf)
    assert "threshold-off-card" in codes(clf.set_params(threshold=0.9))


@pytest.mark.parametrize(
    ("sampler", "promised", "found"),
    [
        ("over_sampling.SMOTE", Promised(recall=0.9), True),
        ("combine.SMOTEENN", Promised(recall=0.9), True),
        ("under_sampling.RandomUnderSampler", Promised(recall=0.9), False),
        ("under_sampling.RandomUnderSampler", Promised(alarms=0.1), True),
        ("over_sampling.SMOTE", 0.3, False),
    ],
)
def test_a_promise_after_a_sampler(sampler: str, promised: Any, found: bool) -> None:
    module, _, name = sampler.partition(".")
    made = getattr(needed(f"imblearn.{module}"), name)()
    pipeline = needed("imblearn.pipeline").make_pipeline(
        made, bw.WeightedClassifier(lgbm(), None, threshold=promised)
    )
    assert ("promise-after-sampler" in codes(pipeline, Y)) == found


def test_probabilities_are_scored_as_such_only_where_they_are_weighted_and_scored() -> None:
    code, grid = "probabilities-scored", {"n_estimators": [5]}
    for clf, scoring, found in (
        (lgbm(class_weight="balanced"), "neg_log_loss", True),
        (lgbm(class_weight="balanced"), ["roc_auc", "neg_brier_score"], True),
        (lgbm(class_weight="balanced"), {"honest": "neg_log_loss"}, True),
        (lgbm(class_weight="balanced"), "roc_auc", False),
        (lgbm(class_weight="balanced"), None, False),
        (lgbm(), "neg_log_loss", False),
        (weighted(lgbm(), correct_proba=True), "neg_log_loss", False),
        (CalibratedClassifierCV(lgbm(class_weight="balanced")), "neg_log_loss", False),
    ):
        assert (code in codes(GridSearchCV(clf, grid, scoring=scoring))) == found
    features = Pipeline([("chosen", SelectFromModel(lgbm(class_weight="balanced"))), ("clf", lgbm())])
    assert code not in codes(GridSearchCV(features, grid, scoring="neg_log_loss"))


def test_notes_on_weighted_probabilities_and_on_calibration_that_undoes_them() -> None:
    balanced = LogisticRegression(class_weight="balanced")
    for model, expected in (
        (balanced, {"weighted-probabilities"}),
        (LinearSVC(class_weight="balanced"), set()),
        (CalibratedClassifierCV(balanced), {"weights-undone"}),
        (CalibratedClassifierCV(LogisticRegression()), set()),
        (FixedThresholdClassifier(CalibratedClassifierCV(balanced), threshold=0.2), set()),
        (TunedThresholdClassifierCV(CalibratedClassifierCV(balanced)), set()),
        (Pipeline([("chosen", SelectFromModel(balanced)), ("clf", LogisticRegression())]), set()),
    ):
        assert set(codes(model)) == expected
