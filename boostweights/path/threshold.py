"""The unweighted model's own threshold, tuned within a training fold by scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn import config_context, get_config
from sklearn.metrics import make_scorer
from sklearn.model_selection import PredefinedSplit, TunedThresholdClassifierCV
from sklearn.utils import _safe_indexing

from boostweights.errors import InvalidValueError
from boostweights.path.costing import costs_of_counts
from boostweights.path.inputs import Codes, Labels, Split
from boostweights.path.model import Model
from boostweights.path.scores import at_threshold
from boostweights.weighting.policies.costs import Costs


def tuned_threshold(model: Model, X: Any, labels: Labels, split: Split, *, costs: Costs | None) -> float:
    """Return the threshold that is best, by cost or else by F1, within a fold's training rows.

    ``TunedThresholdClassifierCV`` of the unweighted model over the parts of the training fold.
    """
    estimator, scorer = model.at(1.0, labels.positive), _scorer(labels, costs)
    rows, codes = _safe_indexing(X, split.train), labels.codes[split.train]
    given = {}
    if labels.weight is not None:
        given["sample_weight"] = labels.weight[split.train]
    with config_context(enable_metadata_routing=bool(given) or get_config()["enable_metadata_routing"]):
        if given:  # which the tuner takes by routing alone
            estimator = estimator.set_fit_request(sample_weight=True)
            scorer = scorer.set_score_request(sample_weight=False)
        tuner = TunedThresholdClassifierCV(estimator, scoring=scorer, cv=PredefinedSplit(split.inner))
        with _telling_rows_apart():
            return float(tuner.fit(rows, codes, **given).best_threshold_)


@contextmanager
def _telling_rows_apart() -> Iterator[None]:
    """Say in our way what scikit-learn says of a model that gives all rows one probability."""
    try:
        yield
    except ValueError as broken:
        if "constant predictions" not in str(broken):
            raise
        raise InvalidValueError(
            "tuning a threshold needs an unweighted model that tells rows apart",
            "one probability for all rows in a part of a training fold",
            "Use fewer folds or smaller leaves (min_child_samples=1), or features that tell of the class.",
        ) from broken


def _scorer(labels: Labels, costs: Costs | None) -> Any:
    """What the tuner asks at each of a hundred thresholds: from counts, for it is asked often."""
    positive = labels.classes[labels.positive]
    by_count = None if costs is None else costs_of_counts(costs, labels.classes, positive)
    return make_scorer(_worth, pos_label=labels.positive, by_count=by_count)


def _worth(y_true: Codes, y_pred: Codes, *, pos_label: int, by_count: Any) -> float:
    outcome = 2 * (np.asarray(y_true) == pos_label) + (np.asarray(y_pred) == pos_label)  # tn, fp, fn, tp
    scores = at_threshold(np.bincount(outcome, minlength=4), by_count)
    return scores["f1"] if by_count is None else -scores["cost"]
