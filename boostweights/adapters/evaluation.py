"""Evaluation sets as scikit-learn's estimators take them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from boostweights.adapters.adapter import EvaluationSet
from boostweights.errors import InvalidTypeError


def evaluation(
    estimator: Any, sets: Sequence[EvaluationSet], fit_params: Mapping[str, Any]
) -> dict[str, Any]:
    """Return ``X_val``, ``y_val`` and ``sample_weight_val``, which HistGradientBoosting takes."""
    if "X_val" not in inspect.signature(estimator.fit).parameters:
        name = type(estimator).__name__
        raise InvalidTypeError(
            f"{name} must take an evaluation set for X_val, eval_set or validation_fraction",
            "an estimator whose fit() has no evaluation set",
            "Leave them out, or use a booster; HistGradientBoosting takes one from scikit-learn 1.7 on.",
        )
    if len(sets) != 1:
        raise InvalidTypeError(
            f"{type(estimator).__name__} takes one evaluation set", f"{len(sets)}", "Pass X_val and y_val."
        )
    arguments = {"X_val": sets[0].X, "y_val": sets[0].y}
    return arguments if sets[0].weight is None else {**arguments, "sample_weight_val": sets[0].weight}
