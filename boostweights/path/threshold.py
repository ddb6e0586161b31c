"""The unweighted model's own threshold, tuned within a training fold by scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import config_context
from sklearn.metrics import make_scorer
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.utils import _safe_indexing

from boostweights.path.costing import costs_of_counts
from boostweights.path.inputs import Codes, Labels, Split, inner_folds
from boostweights.path.model import Model
from boostweights.path.scores import at_threshold
from boostweights.policy import Costs

__all__ = ["tuned_threshold"]


def tuned_threshold(
    model: Model, X: Any, labels: Labels, split: Split, *, costs: Costs | None, cv_groups: Any
) -> float:
    """Return the threshold that is best, by cost or else by F1, within a fold's training rows.

    ``TunedThresholdClassifierCV`` of the unweighted model over stratified inner folds.
    """
    estimator, scorer = model.at(1.0, labels.positive), _scorer(labels, costs)
    rows, codes = _safe_indexing(X, split.train), labels.codes[split.train]
    folds = inner_folds(labels, split.train, cv_groups)
    if labels.weight is None:
        tuner = TunedThresholdClassifierCV(estimator, scoring=scorer, cv=folds)
        return float(tuner.fit(rows, codes).best_threshold_)
    with config_context(enable_metadata_routing=True):  # without it the tuner takes no row weights
        tuner = TunedThresholdClassifierCV(
            estimator.set_fit_request(sample_weight=True),
            scoring=scorer.set_score_request(sample_weight=False),
            cv=folds,
        )
        return float(tuner.fit(rows, codes, sample_weight=labels.weight[split.train]).best_threshold_)


def _scorer(labels: Labels, costs: Costs | None) -> Any:
    """What the tuner asks at each of a hundred thresholds: from counts, for it is asked often."""
    positive = labels.classes[labels.positive]
    by_count = None if costs is None else costs_of_counts(costs, labels.classes, positive)
    return make_scorer(_worth, pos_label=labels.positive, by_count=by_count)


def _worth(y_true: Codes, y_pred: Codes, *, pos_label: int, by_count: Any) -> float:
    outcome = 2 * (np.asarray(y_true) == pos_label) + (np.asarray(y_pred) == pos_label)  # tn, fp, fn, tp
    scores = at_threshold(np.bincount(outcome, minlength=4), by_count)
    return scores["f1"] if by_count is None else -scores["cost"]
