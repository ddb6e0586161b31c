"""Thresholds, probabilities and weights that fit each other, or not."""

from __future__ import annotations

from typing import Any

import pytest
from audit.mistakes import (
    Y,
    lgbm,
    weighted,
)
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

import boostweights as bw


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
        assert (code in bw.audit(GridSearchCV(clf, grid, scoring=scoring)).codes()) == found
    features = Pipeline([("chosen", SelectFromModel(lgbm(class_weight="balanced"))), ("clf", lgbm())])
    assert code not in bw.audit(GridSearchCV(features, grid, scoring="neg_log_loss")).codes()


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
        assert set(bw.audit(model).codes()) == expected
