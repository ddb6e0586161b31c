"""The steps of a fit before training: what was set, which rows, which weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import _num_samples, column_or_1d, has_fit_parameter

from boostweights.counts import ClassCounts
from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.labels import Label, count_labels
from boostweights.native import adapter_of, checked_eval_weighting, checked_form, refuse_class_weighting
from boostweights.native.adapter import Adapter
from boostweights.policy import Policy, as_policy
from boostweights.weights import ClassWeights

__all__ = ["checked_labels", "checked_settings", "class_array", "resolved", "seed_of"]


def checked_settings(clf: Any, fit_params: Mapping[str, Any]) -> tuple[Policy, Adapter]:
    """Return policy and adapter of a classifier's parameters, or raise."""
    policy = as_policy(clf.weighting)
    if isinstance(clf.estimator, type) or not hasattr(clf.estimator, "fit"):
        raise InvalidTypeError(
            "estimator must be an unfitted classifier",
            shown(clf.estimator),
            "Pass LGBMClassifier(), say.",
        )
    if not has_fit_parameter(clf.estimator, "sample_weight"):
        raise InvalidTypeError(
            "the estimator's fit must take sample_weight",
            type(clf.estimator).__name__,
            "Wrap the classifier inside the Pipeline, not the Pipeline.",
        )
    checked_eval_weighting(clf.eval_weighting)
    adapter = adapter_of(clf.estimator)
    checked_form(adapter, clf.form)
    refuse_class_weighting(adapter, adapter.settings(clf.estimator), policy)
    for name in adapter.evaluation_arguments:
        if name in fit_params:
            raise InvalidTypeError(
                "labels and weights of evaluation sets are prepared by WeightedClassifier",
                f"{name}= for {type(clf.estimator).__name__}.fit",
                "Pass X_val, y_val and sample_weight_val, or eval_set.",
            )
    return policy, adapter


def checked_labels(X: Any, y: Any) -> Any:
    """Return labels as a column, one for each row of X, or raise."""
    if y is None:
        raise InvalidValueError(
            "fit requires y to be passed, but the target y is None", "y=None", "Pass the labels."
        )
    if not hasattr(y, "__len__"):
        y = np.asarray(y)
    if getattr(y, "ndim", 1) == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    if _num_samples(X) != len(y):
        raise InvalidValueError(
            "X and y must have one row each", f"{_num_samples(X)} rows and {len(y)} labels", "Align them."
        )
    return y


def resolved(
    policy: Policy, rows: ClassCounts, codes: Any, sample_weight: Any, *, count_rows: bool
) -> ClassWeights:
    """Resolve a policy on rows, counted by the caller's weights unless `count_rows`."""
    if sample_weight is None:
        return policy.resolve(rows)
    sums = count_labels(codes, sample_weight)
    weighted = {label: sums[code] for code, label in enumerate(rows) if code in sums}
    weightless = [label for label in rows if label not in weighted]
    if weightless:
        raise InvalidValueError(
            "each class needs rows whose sample_weight is not zero",
            f"none for {weightless[0]!r}",
            "Remove the class's rows, or weigh some of them.",
        )
    return policy.resolve(rows if count_rows else ClassCounts(weighted))


def seed_of(estimator: Any) -> int:
    """Return an estimator's own integer seed, or 0."""
    settings = estimator.get_params()
    seeds = (settings.get(name) for name in ("random_state", "random_seed"))
    return next((int(seed) for seed in seeds if isinstance(seed, (int, np.integer))), 0)


def class_array(classes: tuple[Label, ...], y: Any) -> npt.NDArray[Any]:
    """Labels as an array of the type in which they came."""
    dtype = y.dtype if isinstance(y, np.ndarray) and y.dtype.kind in "biufO" else None
    return np.array(classes, dtype)
